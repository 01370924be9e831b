"""Put the web application together: the application, and the web face around it."""

from __future__ import annotations

from flask import Flask

from tiji import metrics
from tiji.app import create_app
from tiji.config import Settings
from tiji.web.access import guard
from tiji.web.answers import add_answers
from tiji.web.status import add_status


def create_web(settings: Settings | None = None) -> Flask:
    """Make the application with its routes; commands do without them and begin faster."""
    app = create_app(settings)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    metrics.start()
    add_answers(app)
    guard(app)
    add_status(app)
    return app
