"""Read a case's personal data behind the mask, which is recorded; and read that record (S39)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select

from tiji.accounts.rules import Viewer
from tiji.cases.model import CaseRow, ReadingRow
from tiji.cases.sight import handles, seen_case
from tiji.clock import LOCAL, iso
from tiji.db import db, rows, transaction
from tiji.errors import AbsentError, RuleError
from tiji.i18n import _
from tiji.logs import Log
from tiji.people.model import Officer
from tiji.privacy import mask_text
from tiji.runtime import runtime

PAGE = 50
LONGEST_WHY = 200

log = Log(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """Say who read which case's personal data when, and for what."""

    id: int
    at: str | None
    officer: str
    name: str
    number: str
    why: str


def may_read(viewer: Viewer, number: str) -> dict[str, Any]:
    """Give the row of a case whose client's data the viewer may read; AbsentError for any other."""
    case = seen_case(number, viewer)
    if not handles(viewer, case):
        raise AbsentError(_("There is no case {number} for you.").format(number=number))
    return case


def read_personal(viewer: Viewer, number: str, why: str) -> dict[str, Any]:
    """Give who a case's client is, unmasked, to who handles the case; the reading is recorded.

    Raises AbsentError for a case that the viewer may not see or does not handle, RuleError
    without a reason. Nothing is given where the record cannot be written.
    """
    case = may_read(viewer, number)
    if not why.strip():
        raise RuleError("reading-why", _("Say for what you read the client's data."))
    reason = mask_text(why.strip())[:LONGEST_WHY]
    values = {"officer": viewer.code, "case_id": case["id"], "why": reason}
    with transaction() as session:
        session.execute(insert(ReadingRow).values(at=runtime().clock.now(), **values))
        found = runtime().cipher.open(case["sealed"])
    log.info("personal data read", officer=viewer.code, case=case["number"])
    columns = found.pop("columns", {})  # a ledger's own columns, by their headers
    kept = {name: value for name, value in found.items() if name not in ("title", "content")}
    return {"client_name": case["client_name"], **kept, **columns}


def readings(
    *,
    officer: str = "",
    number: str = "",
    day: date | None = None,
    before: int | None = None,
) -> tuple[list[Reading], int | None]:
    """Give a page of the record, the newest first, and where the next one begins."""
    query = (
        select(ReadingRow.__table__, CaseRow.number, Officer.name)
        .join(CaseRow, CaseRow.id == ReadingRow.case_id)
        .join(Officer, Officer.code == ReadingRow.officer)
        .order_by(ReadingRow.id.desc())
        .limit(PAGE + 1)
    )
    if officer:
        query = query.where(ReadingRow.officer == officer)
    if number:
        query = query.where(CaseRow.number == number.strip().upper())
    if day:
        begins = datetime.combine(day, time.min, LOCAL)
        query = query.where(ReadingRow.at >= begins, ReadingRow.at < begins + timedelta(days=1))
    if before is not None:
        query = query.where(ReadingRow.id < before)
    found = rows(db.session.execute(query))
    shown = [
        Reading(row["id"], iso(row["at"]), row["officer"], row["name"], row["number"], row["why"])
        for row in found[:PAGE]
    ]
    return shown, shown[-1].id if len(found) > PAGE else None
