"""Find cases that are about the same: the same person, or the same place and a like subject."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from tiji.cases.model import CaseRow
from tiji.cases.queries import case_row, summaries
from tiji.cases.resemblance import KnownSubjects, likeness, subject_of
from tiji.cases.state import OPEN
from tiji.db import db
from tiji.runtime import runtime

#: Cases of a department this far back are compared, the newest first, and no more than so many.
WINDOW = timedelta(days=365)
MOST = 5000


def similar_cases(number: str, limit: int = 20) -> dict[str, Any]:
    """Give the cases that resemble one: of the same person first, then by likeness.

    Compared are the cases of its department within a year. Raises BadInputError for an unknown
    number.
    """
    row = case_row(number)
    found = dict.fromkeys(_same_person(row), ("person", 100))
    subject = subject_of(row["title"])
    for id_, title in _window(row):
        if id_ not in found and (score := likeness(subject, subject_of(title))):
            found[id_] = ("subject", score)
    best = sorted(found, key=lambda id_: (found[id_][0] != "person", -found[id_][1], -id_))[:limit]
    shown = {case["number"]: case for case in summaries(best)}
    numbers = _numbers(best)
    return {
        "number": row["number"],
        "similar": [
            {**shown[numbers[id_]], "why": found[id_][0], "likeness": found[id_][1]} for id_ in best
        ],
    }


def _numbers(ids: list[int]) -> dict[int, str]:
    found = db.session.execute(select(CaseRow.id, CaseRow.number).where(CaseRow.id.in_(ids)))
    return {row.id: row.number for row in found}


def _same_person(row: dict[str, Any]) -> list[int]:
    if row["person_key"] is None:
        return []
    same = (CaseRow.person_key == row["person_key"]) & (CaseRow.id != row["id"])
    return list(db.session.scalars(select(CaseRow.id).where(same).limit(MOST)))


def _window(row: dict[str, Any]) -> list[tuple[int, str]]:
    begins = row["opened_at"] - WINDOW
    found = db.session.execute(
        select(CaseRow.id, CaseRow.title)
        .where(
            CaseRow.department == row["department"],
            CaseRow.opened_at >= begins,
            CaseRow.id != row["id"],
        )
        .order_by(CaseRow.id.desc())
        .limit(MOST)
    )
    return [(id_, title) for id_, title in found]


class OpenSubjects:
    """Know what the open cases of each department are about, read once for an import."""

    def __init__(self) -> None:
        self._known: dict[str, KnownSubjects] = {}

    def like(self, department: str, title: str) -> list[str]:
        """Give the numbers of open cases of a department that are about the same."""
        if department not in self._known:
            self._known[department] = _read_open(department)
        known = self._known[department]
        return known.like(subject_of(title)) if known else []


def _read_open(department: str) -> KnownSubjects:
    begins = runtime().clock.now() - WINDOW
    known = KnownSubjects()
    found = db.session.execute(
        select(CaseRow.number, CaseRow.title)
        .where(
            CaseRow.department == department,
            CaseRow.status.in_(OPEN),
            CaseRow.opened_at >= begins,
        )
        .order_by(CaseRow.id.desc())
        .limit(MOST)
    )
    for number, title in found:
        known.add(number, subject_of(title))
    return known
