"""What happens to households: they follow their cases, and a solved blocker releases many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tiji.api import (
    BadInputError,
    ConflictError,
    Event,
    RestoredCase,
    RuleError,
    case_detail,
    case_view,
    db,
    in_department,
    officer,
    record_in_bulk,
    runtime,
    standing_events,
    take,
    transaction,
)
from tiji_natural_resources import queries
from tiji_natural_resources.facts import read_facts
from tiji_natural_resources.models import Blocker, Hold, Household
from tiji_natural_resources.records import write
from tiji_natural_resources.rules import BUREAU, PREFIX, state_after
from tiji_natural_resources.words import say

#: How many cases one transaction of a release takes.
BATCH = 100
RELEASED = f"{PREFIX}released"
#: What is recorded in a case's own log.
EVENTS = {RELEASED: ("blocker", "title")}
#: The state that an event brings a household to; an end depends on its outcome.
_STATE_AFTER = {
    "case_taken": "accepted",
    "case_agreed": "accepted",
    "case_resumed": "accepted",
    "case_reopened": "accepted",
    "case_refused": "refused",
    "case_withdrawn": "ended",
}
_PAUSED, _ANSWERED, _CLOSED = "case_paused", "case_answered", "case_closed"
_UNDONE = "undone"
FOLLOWED = frozenset({*_STATE_AFTER, _PAUSED, _ANSWERED, _CLOSED, _UNDONE})


def release(code: str, actor: str) -> dict[str, Any]:
    """Mark a blocker solved and release the households that it holds, a hundred a transaction.

    Each case that is not over gets one event. Interrupted, it goes on where it stopped when it is
    run again. Raises BadInputError for an unknown blocker or officer, RuleError for an officer of
    another department, ConflictError if a case moved at the same moment: run it again.
    """
    found = queries.blocker(code)
    _require_bureau(actor)
    released = recorded = 0
    more = True
    while more:
        with transaction() as session:
            held = _held(session, found["id"])
            batch, more = held[:BATCH], len(held) > BATCH
            _solve(session, found["id"], actor)
            if batch:
                _let_go(session, found["id"], batch)
                words = {"blocker": found["code"], "title": found["title"]}
                recorded += len(record_in_bulk(session, batch, actor, RELEASED, **words))
        released += len(batch)
    return {
        **{name: value for name, value in queries.blocker(code).items() if name != "id"},
        "released": released,
        "recorded": recorded,
    }


def accept(numbers: Sequence[str], actor: str) -> tuple[int, list[str]]:
    """Acknowledge cases one by one, as their holder; give how many, and why others were not.

    Each is a transaction of its own: what somebody else moved first does not stop the rest.
    """
    done, failed = 0, []
    for number in numbers:
        try:
            take(number, actor)
        except (RuleError, ConflictError) as error:
            failed.append(f"{number}: {error}")
        else:
            done += 1
    return done, failed


def _require_bureau(actor: str) -> None:
    if officer(actor) is None:
        raise BadInputError(
            say(
                "没有编号为 {code} 的人员；见 `tiji org show`。",
                "No officer has the code {code}; see `tiji org show`.",
                code=actor,
            )
        )
    if not in_department(actor, BUREAU, runtime().clock.now()):
        raise RuleError(
            "estate-bureau",
            say(
                "难点由自然资源和规划局的人员确认解决。",
                "Only an officer of the natural resources bureau ({code}) releases a blocker.",
                code=BUREAU,
            ),
            say("请告知该局。", "Tell the bureau that it is solved."),
        )


def _held(session: Session, blocker_id: int) -> list[int]:
    """Give the next cases that a blocker holds, one more than a batch if there are."""
    found = session.execute(
        select(Hold.case_id)
        .where(Hold.blocker_id == blocker_id, Hold.released_at.is_(None))
        .order_by(Hold.case_id)
        .limit(BATCH + 1)
    )
    return list(found.scalars())


def _solve(session: Session, blocker_id: int, actor: str) -> None:
    unsolved = update(Blocker).where(Blocker.id == blocker_id, Blocker.solved_at.is_(None))
    session.execute(unsolved.values(solved_at=runtime().clock.now(), solved_by=actor))


def _let_go(session: Session, blocker_id: int, case_ids: list[int]) -> None:
    """Claim a batch before its events are written, so that two releases double none."""
    claimed = session.connection().execute(
        update(Hold)
        .where(
            Hold.blocker_id == blocker_id,
            Hold.case_id.in_(case_ids),
            Hold.released_at.is_(None),
        )
        .values(released_at=runtime().clock.now())
    )
    if claimed.rowcount != len(case_ids):
        raise ConflictError(
            say(
                "同一时刻有人在解除同一难点；请再运行一次。",
                "Somebody else releases the same blocker at this moment; run it again.",
            )
        )
    session.connection().execute(
        update(Household)
        .where(Household.case_id.in_(case_ids))
        .values(blockers=Household.blockers - 1)
    )


def register(event: Event) -> None:
    """Keep the household of a new case; a second delivery changes nothing."""
    if str(event.data["matter"]).startswith(PREFIX):
        with transaction() as session:
            _has_household(session, event)


def restore(cases: Sequence[RestoredCase]) -> None:
    """Keep the households of cases that were there before this plugin's tables.

    What their forms name blocks them anew: that a blocker was solved stands in the cases' logs.
    """
    ids = [restored.case.id for restored in cases]
    own = select(Household.case_id).where(Household.case_id.in_(ids))
    known = set(db.session.scalars(own))
    facts = (
        read_facts(one.case.id, one.form, one.case.status, one.case.outcome)
        for one in cases
        if one.case.id not in known
    )
    write([found for found in facts if found])


def follow(event: Event) -> None:
    """Keep a household's state with its case; an event older than the newest changes nothing."""
    if (state := _state_after(event)) is None:
        return
    with transaction() as session:
        if _has_household(session, event):
            newer = (Household.case_id == event.case_id) & (Household.heard < event.seq)
            session.execute(update(Household).where(newer).values(heard=event.seq, state=state))


def erase(event: Event) -> None:
    """Forget which room a household has; it still counts in its building's progress."""
    with transaction() as session:
        own = update(Household).where(Household.case_id == event.case_id)
        session.execute(own.values(room="", unit_code=None))


def _state_after(event: Event) -> str | None:
    if event.kind == _UNDONE:
        return _state_anew(event)
    if event.kind == _PAUSED:
        return "papers" if event.data.get("reason") == "awaiting_client" else None
    if event.kind in (_ANSWERED, _CLOSED):
        answered = event.kind == _ANSWERED
        outcome = event.data.get("outcome") if answered else case_view(event.case).outcome
        return state_after(outcome)
    return _STATE_AFTER[event.kind]


def _state_anew(undone: Event) -> str | None:
    """Work out the state that the events that stand leave a household in: one was taken back."""
    found = read_facts(undone.case_id, case_detail(undone.case)["form"], "open", None)
    state = found.state if found else None
    for event in standing_events(undone.case):
        if event.kind in FOLLOWED:
            state = _state_after(event) or state
    return state


def _has_household(session: Session, event: Event) -> bool:
    """Tell whether a case has a household; made from its form where the plugin missed it."""
    if session.scalar(select(Household.case_id).where(Household.case_id == event.case_id)):
        return True
    case = case_view(event.case)
    if not case.matter.startswith(PREFIX):
        return False
    facts = read_facts(case.id, case_detail(event.case)["form"], case.status, case.outcome)
    write([facts] if facts else [])
    return facts is not None
