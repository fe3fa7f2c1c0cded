"""Who is away today, and what can be done about it within hours."""
