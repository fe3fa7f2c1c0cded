"""Weekly rosters: requested as runs, checked and simulated before they are stored."""
