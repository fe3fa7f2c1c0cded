"""A supervisor's page: who is where now, leave against cover, absences and what can be done, burdens of teams."""
