"""Proposals assessed before somebody decides: a pattern, a flexible-working application, a day's leave, a swap."""
