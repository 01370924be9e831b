"""Count what is wrong by the indexes made for it, never further than a cap."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from tiji.cases.model import CaseRow
from tiji.db import db
from tiji.jobs.model import JobRow
from tiji.jobs.rules import PARKED, WAITING

#: Counting ends here: from then on the answer is "more than a thousand".
CAP = 1001
#: The periodic job that sweeps.
SWEEP = "core:sweep"


def count(condition: Any, *order: Any) -> int:
    """Count the rows that meet a condition, in an index's order, up to the cap."""
    found = select(1).where(condition).order_by(*order).limit(CAP).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def overdue_cases(now: datetime) -> int:
    """Count the open cases whose due time is over, as `tiji case list --overdue` shows them."""
    return count((CaseRow.order_at < now) & (CaseRow.status != "paused"), CaseRow.order_at)


def quarantined_cases() -> int:
    """Count the cases that the sweep set aside."""
    return count(CaseRow.quarantined.is_not(None), CaseRow.id)


def provisional_cases() -> int:
    """Count the cases whose times wait for a year's list."""
    return count(CaseRow.provisional, CaseRow.id)


def stopped_jobs(state: str = PARKED) -> int:
    """Count the jobs that are parked (or held): nobody tries them again by himself."""
    return count((JobRow.state != WAITING) & (JobRow.state == state), JobRow.id)


def last_sweep() -> datetime | None:
    """Say when a worker last swept; None where none ever did."""
    query = select(JobRow.tried_at).where(JobRow.target == SWEEP, JobRow.every_s.is_not(None))
    return db.session.scalar(query)


def oldest_wake_up(now: datetime) -> datetime | None:
    """Say since when the case waits that waits longest for a sweep; None where none does."""
    late = select(CaseRow.wake_at).where(CaseRow.wake_at < now)
    return db.session.scalar(late.order_by(CaseRow.wake_at).limit(1))
