"""Verify the whole log: every chain, the witness of each case, and checkpoints from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from sqlalchemy import func, select

from tiji.cases.actions.opening import NUMBER_PREFIX, case_id, number_of
from tiji.cases.model import CaseRow, SequenceRow
from tiji.cases.queries import count_cases
from tiji.db import db, snapshot
from tiji.events.checkpoints import Kept
from tiji.events.model import EventRow
from tiji.events.rules import Broken, Fault, Head, Link, Verification, verify_chains
from tiji.events.witness import check_leaves, kept_roots, leaves_and_events
from tiji.i18n import _

_CASE = CaseRow.__table__.c
_EVENT = EventRow.__table__.c
_LINK = [_EVENT[name] for name in Link._fields]
#: So many cases are read as of one moment: a long verification holds up nobody.
CASES = 500

Progress = Callable[[int], None]


def verify_log(
    against: Sequence[Kept] = (), progress: Progress = lambda _cases: None
) -> Verification:
    """Verify every chain and all that was witnessed, against checkpoints too.

    Memory does not grow with the archive, and no reading lasts: cases that move meanwhile are
    verified as they were at one moment. ``progress`` hears how many cases each stretch had.
    """
    total, own = Verification(checkpoints=len(against)), kept_roots()
    bad = {fault.case: fault for fault in reversed([*_check_cases(total, progress)])}
    witness = check_leaves(leaves_and_events(), against, own, _name)
    for fault in (*_lost_numbers(), *witness.bad):
        bad.setdefault(fault.case, fault)
    total.leaves = witness.leaves
    total.bad = tuple(sorted(bad.values(), key=lambda fault: fault.case))
    total.broken = (*witness.broken, *_lost_cases(against))
    db.session.rollback()
    return total


def _name(id_: object) -> str:
    """Name a case by an id that may have been tampered with."""
    return number_of(id_) if isinstance(id_, int) else f"#{id_}"


def _check_cases(total: Verification, progress: Progress) -> Iterator[Fault]:
    """Check all chains, a stretch of cases at a time, each as of one moment; count them."""
    after: int | None = None
    while True:
        with snapshot() as session:
            cases = select(_CASE.id, _CASE.number, _CASE.version, _CASE.head)
            links = select(*_LINK).order_by(_EVENT.case_id, _EVENT.seq)
            if after is not None:
                cases, links = cases.where(_CASE.id > after), links.where(_EVENT.case_id > after)
            heads = [
                Head._make(row) for row in session.execute(cases.order_by(_CASE.id).limit(CASES))
            ]
            after = heads[-1].case_id if len(heads) == CASES else None
            if after is not None:
                links = links.where(_EVENT.case_id <= after)
            streamed = session.execute(links.execution_options(yield_per=CASES * 10))
            found = verify_chains(heads, chain.from_iterable(streamed.partitions()), _name)
        total.cases += found.cases
        total.events += found.events
        yield from found.bad
        progress(found.cases)
        if after is None:
            return


def _lost_numbers() -> Iterator[Fault]:
    """Find case numbers that were given out and are no case's: no case is ever deleted."""
    with snapshot() as session:
        years = {
            row.name: row.value
            for row in session.execute(select(SequenceRow.name, SequenceRow.value))
            if row.name.isdigit()
        }
        for year, value in sorted(years.items()):
            first = case_id(f"{NUMBER_PREFIX}{year}000001")
            given = _CASE.id.between(first, first + value - 1)
            if session.scalar(select(func.count()).where(given)) == value:
                continue
            ids = session.scalars(select(_CASE.id).where(given).order_by(_CASE.id))
            expected = first
            for found in (*ids, first + value):
                if found > expected:
                    yield Fault(number_of(expected), 1, _gone(found - expected))
                expected = found + 1


def _gone(count: int) -> str:
    if count == 1:
        return _("the case itself is gone")
    return _("this case and {count} after it are gone").format(count=count - 1)


def _lost_cases(against: Sequence[Kept]) -> Iterator[Broken]:
    """Find checkpoints that knew of more cases than there are."""
    now = count_cases()
    for file, checkpoint in against:
        if checkpoint.cases > now:
            why = _("there were {count} cases, and now {now}")
            why = why.format(count=checkpoint.cases, now=now)
            yield Broken(file, checkpoint.leaves, why)
