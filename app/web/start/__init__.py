"""Where somebody who signed in begins, and what is said on accessibility."""
