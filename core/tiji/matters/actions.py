"""Bring the matter list of the installed bureaus into the database, and activate it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from tiji.canonical import canonical
from tiji.db import lock_table, transaction
from tiji.errors import RuleError
from tiji.i18n import _
from tiji.matters.model import LadderRow, MatterRow
from tiji.matters.queries import MatterView, current_matters, holders, matter
from tiji.people.queries import department
from tiji.plugins.types import Bureau, Matter
from tiji.runtime import runtime
from tiji.stations.rules import Ladder

_LADDER = LadderRow.__table__.c
_KNOWN_LADDER = select(_LADDER.digest).where(_LADDER.digest == bindparam("digest"))


@dataclass(frozen=True, slots=True)
class Publication:
    """Tell what a publication of the matter list changed, by code."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    inactive: tuple[str, ...]


def publish_matters() -> Publication:
    """Publish the installed bureaus' matters: a changed one gets a new version.

    Each is activated if every station of its ladder has a holder, and otherwise says which post
    is missing (requirement 6). Cases keep the version that they were opened with.
    """
    now = runtime().clock.now()
    new: list[str] = []
    changed: list[str] = []
    with transaction() as session:
        lock_table(session, MatterRow)
        known = {view.code: view for view in current_matters()}
        for plugin, declared in _declared(runtime().plugins.bureaus().values()):
            values = _values(declared)
            digest = _digest(values)
            old = known.get(declared.code)
            if old and old.digest == digest:
                continue
            (changed if old else new).append(declared.code)
            version = old.version + 1 if old else 1
            session.execute(
                update(MatterRow).where(MatterRow.code == declared.code).values(current=False)
            )
            session.execute(
                insert(MatterRow).values(
                    **values,
                    version=version,
                    current=True,
                    active=False,
                    reason="",
                    plugin=plugin,
                    digest=digest,
                    since=now,
                )
            )
        inactive = _activate_all(session, now)
    return Publication(tuple(new), tuple(changed), tuple(inactive))


def activate_matter(code: str) -> MatterView:
    """Activate one matter; raise RuleError naming the post that nobody holds (requirement 6)."""
    now = runtime().clock.now()
    with transaction() as session:
        found = matter(code)
        if reason := _missing_post(found, now):
            raise RuleError(
                "matter-inactive",
                _("{code} cannot be activated: {reason}").format(code=code, reason=reason),
                _("Fill the post in the organisation file and run `tiji org load`."),
            )
        _mark(session, found, "")
    return matter(code)


def reactivate_matters() -> list[str]:
    """Activate the matters that the posts can carry now; give the codes of the others."""
    with transaction() as session:
        lock_table(session, MatterRow)
        return _activate_all(session, runtime().clock.now())


def declared_matters() -> list[tuple[dict[str, Any], str]]:
    """Give what the installed bureaus declare of each matter, with its digest."""
    declared = _declared(runtime().plugins.bureaus().values())
    return [(values := _values(matter), _digest(values)) for _plugin, matter in declared]


def store_ladder(session: Session, ladder: Ladder) -> str:
    """Keep a ladder under the hash of its content and return the hash."""
    data = ladder.to_json()
    digest = hashlib.sha256(canonical(data).encode()).hexdigest()
    if session.connection().scalar(_KNOWN_LADDER, {"digest": digest}) is None:
        session.execute(insert(LadderRow).values(digest=digest, ladder=data))
    return digest


def _declared(bureaus: Iterable[Bureau]) -> list[tuple[str, Matter]]:
    return [(bureau.name, matter) for bureau in bureaus for matter in bureau.matters]


def _digest(values: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(values).encode()).hexdigest()


def _values(declared: Matter) -> dict[str, Any]:
    return {
        "code": declared.code,
        "title": declared.title,
        "department": declared.department,
        "category": declared.category,
        "cause": declared.cause,
        "audience": list(declared.audience),
        "fields_concerned": list(declared.fields_concerned),
        "pain_points": [list(point) for point in declared.pain_points],
        "guidance": asdict(declared.guidance),
        "ladder": declared.ladder.to_json(),
        "routine": declared.routine,
        "confidential": declared.confidential,
        "count_repeats": declared.count_repeats,
    }


def _activate_all(session: Session, now: datetime) -> list[str]:
    inactive = []
    for view in current_matters():
        reason = _missing_post(view, now)
        if reason:
            inactive.append(view.code)
        _mark(session, view, reason)
    return inactive


def _mark(session: Session, view: MatterView, reason: str) -> None:
    session.execute(
        update(MatterRow)
        .where(MatterRow.code == view.code, MatterRow.version == view.version)
        .values(active=not reason, reason=reason)
    )


def _missing_post(view: MatterView, now: datetime) -> str:
    """Name the posts of a matter's department that nobody holds, or return an empty text."""
    if not department(view.department):
        return _("department {code} is not in the organisation").format(code=view.department)
    ladder = Ladder.from_json(view.ladder)
    held = holders(view, ladder, now)
    missing = [f"{s.no} {s.title}" for s in ladder.stations if held[s.no] is None]
    if not missing:
        return ""
    return _("nobody holds station {stations} of {department}").format(
        stations=", ".join(missing), department=view.department
    )
