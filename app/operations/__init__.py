"""Running the service: logs, metrics, backups."""
