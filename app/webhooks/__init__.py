"""Addresses of a force that are told of its events: signed messages, sent by the workers until they arrive."""
