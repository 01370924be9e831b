"""Each event to each subscriber: enqueued with the action, delivered after it, never lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from tiji.db import db, let_go
from tiji.events.model import EventRow
from tiji.events.rules import UNDOABLE, read_stamp, stamp
from tiji.jobs.actions import drop, enqueue
from tiji.jobs.doing import this_process
from tiji.jobs.rules import Job, NewJob
from tiji.logs import Log
from tiji.plugins.types import Event
from tiji.runtime import runtime
from tiji.signals import SIGNALS

#: The target that sends blinker's signals.
SIGNAL_TARGET = "signals"

Handle = Callable[[Event], None]

log = Log(__name__)


@dataclass(frozen=True, slots=True)
class CoreListener:
    """Let core itself hear of events of some kinds, in the transaction that writes them.

    ``hear`` gets all of one transaction at once, and writes in bulk. What it raises takes the
    action back: it is for what must be told with the event, as notices are, and owes nothing to
    the outside.
    """

    kinds: frozenset[str]
    hear: Callable[[Session, Sequence[Event]], None]


def frozen(value: Any) -> Any:
    """Make data that no receiver can change for the others."""
    if isinstance(value, dict):
        return MappingProxyType({name: frozen(item) for name, item in value.items()})
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def deliver_later(session: Session, events: Sequence[Event]) -> None:
    """Tell core's listeners of the events and enqueue them for whoever declared their kinds.

    All of it stands in the caller's transaction (I20).
    """
    for core in runtime().listeners:
        if heard := [event for event in events if event.kind in core.kinds]:
            core.hear(session, heard)
    jobs = [job for event in events for job in _jobs_of(event)]
    mine = enqueue(session, jobs, this_process() if runtime().delivers_itself() else None)
    session.info.setdefault("deliveries", []).extend(mine)
    session.info.setdefault("lanes", set()).update(job.lane for job in jobs)


def _jobs_of(event: Event) -> Iterable[NewJob]:
    for target, outside in _listeners(event):
        wait = _patience(event.kind) if outside and target != SIGNAL_TARGET else timedelta()
        # Of a case's event its log keeps the words; what is no case's carries them along.
        payload = {} if event.case else {**_plain(event), "data": dict(event.data)}
        lane = f"{event.case_id or event.data['ledger']}:{target}"
        yield NewJob(target, event.id, lane, payload, outside, wait)


def _patience(kind: str) -> timedelta:
    """Say how long what reaches outside waits: until the event cannot be taken back any more."""
    longest = UNDOABLE.get(kind)
    return longest + timedelta(seconds=1) if longest else timedelta()


def keep_inside(session: Session, event_ids: Sequence[str], kind: str) -> None:
    """Tell nobody outside of events that were taken back before they were told."""
    drop(session, [target for target, outside in _subscribed(kind) if outside], event_ids)


def _plain(event: Event) -> dict[str, Any]:
    return {"kind": event.kind, "at": stamp(event.at), "actor": event.actor}


def _listeners(event: Event) -> Iterable[tuple[str, bool]]:
    """Give the target of all that wait for an event, and whether it reaches outside."""
    yield from _subscribed(event.kind, event.data.get("matter"))
    if any(signal.receivers for signal in SIGNALS.get(event.kind, ())):
        # Nobody knows what a receiver does: it is taken to reach outside.
        yield SIGNAL_TARGET, True


def _subscribed(kind: str, matter: str | None = None) -> Iterable[tuple[str, bool]]:
    for plugin, subscriber in runtime().plugins.subscribers():
        foreign = subscriber.own and matter and not matter.startswith(f"{plugin}.")
        if kind in subscriber.kinds and not foreign:
            yield f"{plugin}.{subscriber.name}", subscriber.outside


def targets() -> dict[str, Callable[[Job], None]]:
    """Give what does each delivery of this process's plugins, by target."""
    handlers: dict[str, Handle] = {SIGNAL_TARGET: send_signals}
    for plugin, subscriber in runtime().plugins.subscribers():
        handlers[f"{plugin}.{subscriber.name}"] = subscriber.handle
    return {target: _delivering(handle) for target, handle in handlers.items()}


def _delivering(handle: Handle) -> Callable[[Job], None]:
    def deliver(job: Job) -> None:
        handle(event_of(job))

    return deliver


def send_signals(event: Event) -> None:
    """Call every receiver of the event's signals; one that fails is logged and passed over (I30).

    Signals are for what may be missed; a subscriber's deliveries are tried again.
    """
    sender = current_app._get_current_object()  # type: ignore[attr-defined]
    for signal in SIGNALS.get(event.kind, ()):
        for receiver in signal.receivers_for(sender):
            try:
                receiver(sender, event=event)
            except (KeyboardInterrupt, GeneratorExit):
                raise
            except BaseException as error:
                log.error("receiver failed", signal=signal.name, error=error)
            finally:
                let_go()


def event_of(job: Job) -> Event:
    """Give the event that a job delivers, from the log or from what the job carries."""
    if job.payload:
        said = job.payload
        at, words = read_stamp(said["at"]), frozen(said["data"])
        return Event(job.key, "", 0, 0, said["kind"], at, said["actor"], words)
    case, _slash, seq = job.key.rpartition("/")
    case_id = int(job.lane.partition(":")[0])
    row = db.session.execute(
        select(EventRow.kind, EventRow.at, EventRow.actor, EventRow.data).where(
            EventRow.case_id == case_id, EventRow.seq == int(seq)
        )
    ).one()
    db.session.rollback()
    words = frozen(json.loads(row.data))
    moment = read_stamp(row.at)
    return Event(job.key, case, case_id, int(seq), row.kind, moment, row.actor, words)
