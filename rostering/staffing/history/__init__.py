"""What recorded calls teach: patience, effective availability, and how well the model replays them."""
