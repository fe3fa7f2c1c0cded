"""What can be done within hours about heads that are missing, with every rule checked; no solver."""
