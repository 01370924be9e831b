"""The versions of a matter, and what each changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from tiji.db import db, rows
from tiji.i18n import _
from tiji.matters.model import MatterRow

_MATTER = MatterRow.__table__
_SAID = (
    *("title", "department", "category", "cause", "audience", "fields_concerned"),
    *("pain_points", "guidance", "ladder", "routine", "confidential", "count_repeats"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """Show one thing that a version says otherwise; an empty text was or is not said at all."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Version:
    """Show a version of a matter; ``changes`` against the one before, none for the first."""

    no: int
    since: datetime
    current: bool
    active: bool
    reason: str
    changes: tuple[Change, ...]


def versions(code: str) -> list[Version]:
    """Give the versions of a matter, the newest first."""
    columns = ("version", "since", "current", "active", "reason", *_SAID)
    query = select(*(_MATTER.c[name] for name in columns))
    found = rows(
        db.session.execute(query.where(_MATTER.c.code == code).order_by(_MATTER.c.version))
    )
    steps = [(), *(tuple(changes(old, new)) for old, new in pairwise(found))]
    made = [
        Version(
            no=row["version"],
            since=row["since"],
            current=row["current"],
            active=row["active"],
            reason=row["reason"],
            changes=step,
        )
        for row, step in zip(found, steps, strict=False)
    ]
    return made[::-1]


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Give what one version of a matter says otherwise than another."""
    before, after = _flat(old), _flat(new)
    for what in dict.fromkeys((*before, *after)):
        if before.get(what, "") != after.get(what, ""):
            yield Change(what, before.get(what, ""), after.get(what, ""))


def _flat(said: Mapping[str, Any]) -> dict[str, str]:
    """Write a matter as lines, each under its own name."""
    named = {
        _("title"): said["title"],
        _("department"): said["department"],
        _("category"): said["category"],
        _("cause"): said["cause"] or "",
        _("for whom"): _list(said["audience"]),
        _("fields concerned"): _list(said["fields_concerned"]),
        _("what makes it hard"): _list([text for _kind, text in said["pain_points"]]),
        _("who is in charge"): said["guidance"].get("who", ""),
        _("where to go"): said["guidance"].get("where", ""),
        _("contact"): said["guidance"].get("contact", ""),
        _("guidance only"): _yes(said["routine"]),
        _("confidential"): _yes(said["confidential"]),
        _("asking again is counted"): _yes(said["count_repeats"]),
        _("client's limit"): _days(said["ladder"]["client_limit_days"]),
        _("cases enter at"): str(said["ladder"]["entry"]),
    }
    for station in said["ladder"]["stations"]:
        name = _("station {no}").format(no=station["no"])
        named[name] = _("{title}, {days}").format(
            title=station["title"], days=_days(station["limit_days"])
        )
    return named


def _days(count: int) -> str:
    return _("{days} d").format(days=count)


def _yes(value: bool) -> str:
    return _("yes") if value else _("no")


def _list(texts: Sequence[str]) -> str:
    return _(", ").join(texts)
