"""Schema steps. They import nothing from the service, so that history stands still; `env.py` alone reads its tables."""
