"""Rosters from the wish for one to the last step of their life: asked for, watched, judged, published, repaired."""
