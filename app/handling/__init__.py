"""The handling room: how long calls of each type take, per interval, where a force knows its calls by type."""
