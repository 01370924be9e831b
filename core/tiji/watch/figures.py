"""The figures of the moment, computed at each scrape from few indexed rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from tiji.clock import local
from tiji.db import db
from tiji.jobs.queries import living_workers, oldest_waiting
from tiji.metrics import Gauge
from tiji.runtime import runtime
from tiji.watch import queries


def gauges() -> list[Gauge]:
    """Give the figures; where the database does not answer, those that need none of it."""
    now = runtime().clock.now()
    found = list(_of_calendar(now))
    stored: list[Gauge] = []
    with suppress(SQLAlchemyError):
        stored = list(_of_database(now))
        db.session.rollback()
    answers = Gauge("database_up", "Whether the database answers.", float(bool(stored)))
    return [*found, answers, *stored]


def _of_calendar(now: datetime) -> Iterator[Gauge]:
    this = local(now).year
    for year in (this, this + 1):
        yield Gauge(
            "calendar_published",
            "Whether the list of rest days of a year is known.",
            float(runtime().calendar.is_published(year)),
            {"year": str(year)},
        )


def _of_database(now: datetime) -> Iterator[Gauge]:
    most = f"{queries.CAP} stands for more than {queries.CAP - 1}"
    yield Gauge(
        "cases_overdue", f"Open cases past their due time; {most}.", queries.overdue_cases(now)
    )
    yield Gauge(
        "cases_quarantined",
        f"Cases that the sweep set aside; {most}.",
        queries.quarantined_cases(),
    )
    yield Gauge(
        "deliveries_parked",
        f"Deliveries that are not tried again by themselves; {most}.",
        queries.stopped_jobs(),
    )
    oldest = oldest_waiting(now)
    yield Gauge(
        "delivery_oldest_waiting_seconds",
        "How long the oldest job waits that is due; 0 where none does.",
        (now - oldest).total_seconds() if oldest else 0.0,
    )
    yield Gauge("workers_alive", "Workers that have told of themselves.", len(living_workers()))
