"""The service: HTTP, database and background runs; the only package that knows the others."""
