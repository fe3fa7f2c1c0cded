"""The year ahead: patterns rolled out to rest days and nominal duties, as people are told them."""
