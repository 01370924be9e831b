"""The witness: which end of which case's log was seen, leaf by leaf, and whether it still is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, and_, func, select

from tiji.db import db
from tiji.events.checkpoints import Kept
from tiji.events.merkle import Tree
from tiji.events.model import CheckpointRow, EventRow, WitnessRow
from tiji.events.rules import Broken, Fault
from tiji.i18n import _

_LEAF = WitnessRow.__table__.c
_EVENT = EventRow.__table__.c
#: So many leaves are read in one transaction.
BATCH = 5000
#: So many cases are named among which one was changed.
NAMED = 10


def leaf_text(case_id: int, seq: int, digest: str) -> bytes:
    """Write a leaf as it is hashed into the tree."""
    return f"{case_id}/{seq}/{digest}".encode()


def read_leaves(after: int, upto: int) -> Iterator[Sequence[Any]]:
    """Stream leaves as (n, case, seq, hash), by their number."""
    columns = (_LEAF.n, _LEAF.case_id, _LEAF.seq, _LEAF.hash)
    return _pages(select(*columns).where(_LEAF.n <= upto), after)


def leaves_and_events() -> Iterator[Sequence[Any]]:
    """Stream all leaves as (n, case, seq, hash, hash of that event now or None)."""
    same = and_(_EVENT.case_id == _LEAF.case_id, _EVENT.seq == _LEAF.seq)
    columns = (_LEAF.n, _LEAF.case_id, _LEAF.seq, _LEAF.hash, _EVENT.hash)
    return _pages(select(*columns).join_from(WitnessRow, EventRow, same, isouter=True))


def _pages(query: Select[Any], after: int | None = None) -> Iterator[Sequence[Any]]:
    query = query.order_by(_LEAF.n).limit(BATCH)
    while True:
        page = query if after is None else query.where(_LEAF.n > after)
        found = db.session.execute(page).all()
        db.session.rollback()
        yield from found
        if len(found) < BATCH:
            return
        after = found[-1][0]


def kept_roots() -> dict[int, str]:
    """Give the roots that the database itself remembers, by size."""
    found = db.session.execute(select(CheckpointRow.size, CheckpointRow.root))
    return {row.size: row.root for row in found}


@dataclass(slots=True)
class Replayed:
    """What came of going through all leaves: how many there are, what is bad, what is broken."""

    leaves: int = 0
    bad: list[Fault] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)


def check_leaves(
    leaves: Iterable[Sequence[Any]],
    kept: Sequence[Kept],
    own: Mapping[int, str],
    number_of: Callable[[int], str],
) -> Replayed:
    """Compare each leaf with the log as it is now, and the tree with each checkpoint on the way.

    ``kept`` are sorted by size; ``own`` are the roots that the database remembers.
    """
    result, tree = Replayed(), Tree()
    wanted: dict[int, list[tuple[str, str]]] = {size: [("", root)] for size, root in own.items()}
    for file, checkpoint in kept:
        wanted.setdefault(checkpoint.leaves, []).append((file, checkpoint.root))
    good, complete = 0, True

    def compare() -> None:
        """Compare the root at this size."""
        nonlocal good
        root = tree.root()
        wrong = [file for file, said in wanted.pop(tree.size) if said != root]
        for file in wrong:
            why = _("the leaves that it was made of were changed")
            names = tuple(map(number_of, _witnessed_between(good, tree.size)))
            result.broken.append(Broken(file, tree.size, why, names))
        good = good if wrong else tree.size

    if 0 in wanted:
        compare()
    for n, case_id, seq, digest, now in leaves:
        if n != tree.size + 1 and complete:
            complete = False
            why = _("leaf {n} of the witness is missing").format(n=tree.size + 1)
            result.broken.append(Broken("", tree.size, why))
        if digest != now:
            result.bad.append(Fault(number_of(case_id), seq, _why(now)))
        tree.add(leaf_text(case_id, seq, digest))
        if tree.size in wanted:
            compare()
    result.leaves = tree.size
    for size, checks in wanted.items():
        why = _("of its {count} leaves {left} are left").format(count=size, left=tree.size)
        result.broken += [Broken(file, size, why) for file, _root in checks]
    return result


def _why(now: str | None) -> str:
    if now is None:
        return _("it was witnessed, and is gone")
    return _("it is another event than the one that was witnessed")


def _witnessed_between(after: int, upto: int) -> list[int]:
    """Give some of the cases of which leaves stand between two sizes."""
    found = (
        select(_LEAF.case_id)
        .where(_LEAF.n > after, _LEAF.n <= upto)
        .group_by(_LEAF.case_id)
        .order_by(func.max(_LEAF.n))
        .limit(NAMED)
    )
    return list(db.session.scalars(found))
