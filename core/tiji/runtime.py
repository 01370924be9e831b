"""What the application carries for all features: settings, clock, calendar, cipher, plugins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from tiji.clock import Clock
    from tiji.config import Settings
    from tiji.crypto import Cipher
    from tiji.events.deliveries import CoreListener
    from tiji.jobs.worker import Worker
    from tiji.plugins.loader import Plugins
    from tiji.stations.calendar import WorkCalendar


@dataclass(slots=True)
class Runtime:
    """Hold the services of one application; ``worker`` is the one that runs in this process.

    ``subscribers`` are core's own, beside those of the plugins.
    """

    settings: Settings
    clock: Clock
    calendar: WorkCalendar
    cipher: Cipher
    plugins: Plugins
    worker: Worker | None = None
    listeners: tuple[CoreListener, ...] = ()

    def delivers_itself(self) -> bool:
        """Tell whether whoever acts also delivers, as it is where no worker is at hand."""
        return self.worker is None and self.settings.deliver == "here"


def runtime() -> Runtime:
    """Return the services of the current application."""
    found = current_app.extensions["tiji"]
    assert isinstance(found, Runtime)
    return found
