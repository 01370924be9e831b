"""Enqueue, claim, settle, retry: each one statement or few, inside the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tiji.canonical import canonical
from tiji.db import transaction
from tiji.errors import RuleError
from tiji.i18n import _
from tiji.jobs.model import JobRow, WorkerRow
from tiji.jobs.queries import due
from tiji.jobs.rules import (
    HELD,
    LEASE,
    PARKED,
    WAITING,
    Job,
    NewJob,
    Outcome,
    is_parked_after,
    next_time,
)
from tiji.logs import Log
from tiji.privacy import mask_text
from tiji.runtime import runtime

log = Log(__name__)

_JOB = cast(Table, JobRow.__table__)
_MINE = (_JOB.c.id == bindparam("of_id"), _JOB.c.owner == bindparam("of_owner"))
_DONE = delete(_JOB).where(*_MINE)
_AGAIN = (
    update(_JOB)
    .where(*_MINE)
    .values(
        {
            name: bindparam(name)
            for name in ("state", "due_at", "tries", "error", "tried_at", "owner", "lease_until")
        }
    )
)


def enqueue(session: Session, jobs: Sequence[NewJob], owner: str | None = None) -> list[Job]:
    """Enqueue work in the caller's transaction: it stands with the commit, or not at all.

    With an ``owner`` those jobs are claimed for it at once, and given back, that stand first in
    their lanes; the others wait for the work before them.
    """
    if not jobs:
        return []
    now = runtime().clock.now()
    busy: set[str] = set()
    if owner:
        lanes = {job.lane for job in jobs}
        busy = set(session.scalars(select(JobRow.lane).where(JobRow.lane.in_(lanes)).distinct()))
        busy |= {job.lane for job in jobs if job.wait}
    values = [_row(job, now, None if job.lane in busy else owner) for job in jobs]
    if not owner:
        session.connection().execute(insert(JobRow), values)
        return []
    with_ids = insert(JobRow).returning(JobRow.id, sort_by_parameter_order=True)
    made = session.execute(with_ids, values)
    return [
        Job(id_, job.target, job.key, job.lane, MappingProxyType(job.payload), made_at=now)
        for id_, job in zip(made.scalars(), jobs, strict=True)
        if job.lane not in busy
    ]


def _row(job: NewJob, now: datetime, owner: str | None) -> dict[str, Any]:
    return {
        "target": job.target,
        "key": job.key,
        "lane": job.lane,
        "payload": canonical(job.payload),
        "outside": job.outside,
        "state": WAITING,
        "due_at": now + job.wait,
        "every_s": None,
        "tries": 0,
        "error": None,
        "owner": owner,
        "lease_until": now + LEASE if owner else None,
        "made_at": now,
    }


def keep_periodic(turns: Mapping[str, int]) -> None:
    """Make sure that each periodic job is there, with its seconds between two turns.

    One that nobody names any more is left to whoever knows it: another version may run beside.
    """
    now = runtime().clock.now()
    known = select(JobRow.target, JobRow.every_s).where(JobRow.every_s.is_not(None))
    for target, seconds in turns.items():
        try:
            with transaction() as session:
                found = {row.target: row.every_s for row in session.execute(known)}
                if target not in found:
                    job = _row(NewJob(target, "periodic", f"periodic:{target}"), now, None)
                    session.execute(insert(JobRow).values({**job, "every_s": seconds}))
                elif found[target] != seconds:
                    changed = update(JobRow).where(JobRow.target == target)
                    session.execute(
                        changed.where(JobRow.every_s.is_not(None)).values(every_s=seconds)
                    )
        except IntegrityError:  # another worker made it at the same moment
            continue


def claim(
    session: Session,
    owner: str,
    targets: Collection[str],
    most: int,
    lanes: Collection[str] | None = None,
) -> list[Job]:
    """Claim due jobs for a worker, at most one of each lane; a dead worker's are taken over.

    ``lanes`` restricts the claim to these.
    """
    now = runtime().clock.now()
    wanted = due(now, targets, most)
    if lanes is not None:
        wanted = wanted.where(JobRow.lane.in_(lanes))
    ids = session.scalars(wanted.with_for_update(skip_locked=True)).all()
    if not ids:
        return []
    claimed = session.execute(
        update(JobRow)
        .where(JobRow.id.in_(ids), JobRow.owner.is_(None) | (JobRow.lease_until < now))
        .values(owner=owner, lease_until=now + LEASE)
        .returning(*_JOB.c)
    )
    return sorted((_job(row) for row in claimed.mappings()), key=lambda job: job.id)


def _job(row: Mapping[Any, Any]) -> Job:
    """Read a job as its row keeps it."""
    return Job(
        id=row["id"],
        target=row["target"],
        key=row["key"],
        lane=row["lane"],
        payload=MappingProxyType(json.loads(row["payload"])),
        tries=row["tries"],
        every_s=row["every_s"],
        made_at=row["made_at"],
    )


def drop(session: Session, targets: Collection[str], keys: Collection[str]) -> int:
    """Take away work that nobody has begun, in the caller's transaction; say how much."""
    unbegun = delete(JobRow).where(JobRow.target.in_(targets), JobRow.key.in_(keys))
    unbegun = unbegun.where(JobRow.state == WAITING, JobRow.owner.is_(None))
    return session.connection().execute(unbegun).rowcount


def settle(session: Session, owner: str, outcomes: Iterable[Outcome]) -> None:
    """Write how claimed jobs went: gone, due again, or parked where they were tried enough.

    A job that another worker has taken over in the meantime is left to that one.
    """
    now = runtime().clock.now()
    done: list[dict[str, Any]] = []
    again: list[dict[str, Any]] = []
    for outcome in outcomes:
        job = outcome.job
        mine = {"of_id": job.id, "of_owner": owner}
        if outcome.error is None and job.every_s is None:
            done.append(mine)
            continue
        failed = outcome.error is not None
        values = {
            "state": PARKED if failed and is_parked_after(job) else WAITING,
            "due_at": next_time(job, failed, now),
            "tries": job.tries + 1 if failed else 0,
            "error": outcome.error,
            "tried_at": now,
            "owner": None,
            "lease_until": None,
        }
        again.append({**mine, **values})
    connection = session.connection()
    if done:
        connection.execute(_DONE, done)
    if again:
        connection.execute(_AGAIN, again)


def release(session: Session, owner: str, jobs: Collection[Job]) -> None:
    """Give claimed jobs back that were not begun."""
    mine = (JobRow.id.in_([job.id for job in jobs]), JobRow.owner == owner)
    session.execute(update(JobRow).where(*mine).values(owner=None, lease_until=None))


def release_but(session: Session, owner: str, known: Collection[int]) -> None:
    """Give back what the owner holds but for the jobs, by id, that it knows of.

    For a worker whose claim was committed, but the answer got lost: it would keep such jobs for
    as long as it lives.
    """
    unknown = (JobRow.owner == owner, JobRow.id.not_in(known))
    session.execute(update(JobRow).where(*unknown).values(owner=None, lease_until=None))


def beat(session: Session, owner: str, started_at: datetime) -> None:
    """Tell that a worker lives, and keep its jobs for one more lease; forget workers long dead."""
    now = runtime().clock.now()
    alive = update(WorkerRow).where(WorkerRow.id == owner).values(beat_at=now)
    if not session.connection().execute(alive).rowcount:
        values = {"id": owner, "started_at": started_at, "beat_at": now}
        session.execute(insert(WorkerRow).values(values))
    mine = update(JobRow).where(JobRow.owner == owner)
    session.execute(mine.values(lease_until=now + LEASE))
    session.execute(delete(WorkerRow).where(WorkerRow.beat_at < now - 90 * LEASE))


def leave(session: Session, owner: str) -> None:
    """Take a worker that stops out of the list, and give back what it still holds."""
    session.execute(delete(WorkerRow).where(WorkerRow.id == owner))
    held = update(JobRow).where(JobRow.owner == owner)
    session.execute(held.values(owner=None, lease_until=None))


def retry(ids: Collection[int] = (), target: str | None = None, by: str | None = None) -> int:
    """Let stopped jobs be tried again at once, all of them or those named; say how many."""
    stopped = update(JobRow).where(JobRow.state.in_((PARKED, HELD)))
    if ids:
        stopped = stopped.where(JobRow.id.in_(ids))
    if target is not None:
        stopped = stopped.where(JobRow.target == target)
    fresh = {"state": WAITING, "due_at": runtime().clock.now(), "tries": 0, "error": None}
    with transaction() as session:
        count = session.connection().execute(stopped.values(fresh)).rowcount
    if count:
        log.info("deliveries freed", count=count, by=by)
    return count


def discard(ids: Collection[int], reason: str, by: str) -> int:
    """Give stopped jobs up for good, for a reason; what waits behind them goes on. Say how many."""
    if not reason.strip():
        raise RuleError("discard-reason", _("Say why it is given up."))
    stopped = delete(JobRow).where(JobRow.id.in_(ids), JobRow.state.in_((PARKED, HELD)))
    with transaction() as session:
        gone = session.execute(stopped.returning(JobRow.target, JobRow.key)).all()
    for job in gone:
        log.info(
            "delivery given up", target=job.target, key=job.key, reason=mask_text(reason), by=by
        )
    return len(gone)


def hold_outside(session: Session) -> int:
    """Hold back work that reaches outside the database, and forget all workers; say how much.

    For a restored database: what its backup says is still to be done may have been done since.
    """
    session.execute(delete(WorkerRow))
    session.execute(update(JobRow).values(owner=None, lease_until=None))
    outside = update(JobRow).where(JobRow.outside, JobRow.state == WAITING)
    return session.connection().execute(outside.values(state=HELD)).rowcount
