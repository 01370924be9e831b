"""Where is measured: a city of its own in a temporary folder, never the administrator's home."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

import tiji.demo
from tiji.app import create_app
from tiji.clock import FixedClock, parse_moment
from tiji.config import Settings
from tiji.crypto import make_key
from tiji.db import connected
from tiji.errors import RefusedFileError
from tiji.i18n import _
from tiji.matters.queries import current_matters
from tiji.organisation import adopt_organisation
from tiji.plugins import migrate
from tiji.runtime import runtime

#: A Monday at nine.
START = parse_moment("2026-11-23T09:00+08:00")
ORGANISATION = Path(tiji.demo.__file__).parent / "yunchuan.yaml"


@contextmanager
def folder() -> Iterator[Path]:
    """Give a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="tiji-bench-") as name:
        yield Path(name)


@contextmanager
def city(home: Path, url: str | None = None, deliver: str = "worker") -> Iterator[Settings]:
    """Found a city in a home, and stay in its application; its clock stands still."""
    settings = Settings(home, url or f"sqlite:///{home / 'tiji.db'}", START, deliver=deliver)
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "data.key").exists():
        make_key(home)
    with create_app(settings).app_context(), connected():
        migrate.upgrade(runtime().plugins)
        adopt_organisation(ORGANISATION)
        yield settings


@contextmanager
def database(url: str, name: str) -> Iterator[str]:
    """Make an empty database beside a given one; afterwards it is gone."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)

    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    make = f"CREATE DATABASE {name} TEMPLATE template0"

    def tell(command: str) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql(command)

    tell(drop)
    tell(make)
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        tell(drop)


def go_to(moment: str) -> None:
    """Set the city's clock."""
    runtime().clock = FixedClock(parse_moment(moment))


def some_matter() -> str:
    """Give the code of a matter of which cases can be opened."""
    plugins = runtime().plugins
    for found in current_matters():
        if found.active and not found.routine and plugins.matter(found.code):
            return found.code
    raise RefusedFileError(_("No plugin is active whose matters could be measured."))


def delivering(settings: Settings, deliver: str) -> Settings:
    """Give settings that differ in who brings events to subscribers; the clock runs."""
    return replace(settings, deliver=deliver, fixed_at=None)
