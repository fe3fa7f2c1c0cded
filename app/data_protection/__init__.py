"""What is held on a handler: names that can be erased, and everything else on request."""
