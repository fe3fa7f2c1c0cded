"""Forces (tenants) and their versioned settings."""
