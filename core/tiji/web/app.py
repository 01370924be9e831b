"""Put the web application together: the application, and the web face around it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from flask import Blueprint, Flask
from jinja2 import FileSystemLoader

from tiji import metrics
from tiji.app import create_app
from tiji.config import Settings
from tiji.web.access import guard
from tiji.web.answers import add_answers
from tiji.web.headers import protect
from tiji.web.language import add_languages
from tiji.web.navigation import add_navigation
from tiji.web.pages import add_pages
from tiji.web.status import add_status
from tiji.web.topics import add_topics
from tiji.web.viewer import lead_to_sign_in

HERE = Path(__file__).parent
#: Page families: each module has a blueprint of its own name, called ``pages``.
PAGES = (
    "public.home",
    "public.submit",
    "public.track",
    "public.published",
    "officers.signing",
    "officers.account",
    "attached",
    "officers.workbench",
    "officers.bulk",
    "officers.case",
    "officers.reading",
    "officers.acting",
    "officers.registering",
    "officers.matters",
    "officers.joining",
    "officers.printing",
    "officers.importing",
    "officers.notices",
    "officers.administration",
)


def create_web(settings: Settings | None = None) -> Flask:
    """Make the application with its routes; commands do without them and begin faster."""
    app = create_app(settings)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.jinja_loader = FileSystemLoader(HERE / "templates")
    metrics.start()
    add_answers(app)
    add_languages(app)
    guard(app)
    protect(app)
    lead_to_sign_in(app)
    add_pages(app)
    add_navigation(app)
    add_status(app)
    app.register_blueprint(_static())
    for name in PAGES:
        app.register_blueprint(import_module(f"tiji.web.{name}").pages)
    add_topics(app)
    return app


def _static() -> Blueprint:
    """Serve the stylesheet, scripts and icons, which a browser may keep for a day."""
    return Blueprint("static", __name__, static_folder="static", static_url_path="/static")
