"""Read what a case carries: the files that somebody may see, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from tiji.accounts.rules import Viewer
from tiji.attachments.model import AttachmentRow
from tiji.attachments.rules import is_fresh, pending_key
from tiji.cases.model import StayRow
from tiji.cases.rules import ALLOWED, CLIENT
from tiji.cases.sight import handles, seen_case
from tiji.db import db, rows
from tiji.errors import AbsentError
from tiji.i18n import _
from tiji.people.queries import officer_names
from tiji.runtime import runtime

_FILE = AttachmentRow.__table__
_SHOWN = (
    *("id", "sha256", "size", "media", "name", "who", "at"),
    *("handlers_only", "public", "scanned_at"),
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """Show a file of a case; ``by`` is who added it, as people call him or her.

    ``removable`` tells that the viewer may remove it.
    """

    id: int
    sha256: str
    size: int
    media: str
    name: str
    who: str
    at: datetime
    handlers_only: bool
    public: bool
    scanned_at: datetime | None
    by: str
    removable: bool = False

    @property
    def from_client(self) -> bool:
        """Tell whether the client brought it."""
        return self.who == CLIENT


def attachments_of(case: dict[str, Any], viewer: Viewer) -> list[Attachment]:
    """Give the files of a case that a viewer may open; the case is one that he or she sees."""
    found = _shown(_FILE.c.case_id == case["id"], _open_to(case, viewer))
    if case["status"] not in ALLOWED["attach"]:
        return found
    now, head = runtime().clock.now(), viewer.heads(case["department"])
    return [
        replace(file, removable=head or (file.who == viewer.code and is_fresh(file.at, now)))
        for file in found
    ]


def may_attach(case: dict[str, Any], viewer: Viewer) -> bool:
    """Tell whether a viewer is shown where files are added: who handles the case, or did."""
    if case["status"] not in ALLOWED["attach"] or not viewer.may_act():
        return False
    if handles(viewer, case):
        return True
    held = (StayRow.case_id == case["id"]) & StayRow.holder.in_(viewer.holders)
    return db.session.scalar(select(StayRow.no).where(held).limit(1)) is not None


def attachment(number: str, attachment_id: int, viewer: Viewer) -> Attachment:
    """Give one file of a case; AbsentError where there is none for the viewer."""
    case = seen_case(number, viewer)
    own = (_FILE.c.case_id == case["id"]) & (_FILE.c.id == attachment_id)
    found = _shown(own, _open_to(case, viewer))
    if not found:
        raise AbsentError(_("This file is not there any more."))
    return found[0]


def _open_to(case: dict[str, Any], viewer: Viewer) -> ColumnElement[bool]:
    everybodys = _FILE.c.handlers_only.is_(False)
    if handles(viewer, case):
        return _FILE.c.removed_at.is_(None)
    return _FILE.c.removed_at.is_(None) & (everybodys | (_FILE.c.who == viewer.code))


def public_attachments(case_id: int) -> list[Attachment]:
    """Give the files that a case's client may open: the own ones, and what was sent."""
    return _shown(
        (_FILE.c.case_id == case_id) & _FILE.c.public.is_(True), _FILE.c.removed_at.is_(None)
    )


def pending_files(pending: str) -> list[Attachment]:
    """Give what waits for its case under a visitor's word."""
    return _shown(_FILE.c.pending_key == pending_key(pending))


def _shown(*where: ColumnElement[bool]) -> list[Attachment]:
    query = select(*(_FILE.c[name] for name in _SHOWN)).where(*where).order_by(_FILE.c.id)
    found = rows(db.session.execute(query))
    names = _names([row["who"] for row in found])
    return [Attachment(**row, by=names[row["who"]]) for row in found]


def _names(codes: Sequence[str]) -> dict[str, str]:
    officers = officer_names({code for code in codes if code != CLIENT})
    return {code: _("the client") if code == CLIENT else officers.get(code, code) for code in codes}


def count_files(session: Session, case_id: int) -> tuple[int, int]:
    """Count the files of a case, and those that its client brought."""
    own = (_FILE.c.case_id == case_id) & _FILE.c.removed_at.is_(None)
    counted = select(func.count(), func.count().filter(_FILE.c.who == CLIENT)).where(own)
    in_case, from_client = session.execute(counted).one()
    return int(in_case), int(from_client)
