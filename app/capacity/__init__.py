"""How many people the months ahead have and need, what posts cost, and which overtime is a missing post."""
