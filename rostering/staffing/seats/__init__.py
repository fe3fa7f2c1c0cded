"""How many seats each interval needs, by skill, and the heads to roster for them."""
