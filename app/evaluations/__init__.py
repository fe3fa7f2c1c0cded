"""What decisions were expected to do, kept as it was said, and what the calls that came say of it."""
