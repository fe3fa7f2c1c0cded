"""How people sign in: with their force's OpenID provider, or with a local account."""
