"""The replays room: calls one by one against the simulated room, hour by hour; the calls themselves are not kept."""
