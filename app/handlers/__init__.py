"""One handler over HTTP: read, replaced, changed, taken out; and what that means for duties already published."""
