"""One file a revision of core's tables, the oldest first."""
