"""Certificates: signed statements of what a roster was made from and what was proven, re-checked offline."""
