"""Long work: requested over HTTP, computed in a child process of a worker, stored exactly once."""
