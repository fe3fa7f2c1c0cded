"""A synthetic force, made from a seed: call history, handlers, settings. Nothing here describes a real force."""
