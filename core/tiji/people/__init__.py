"""Departments, sections, officers, posts, leave: who stands on which station."""
