"""How an event is written, hashed and checked; and the register of kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from tiji.errors import TijiError
from tiji.i18n import _

#: Every kind of event and the fields that its data may have.
KINDS: dict[str, frozenset[str]] = {}
#: Kinds of events that can be taken back, and how long at the most: what reaches outside waits.
UNDOABLE: dict[str, timedelta] = {}


def register(kind: str, *fields: str) -> str:
    """Register a kind of event with its fields; an unknown kind is refused when appended."""
    if KINDS.get(kind, frozenset(fields)) != frozenset(fields):
        raise TijiError(f"event kind {kind!r} is registered with other fields")
    KINDS[kind] = frozenset(fields)
    return kind


def check_kind(kind: str, data: Mapping[str, Any]) -> None:
    """Raise TijiError for an unknown kind or a field that its kind does not have."""
    if kind not in KINDS:
        raise TijiError(f"unknown kind of event: {kind!r}; register it first")
    if unknown := sorted(set(data) - KINDS[kind]):
        raise TijiError(f"event {kind!r} has no field {unknown[0]!r}")


def stamp(moment: datetime) -> str:
    """Write an event's time: UTC to the microsecond, always in the same form."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_stamp(text: str) -> datetime:
    """Read what :func:`stamp` wrote."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


class Link(NamedTuple):
    """One event as it is stored; ``data`` and ``change`` are canonical JSON texts.

    ``change`` holds the state columns that the event set, so that replaying a case's events
    rebuilds its state (I11).
    """

    case_id: int
    seq: int
    kind: str
    at: str
    actor: str
    data: str
    change: str
    prev: str
    hash: str


def link_hash(
    case_id: int, seq: int, kind: str, at: str, actor: str, data: str, change: str, prev: str
) -> str:
    """Hash an event over all that it says and the hash of the event before it (I12)."""
    # Formatted, not joined: what was put there behind the program's back may be no text at all.
    said = f"{prev}\x1e{case_id}\x1e{seq}\x1e{kind}\x1e{at}\x1e{actor}\x1e{data}\x1e{change}"
    return sha256(said.encode()).hexdigest()


def make_link(
    case_id: int, seq: int, kind: str, at: str, actor: str, data: str, change: str, prev: str
) -> Link:
    """Make the event that follows the one with hash ``prev`` (empty for the first)."""
    digest = link_hash(case_id, seq, kind, at, actor, data, change, prev)
    return Link(case_id, seq, kind, at, actor, data, change, prev, digest)


class Head(NamedTuple):
    """Say where a case's log ends, as its case row knows it."""

    case_id: int
    number: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Name the first bad event of a case and what is wrong with it."""

    case: str
    seq: int
    why: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Name a checkpoint that the log does not agree with any more.

    ``cases`` are some of those that were witnessed since the last checkpoint that still holds:
    what was changed is among them.
    """

    file: str
    leaves: int
    why: str
    cases: tuple[str, ...] = ()


@dataclass(slots=True)
class Verification:
    """Count what was verified and list what is bad; ``broken`` are checkpoints."""

    cases: int = 0
    events: int = 0
    leaves: int = 0
    checkpoints: int = 0
    bad: tuple[Fault, ...] = ()
    broken: tuple[Broken, ...] = ()


def verify_chains(
    heads: Iterable[Head],
    links: Iterable[Sequence[Any]],
    number_of: Callable[[int], str] = "#{}".format,
) -> Verification:
    """Check every case's chain; both streams are ordered by case, ``links`` then by seq (I13).

    A link is what :class:`Link` names. ``number_of`` names a case by its id where the case
    itself is gone.
    """
    result, faults = Verification(), []
    waiting = iter(heads)
    head = next(waiting, None)
    for case_id, own in groupby(links, itemgetter(0)):
        while head and head.case_id < case_id:
            faults.append(_check(head, iter(()), result))
            head = next(waiting, None)
        if head and head.case_id == case_id:
            faults.append(_check(head, own, result))
            head = next(waiting, None)
        else:
            faults.append(_orphan(number_of(case_id), own, result))
    while head:
        faults.append(_check(head, iter(()), result))
        head = next(waiting, None)
    result.bad = tuple(fault for fault in faults if fault)
    return result


def _orphan(case: str, own: Iterator[Sequence[Any]], result: Verification) -> Fault:
    first = next(own)
    result.events += 1 + sum(1 for _link in own)
    return Fault(case, first[1], _("these are events of a case that is gone"))


def _check(head: Head, own: Iterator[Sequence[Any]], result: Verification) -> Fault | None:
    """Check one chain and count its events; give its first fault."""
    case_id, number, last_seq, last_hash = head
    prev = at = ""
    expected, why = 0, ""
    result.cases += 1
    for _case, seq, kind, moment, actor, data, change, before, digest in own:
        expected += 1
        if seq != expected:
            seq, why = expected, _("event {seq} is missing").format(seq=expected)
        elif before != prev:
            why = _("it does not follow the event before it")
        elif digest != link_hash(case_id, seq, kind, moment, actor, data, change, before):
            why = _("its content was changed")
        elif moment < at:
            why = _("its time lies before the event before it")
        else:
            prev, at = digest, moment
            continue
        result.events += expected + sum(1 for _link in own)
        return Fault(number, seq, why)
    result.events += expected
    if expected == last_seq and prev == last_hash:
        return None
    if expected > last_seq:
        why = _("the case knows of {count} events only").format(count=last_seq)
        return Fault(number, last_seq + 1, why)
    if expected < last_seq:
        why = _("the log ends at {seq} of {count} events").format(seq=expected, count=last_seq)
        return Fault(number, expected + 1, why)
    return Fault(number, expected, _("the case knows another last event"))
