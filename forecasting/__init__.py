"""How many calls will come, and how sure is that? A pure library: arrays and values in, values out."""
