"""How an event is written, hashed and checked; and the register of kinds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tiji.errors import TijiError

#: Every kind of event and the fields that its data may have.
KINDS: dict[str, frozenset[str]] = {}


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
    # str() of each: what was put there behind the program's back may be no text at all.
    parts = map(str, (prev, case_id, seq, kind, at, actor, data, change))
    return hashlib.sha256("\x1e".join(parts).encode()).hexdigest()


def make_link(
    case_id: int, seq: int, kind: str, at: str, actor: str, data: str, change: str, prev: str
) -> Link:
    """Make the event that follows the one with hash ``prev`` (empty for the first)."""
    digest = link_hash(case_id, seq, kind, at, actor, data, change, prev)
    return Link(case_id, seq, kind, at, actor, data, change, prev, digest)


@dataclass(frozen=True, slots=True)
class Head:
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


@dataclass(slots=True)
class Verification:
    """Count what was verified and list what is bad."""

    cases: int = 0
    events: int = 0
    bad: tuple[Fault, ...] = ()


def verify_chains(
    heads: Iterable[Head], links: Iterable[Link], number_of: Callable[[int], str] = "#{}".format
) -> Verification:
    """Check every case's chain; both streams are ordered by case, ``links`` then by seq (I13).

    ``number_of`` names a case by its id where the case itself is gone.
    """
    result = Verification()
    faults: list[Fault] = []
    chains = _chains(links)
    chain = next(chains, None)
    for head in heads:
        while chain and chain[0] < head.case_id:
            faults.append(_orphan(number_of(chain[0]), chain[1]))
            result.events += len(chain[1])
            chain = next(chains, None)
        own = chain[1] if chain and chain[0] == head.case_id else []
        if own:
            chain = next(chains, None)
        result.cases += 1
        result.events += len(own)
        if fault := _first_fault(head, own):
            faults.append(fault)
    for case_id, own in ([chain] if chain else []) + list(chains):
        faults.append(_orphan(number_of(case_id), own))
        result.events += len(own)
    result.bad = tuple(faults)
    return result


def _chains(links: Iterable[Link]) -> Iterator[tuple[int, list[Link]]]:
    own: list[Link] = []
    for link in links:
        if own and link.case_id != own[0].case_id:
            yield own[0].case_id, own
            own = []
        own.append(link)
    if own:
        yield own[0].case_id, own


def _orphan(case: str, own: list[Link]) -> Fault:
    return Fault(case, own[0].seq, "these are events of a case that is gone")


def _first_fault(head: Head, own: list[Link]) -> Fault | None:
    prev, at = "", ""
    for expected, link in enumerate(own, start=1):
        if link.seq != expected:
            return Fault(head.number, expected, f"event {expected} is missing")
        if link.prev != prev:
            return Fault(head.number, link.seq, "it does not follow the event before it")
        if link.hash != link_hash(*link[:8]):
            return Fault(head.number, link.seq, "its content was changed")
        if link.at < at:
            return Fault(head.number, link.seq, "its time lies before the event before it")
        prev, at = link.hash, link.at
    if len(own) > head.seq:
        return Fault(head.number, head.seq + 1, f"the case knows of {head.seq} events only")
    if len(own) < head.seq:
        return Fault(head.number, len(own) + 1, f"the log ends at {len(own)} of {head.seq} events")
    if prev != head.hash:
        return Fault(head.number, len(own), "the case knows another last event")
    return None
