"""Cover: people required against people rostered."""
