"""Core's migrations, and the environment in which each owner's migrations run."""
