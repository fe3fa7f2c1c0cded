"""A force's own events: what changes demand, what must not be learned from, and what planners say about it."""
