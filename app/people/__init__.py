"""Call handlers: contracts, skills, patterns, consents, leave."""
