"""Measurements of the product against its peers; nothing of the product imports this."""
