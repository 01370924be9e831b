"""Put the application together: a list of named steps, and the only file that sees everything."""

from __future__ import annotations

import importlib
from typing import Any

from flask import Flask
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from tiji import logs
from tiji.canonical import canonical
from tiji.config import Settings, read_settings
from tiji.crypto import Cipher, read_key
from tiji.db import db, prepare_engine
from tiji.errors import TijiError
from tiji.events.deliveries import CoreListener
from tiji.events.rules import register
from tiji.i18n import _
from tiji.notices.channel import read_channel
from tiji.plugins.loader import Plugins
from tiji.runtime import Runtime
from tiji.stations.calendar import WorkCalendar

#: Core's tables; they stand before any plugin is loaded, so that no plugin can disturb them.
MODELS = (
    *("people", "accounts", "matters", "jobs", "events"),
    *("cases", "drafts", "attachments", "notices", "portal", "intake"),
)


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application from the given settings, or from the environment."""
    settings = settings or read_settings()
    if settings.notify_url:
        read_channel(settings.notify_url)
    logs.start(settings.log_level or "warning", settings.log, again=False)
    app = Flask("tiji", static_folder=None)
    _bind_database(app, settings)
    _load_models()
    _add_runtime(app, settings)
    return app


def _bind_database(app: Flask, settings: Settings) -> None:
    url = _read_url(settings.database_url)
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "json_serializer": canonical,
        "hide_parameters": True,  # an error's text must not hold a row (S36)
        # After a restart of the server the first to come must not meet yesterday's connection.
        "pool_pre_ping": url.get_backend_name() != "sqlite",
        "connect_args": _connect_args(url, settings.pgbouncer),
    }
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)


def _read_url(text: str) -> URL:
    """Read the database's address; raise TijiError for one with which nothing can be done here."""
    try:
        url = make_url(text)
        known = url.get_backend_name() in ("sqlite", "postgresql")
        if known:
            url.get_dialect().import_dbapi()
    except (ArgumentError, NoSuchModuleError):
        known = False
    except ImportError as error:
        raise TijiError(
            _(
                "TIJI_DATABASE_URL needs {name}, which is not installed. For PostgreSQL: "
                "pip install 'psycopg[binary]', and an address like postgresql://tiji@host/tiji."
            ).format(name=error.name)
        ) from error
    if not known:
        raise TijiError(
            _(
                "TIJI_DATABASE_URL is no address of a database that Tiji knows. Write it like "
                "postgresql://tiji@host/tiji, or unset it to use the file in TIJI_HOME."
            )
        )
    return url


def _connect_args(url: URL, pgbouncer: bool) -> dict[str, Any]:
    """Say how to connect to PostgreSQL; SQLite's connections are set up when they are made."""
    if url.get_backend_name() != "postgresql":
        return {}
    # A host that drops packets must not hold up a health check for minutes.
    args: dict[str, Any] = {} if "connect_timeout" in url.query else {"connect_timeout": 10}
    if pgbouncer:
        # A prepared statement lives in one server process; imports take 1.4 times as long without.
        args["prepare_threshold"] = None
    return args


def _load_models() -> None:
    for feature in MODELS:
        importlib.import_module(f"tiji.{feature}.model")


def _add_runtime(app: Flask, settings: Settings) -> None:
    plugins = Plugins.load(settings.plugins, strict=settings.strict)
    for bureau in plugins.bureaus().values():
        for kind, fields in bureau.events.items():
            register(kind, *fields)
    app.extensions["tiji"] = Runtime(
        settings=settings,
        clock=settings.clock(),
        calendar=WorkCalendar.load(settings.home / "calendars"),
        cipher=Cipher(read_key(settings.home, settings.data_key)),
        plugins=plugins,
        listeners=_core_listeners(),
    )


def _core_listeners() -> tuple[CoreListener, ...]:
    """Give what of core hears of events; it stands on the tables, so it comes after them."""
    from tiji.notices.telling import LISTENER

    return (LISTENER,)
