"""`python -m app` is `pacesetter`."""

from app.cli import cli

cli()
