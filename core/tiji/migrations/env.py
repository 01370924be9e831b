"""What Alembic runs for every owner; :mod:`tiji.plugins.migrate` holds the substance."""

from __future__ import annotations

from tiji.plugins.migrate import run_environment

run_environment()
