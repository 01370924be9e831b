"""Read what waits, what stopped, and who is at work."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import aliased

from tiji.clock import iso
from tiji.db import db, rows
from tiji.jobs.model import JobRow, WorkerRow
from tiji.jobs.rules import LEASE, WAITING
from tiji.runtime import runtime

_JOB = JobRow.__table__


def due(now: datetime, targets: Collection[str], most: int) -> Select[int]:
    """Select the ids of jobs that may be done now by whoever knows these targets."""
    earlier = aliased(JobRow)
    stands_behind = exists().where(earlier.lane == JobRow.lane, earlier.id < JobRow.id)
    return (
        select(JobRow.id)
        .where(
            JobRow.state == WAITING,
            JobRow.due_at <= now,
            JobRow.owner.is_(None) | (JobRow.lease_until < now),
            JobRow.target.in_(targets),
            ~stands_behind,
        )
        .order_by(JobRow.due_at, JobRow.id)
        .limit(most)
    )


def is_due(targets: Collection[str]) -> bool:
    """Tell whether there is something to claim; takes no lock."""
    found = db.session.scalar(due(runtime().clock.now(), targets, 1))
    db.session.rollback()
    return found is not None


def stopped_jobs(after: int = 0, limit: int = 100) -> list[dict[str, Any]]:
    """Give the jobs that are parked or held, oldest first, with how many wait behind each."""
    wanted = select(_JOB).where(_JOB.c.state != WAITING, _JOB.c.id > after)
    found = rows(db.session.execute(wanted.order_by(_JOB.c.id).limit(limit)))
    counted = db.session.execute(
        select(_JOB.c.lane, func.count())
        .where(_JOB.c.lane.in_({row["lane"] for row in found}))
        .group_by(_JOB.c.lane)
    )
    in_lane = {str(lane): int(count) for lane, count in counted}
    db.session.rollback()
    return [
        {
            **_shown(row),
            "state": row["state"],
            "since": iso(row["made_at"]),
            "tried_at": iso(row["tried_at"]),
            "behind": in_lane[row["lane"]] - 1,
        }
        for row in found
    ]


def failing_jobs(limit: int = 100) -> list[dict[str, Any]]:
    """Give the jobs that failed and will be tried again, the next one first."""
    wanted = select(_JOB).where(_JOB.c.state == WAITING, _JOB.c.tries > 0)
    found = rows(db.session.execute(wanted.order_by(_JOB.c.due_at, _JOB.c.id).limit(limit)))
    db.session.rollback()
    return [{**_shown(row), "next_at": iso(row["due_at"])} for row in found]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "target", "tries", "error")} | {"event": row["key"]}


def oldest_waiting(now: datetime) -> datetime | None:
    """Say since when the longest overdue job waits; None where nothing is late."""
    late = (
        select(JobRow.due_at)
        .where(JobRow.state == WAITING, JobRow.due_at <= now)
        .order_by(JobRow.due_at, JobRow.id)
        .limit(1)
    )
    return db.session.scalar(late)


def living_workers() -> list[dict[str, Any]]:
    """Give the workers that have told of themselves within a lease."""
    since = runtime().clock.now() - LEASE
    alive = select(WorkerRow.__table__).where(WorkerRow.beat_at >= since)
    found = rows(db.session.execute(alive.order_by(WorkerRow.id)))
    db.session.rollback()
    return [
        {**row, "started_at": iso(row["started_at"]), "beat_at": iso(row["beat_at"])}
        for row in found
    ]
