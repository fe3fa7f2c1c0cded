"""Running the service: the embedded database, schema steps and the supervisor of API and worker."""
