"""The end of one case's log, and how an event is added to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from tiji.canonical import canonical
from tiji.events.deliveries import deliver_later, frozen
from tiji.events.model import EventRow
from tiji.events.rules import Link, check_kind, make_link, stamp
from tiji.plugins.types import Event


@dataclass(slots=True, kw_only=True)
class CaseLog:
    """Know where a case's log ends (``version`` events, the last with hash ``head``) and add to it.

    ``now`` is the time of what is added; it never lies before the last event (I14).
    """

    id: int
    number: str
    version: int
    head: str
    now: datetime
    links: list[Link] = field(default_factory=list)
    announced: list[Event] = field(default_factory=list)

    def add(self, kind: str, actor: str, data: dict[str, Any], change: dict[str, Any]) -> None:
        """Add an event; ``change`` holds the state columns that it set."""
        check_kind(kind, data)
        seq, at = self.version + 1, stamp(self.now)
        words = (kind, at, actor, canonical(data), canonical(change))
        link = make_link(self.id, seq, *words, self.head)
        self.version, self.head = link.seq, link.hash
        self.links.append(link)
        key = f"{self.number}/{seq}"
        event = Event(key, self.number, self.id, seq, kind, self.now, actor, frozen(data))
        self.announced.append(event)


def write_logs(session: Session, logs: Sequence[CaseLog]) -> None:
    """Write what was added, in bulk, with the deliveries that it owes (I20)."""
    if links := [link._asdict() for log in logs for link in log.links]:
        session.connection().execute(insert(EventRow), links)
    deliver_later(session, [event for log in logs for event in log.announced])
