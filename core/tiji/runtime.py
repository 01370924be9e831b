"""What the application carries for all features: settings, clock, calendar, cipher, plugins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from tiji.clock import Clock
    from tiji.config import Settings
    from tiji.crypto import Cipher
    from tiji.plugins.loader import Plugins
    from tiji.stations.calendar import WorkCalendar


@dataclass(slots=True)
class Runtime:
    """Hold the services of one application."""

    settings: Settings
    clock: Clock
    calendar: WorkCalendar
    cipher: Cipher
    plugins: Plugins


def runtime() -> Runtime:
    """Return the services of the current application."""
    found = current_app.extensions["tiji"]
    assert isinstance(found, Runtime)
    return found
