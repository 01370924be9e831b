"""Cases chosen from a list for one action: what each allows, and why some do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from tiji.accounts.rules import Viewer
from tiji.cases.model import CaseRow, StayRow
from tiji.cases.offers import Facts, offered
from tiji.cases.rules import ALLOWED
from tiji.cases.sight import visible
from tiji.cases.words import statuses, word
from tiji.db import db, rows
from tiji.i18n import _
from tiji.matters.queries import ladders
from tiji.people.model import Officer

_CASE = CaseRow.__table__.c
#: So many cases are taken in hand at once.
MOST = 200


@dataclass(frozen=True, slots=True)
class Chosen:
    """A case that was chosen, in the version that is shown, and the actions it offers."""

    number: str
    title: str
    version: int
    status: str
    holder: str
    mine: bool
    offers: tuple[str, ...]

    def why_not(self, action: str) -> str:
        """Say why an action is not possible here; empty where it is."""
        if action in self.offers:
            return ""
        if self.status not in ALLOWED.get(action, (self.status,)):
            return _("It is {status}.").format(status=word(statuses(), self.status))
        if self.mine:
            return _("It is not done at its station, or it was done already.")
        if action == "comment":
            return _("It is another department's.")
        return _("{who} holds it.").format(who=self.holder or "—")


def chosen(viewer: Viewer, numbers: Sequence[str]) -> list[Chosen]:
    """Give the cases that were chosen among those a viewer may see, in the order of the list."""
    stay = aliased(StayRow)  # what may be seen asks for stays too
    here = and_(stay.case_id == _CASE.id, stay.no == _CASE.stay)
    wanted = list(dict.fromkeys(numbers))[:MOST]
    found = rows(
        db.session.execute(
            select(CaseRow.__table__, stay.taken_at, Officer.name.label("holder_name"))
            .select_from(CaseRow)
            .outerjoin(stay, here)
            .outerjoin(Officer, Officer.code == _CASE.holder)
            .where(_CASE.number.in_(wanted), visible(viewer))
        )
    )
    by_number = {row["number"]: row for row in found}
    known = ladders({row["ladder"] for row in found})
    return [_chosen(viewer, by_number[number], known) for number in wanted if number in by_number]


def _chosen(viewer: Viewer, row: dict[str, Any], known: dict[str, Any]) -> Chosen:
    request = row["request"] or {}
    own = {name: row[name] for name in Facts.__slots__ if name in row}
    facts = Facts(
        **own,
        taken=row["taken_at"] is not None,
        asked=request.get("asked"),
        asked_by=request.get("by"),
    )
    return Chosen(
        number=row["number"],
        title=row["title"],
        version=row["version"],
        status=row["status"],
        holder=row["holder_name"] or row["holder"] or "",
        mine=row["holder"] in viewer.holders,
        offers=offered(viewer, facts, known[row["ladder"]]),
    )
