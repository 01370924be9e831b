"""Examine the database: its tables, its clock, and what the program noted in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from tiji.cases.model import CaseRow
from tiji.clock import local
from tiji.db import db
from tiji.events.checkpoints import FORMAT, read_checkpoints
from tiji.events.rules import read_stamp
from tiji.i18n import _
from tiji.jobs.queries import living_workers, oldest_waiting
from tiji.jobs.rules import HELD, PARKED
from tiji.matters.queries import current_matters
from tiji.plugins import migrate
from tiji.runtime import runtime
from tiji.watch import queries, rules
from tiji.watch.findings import Finding, doubtful, guarded, named, well, wrong

#: The data key is tried on one of the newest cases.
NEWEST = 200
#: So many of a list are named.
NAMED = 5


def examine_records() -> Iterator[Finding]:
    """Examine the database of the application; one that does not answer is the last finding."""
    yield from _plugins()
    try:
        db.session.execute(text("select 1"))
    except SQLAlchemyError as error:
        db.session.rollback()
        yield wrong(
            "database",
            _("The database does not answer: {why}.").format(why=named(error)),
            _("See whether it runs, and TIJI_DATABASE_URL."),
        )
        return
    checks: list[tuple[str, Callable[[], Iterable[Finding]]]] = [("database", _server)]
    tables = list(guarded("tables", _tables))
    db.session.rollback()
    yield from tables
    if not any(finding.state == "error" for finding in tables):
        checks += [
            *(("data-key", _opens), ("clock", _clock), ("calendar", _calendar)),
            *(("matters", _matters), ("cases", _cases), ("worker", _worker), ("sweep", _sweep)),
            *(("deliveries", _deliveries), ("checkpoints", _checkpoints)),
        ]
    for check, examine in checks:
        yield from guarded(check, examine)
        db.session.rollback()


def _plugins() -> Iterator[Finding]:
    states = runtime().plugins.states
    for state in states:
        if state.state == "active":
            yield well("plugins", f"{state.name} {state.version}")
        else:
            yield wrong(
                "plugins",
                _("{name} is set aside: {reason}").format(name=state.name, reason=state.reason),
                _("Mend or update the plugin; its cases stay readable."),
            )
    if not states:
        advice = _("Install a bureau's plugin; see TIJI_PLUGINS.")
        yield doubtful("plugins", _("No plugin is enabled: no case can be opened."), advice)


def _server() -> Iterator[Finding]:
    if db.engine.dialect.name == "sqlite":
        mode = db.session.scalar(text("PRAGMA journal_mode"))
        yield well("database", _("SQLite answers; journal mode {mode}.").format(mode=mode))
        return
    number = db.session.scalar(text("show server_version"))
    yield well("database", _("PostgreSQL {version} answers.").format(version=number))


def _tables() -> Iterator[Finding]:
    steps = migrate.pending(runtime().plugins)
    for owner in dict.fromkeys(step.owner for step in steps):
        count = sum(step.owner == owner for step in steps)
        yield wrong(
            "tables",
            _("Revisions of {owner} are pending: {count}.").format(owner=owner, count=count),
            _("Run `tiji db upgrade` (or `tiji init`)."),
        )
    if not steps:
        yield well("tables", _("No revision is pending."))


def _opens() -> Iterator[Finding]:
    newest = select(CaseRow.sealed).order_by(CaseRow.id.desc()).limit(NEWEST).subquery()
    sealed = db.session.scalar(select(newest.c.sealed).where(newest.c.sealed.is_not(None)).limit(1))
    runtime().cipher.open(sealed)
    if sealed:
        yield well("data-key", _("It opens what is sealed in the database."))


def _clock() -> Iterator[Finding]:
    if db.engine.dialect.name == "sqlite" or runtime().settings.fixed_at:
        return
    there = db.session.scalar(text("select clock_timestamp()"))
    assert isinstance(there, datetime)
    yield rules.clocks(runtime().clock.now() - there)


def _calendar() -> Iterable[Finding]:
    today = local(runtime().clock.now())
    published = {
        year: runtime().calendar.is_published(year) for year in (today.year, today.year + 1)
    }
    return rules.calendar(today, published, queries.provisional_cases())


def _matters() -> Iterator[Finding]:
    matters = current_matters()
    idle = [matter.code for matter in matters if not matter.active]
    if idle:
        yield doubtful(
            "matters",
            _("Matters for which a post is missing: {count} ({names}).").format(
                count=len(idle), names=", ".join(idle[:NAMED]) + (" …" if idle[NAMED:] else "")
            ),
            _("See `tiji matters list`; fill the post and run `tiji org load`."),
        )
    else:
        yield well("matters", _("Active matters: {count}.").format(count=len(matters)))


def _cases() -> Iterator[Finding]:
    count = queries.quarantined_cases()
    if count:
        yield doubtful(
            "cases",
            _("The sweep set cases aside: {count}.").format(count=rules.capped(count)),
            _("`tiji sweep` names them, `tiji case show` says why; then `tiji sweep --retry`."),
        )
    else:
        yield well("cases", _("No case is quarantined."))


def _worker() -> Iterator[Finding]:
    yield rules.working(len(living_workers()), runtime().settings.deliver == "here")


def _sweep() -> Iterator[Finding]:
    now = runtime().clock.now()
    yield rules.sweeping(now, queries.last_sweep(), queries.oldest_wake_up(now))


def _deliveries() -> Iterable[Finding]:
    now = runtime().clock.now()
    parked, held = queries.stopped_jobs(PARKED), queries.stopped_jobs(HELD)
    return rules.deliveries(now, parked, held, oldest_waiting(now))


def _checkpoints() -> Iterator[Finding]:
    folder = runtime().settings.checkpoints
    if folder is None:
        return
    if not folder.is_dir():
        yield wrong(
            "checkpoints",
            _("The folder of checkpoints, {folder}, is not there.").format(folder=folder),
            _("Mount it, or make it once."),
        )
        return
    # Their names hold the time: the last name is the newest file.
    newest = sorted(folder.glob(f"{FORMAT}-*.json"))[-1:]
    last = read_stamp(read_checkpoints(newest)[0].checkpoint.at) if newest else None
    yield rules.checkpoint(runtime().clock.now(), folder, last)
