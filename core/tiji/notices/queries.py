"""Read what an officer is told: how much is unread, a page of it, how it is to be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, literal, select

from tiji.accounts.rules import Viewer
from tiji.cases.model import CaseRow
from tiji.cases.sight import visible
from tiji.clock import iso
from tiji.db import db
from tiji.notices.model import NoticeChoiceRow, NoticeRow
from tiji.notices.rules import MAILED, MOST_COUNTED
from tiji.notices.words import said
from tiji.runtime import runtime

PAGE = 30


@dataclass(frozen=True, slots=True)
class Notice:
    """Show a notice; ``title`` is the case's, ``upload`` the import that it tells of."""

    id: int
    kind: str
    text: str
    number: str
    title: str
    at: str | None
    unread: bool
    upload: int | None = None


@dataclass(frozen=True, slots=True)
class NoticeChoice:
    """Say how an officer wants to be told."""

    mail: str = ""
    kinds: tuple[str, ...] = MAILED


def unread_count(officer: str) -> str:
    """Count what an officer has not read: a number, 99+ above that, nothing for none."""
    unread = (NoticeRow.officer == officer) & NoticeRow.read_at.is_(None)
    some = select(NoticeRow.id).where(unread).limit(MOST_COUNTED + 1).subquery()
    count = db.session.scalar(select(func.count()).select_from(some)) or 0
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")


def notices(
    officer: str,
    before: int | None = None,
    unread: bool = False,
    viewer: Viewer | None = None,
) -> tuple[list[Notice], int | None]:
    """Give a page of an officer's notices, the newest first, and where the next one begins.

    A case is named by its title only to a ``viewer`` who may see it still (S5, S6).
    """
    seen = case((visible(viewer), CaseRow.title), else_="") if viewer else literal("")
    query = (
        select(NoticeRow.__table__, CaseRow.number, seen.label("title"))
        .outerjoin(CaseRow, CaseRow.id == NoticeRow.case_id)
        .where(NoticeRow.officer == officer)
        .order_by(NoticeRow.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        query = query.where(NoticeRow.id < before)
    if unread:
        query = query.where(NoticeRow.read_at.is_(None))
    found = db.session.execute(query).all()
    shown = [_notice(row) for row in found[:PAGE]]
    return shown, shown[-1].id if len(found) > PAGE else None


def _notice(row: Any) -> Notice:
    number = row.number or ""
    return Notice(
        id=row.id,
        kind=row.kind,
        text=said(row.kind, number, row.data, runtime().clock.now()),
        number=number,
        title=row.title or "",
        at=iso(row.at),
        unread=row.read_at is None,
        upload=row.data.get("upload"),
    )


def choice(officer: str) -> NoticeChoice:
    """Give how an officer wants to be told."""
    found = db.session.get(NoticeChoiceRow, officer)
    if found is None:
        return NoticeChoice()
    address = runtime().cipher.open(found.mail).get("mail", "")
    return NoticeChoice(address, tuple(found.kinds))
