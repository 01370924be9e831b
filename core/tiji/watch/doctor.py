"""Examine an installation from its settings to its deliveries, whatever is broken in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from tiji.app import create_app
from tiji.config import Settings, read_settings
from tiji.db import connected
from tiji.errors import TijiError
from tiji.i18n import _
from tiji.watch.findings import Finding, guarded, named, wrong
from tiji.watch.machine import examine_machine, sqlite_file
from tiji.watch.records import examine_records


def examine(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Examine everything that can be reached; what cannot is a finding too."""
    try:
        settings = read_settings()
        make_url(settings.database_url)
    except TijiError as error:
        yield wrong("settings", str(error), _("Then run `tiji doctor` again."))
        return
    except ArgumentError:
        said = _("TIJI_DATABASE_URL is no address of a database.")
        yield wrong("settings", said, _("Write it like postgresql://tiji@host/tiji."))
        return
    except OSError as error:
        yield wrong("home", named(error), _("Set TIJI_HOME to a folder that this user may enter."))
        return
    yield from examine_machine(settings, environment)
    yield from guarded("start", partial(_examine_inside, settings))


def _examine_inside(settings: Settings) -> Iterator[Finding]:
    file = sqlite_file(settings.database_url)
    if file and not file.exists():
        # To connect would make an empty one.
        said = _("There is no database {path}.").format(path=file)
        yield wrong("database", said, _("Run `tiji init`, or see TIJI_HOME and TIJI_DATABASE_URL."))
        return
    try:
        app = create_app(settings)
    except TijiError as error:
        yield wrong("start", str(error), _("Until then no command works."))
        return
    except Exception as error:
        # A wrong driver, a URL that cannot be read: the type says enough, the text may hold more.
        said = _("The application does not start: {why}.").format(why=named(error))
        yield wrong("start", said, _("See TIJI_DATABASE_URL; TIJI_STRICT=1 shows where."))
        return
    with app.app_context(), connected():
        yield from examine_records()
