"""Measure what the program costs, each figure beside its floor: the same work done raw."""
