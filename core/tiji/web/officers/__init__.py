"""The pages of officers and administrators: each reads, calls one action or query, and shows."""
