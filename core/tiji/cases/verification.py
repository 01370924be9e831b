"""Have the whole log verified by a worker, and keep what came of it."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import insert, update

from tiji.cases.model import SettingRow
from tiji.cases.verifying import verify_log
from tiji.clock import iso
from tiji.db import db, transaction
from tiji.jobs.actions import enqueue
from tiji.jobs.rules import Job, NewJob
from tiji.logs import Log
from tiji.runtime import runtime

VERIFY_TARGET = "core:verify"
_NAME = "verification"
#: So many faults are named; there is never one.
NAMED = 20

log = Log(__name__)


def ask_verification(by: str) -> None:
    """Ask for a verification; while one waits or runs, asking again asks for nothing more."""
    now = runtime().clock.now()
    with transaction() as session:
        job = NewJob(VERIFY_TARGET, f"{iso(now)}:{by}", VERIFY_TARGET, {"by": by})
        enqueue(session, [job])
    log.info("verification asked", by=by)


def verify(job: Job) -> None:
    """Verify the log, and keep the result."""
    found = verify_log()
    faults = [f"{fault.case}/{fault.seq}: {fault.why}" for fault in found.bad]
    faults += [f"{broken.leaves}: {broken.why}" for broken in found.broken]
    result = {
        "at": iso(runtime().clock.now()),
        "by": job.payload["by"],
        "cases": found.cases,
        "events": found.events,
        "leaves": found.leaves,
        "faults": len(faults),
        "named": faults[:NAMED],
    }
    if faults:
        log.error("log does not verify", faults=len(faults))
    text = json.dumps(result, ensure_ascii=False)
    with transaction() as session:
        known = update(SettingRow).where(SettingRow.name == _NAME).values(value=text)
        if not session.connection().execute(known).rowcount:
            session.execute(insert(SettingRow).values(name=_NAME, value=text))


def last_verification() -> dict[str, Any] | None:
    """Give what the last verification found, or None before the first."""
    found = db.session.get(SettingRow, _NAME)
    result: dict[str, Any] | None = json.loads(found.value) if found else None
    return result
