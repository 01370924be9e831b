"""The append-only event log: one hash chain for each case."""
