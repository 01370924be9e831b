"""One case in one transaction: load it, change it, record it, compare and set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from tiji.cases import kinds, words
from tiji.cases.clocks import amber_from
from tiji.cases.model import CaseRow, StayRow
from tiji.cases.move import SYSTEM, Desk, Move
from tiji.cases.rules import BY_CLIENT, CLIENT, require_status, require_storable
from tiji.cases.state import STATE_FIELDS, STAY_FIELDS, State, Stay, values_of
from tiji.cases.telling import telling
from tiji.db import db, transaction
from tiji.errors import BadInputError, ConflictError, RuleError
from tiji.events.chain import write_logs
from tiji.events.queries import of_case
from tiji.i18n import _
from tiji.matters.queries import ladders
from tiji.people import queries as people
from tiji.runtime import runtime
from tiji.stations.rules import Ladder

_CASE = cast(Table, CaseRow.__table__)
_STAY = cast(Table, StayRow.__table__)
_OWN = ("version", "head", "changed_at", "amber_at")
_UPDATE_CASE = (
    update(_CASE)
    .where(_CASE.c.id == bindparam("of_id"), _CASE.c.version == bindparam("of_version"))
    .values({name: bindparam(name) for name in (*STATE_FIELDS, *_OWN)})
)
_UPDATE_STAY = (
    update(_STAY)
    .where(_STAY.c.case_id == bindparam("of_id"), _STAY.c.no == bindparam("of_no"))
    .values({name: bindparam(name) for name in STAY_FIELDS if name != "no"})
)

_DELETE_STAY = delete(_STAY).where(
    _STAY.c.case_id == bindparam("of_id"), _STAY.c.no == bindparam("of_no")
)


def new_desk(session: Session) -> Desk:
    """Begin a desk at the clock's present moment."""
    return Desk(session, runtime().clock.now(), runtime().calendar)


def load_moves(
    desk: Desk,
    condition: Any,
    limit: int = 1,
    by_id: bool = False,
    *,
    to_write: bool = True,
    skip_locked: bool = False,
) -> list[Move]:
    """Load the cases that meet a condition with their stays, by wake-up or by id.

    On PostgreSQL whoever loads a case ``to_write`` waits for who has it, as on SQLite for the
    file, and then sees what was done; ``skip_locked`` leaves such cases out instead.
    """
    order = [_CASE.c.id] if by_id else [_CASE.c.wake_at, _CASE.c.id]
    wanted = select(_CASE).where(condition).order_by(*order).limit(limit)
    if to_write:
        wanted = wanted.with_for_update(skip_locked=skip_locked)
    cases = [dict(row) for row in desk.session.execute(wanted).mappings()]
    if not cases:
        return []
    ids = [case["id"] for case in cases]
    stays = desk.session.execute(
        select(_STAY)
        .join(_CASE, (_CASE.c.id == _STAY.c.case_id) & (_CASE.c.stay == _STAY.c.no))
        .where(_STAY.c.case_id.in_(ids))
    )
    stay_of = {row["case_id"]: dict(row) for row in stays.mappings()}
    by_digest = ladders({case["ladder"] for case in cases})
    return [_move(desk, case, stay_of.get(case["id"]), by_digest[case["ladder"]]) for case in cases]


def _move(desk: Desk, case: dict[str, Any], stay: dict[str, Any] | None, ladder: Ladder) -> Move:
    move = Move(
        desk=desk,
        id=case["id"],
        number=case["number"],
        version=case["version"],
        head=case["head"],
        now=max(desk.now, case["changed_at"]),
        ladder=ladder,
        matter=case["matter"],
        title=case["title"],
        confidential=case["confidential"],
        state=State(**{name: case[name] for name in STATE_FIELDS}),
        stay=Stay(**{name: stay[name] for name in STAY_FIELDS}) if stay else None,
        seen_version=case["version"],
    )
    move.keep()
    return move


def store(session: Session, moves: Sequence[Move]) -> None:
    """Write moved cases in bulk; raise ConflictError if anybody else moved one first."""
    moves = [move for move in moves if move.links]
    if not moves:
        return
    connection = session.connection()
    updated = connection.execute(
        _UPDATE_CASE,
        [
            {
                **values_of(move.state),
                "version": move.version,
                "head": move.head,
                "changed_at": move.now,
                "amber_at": amber_from(move.desk.calendar, move.state, move.stay),
                "of_id": move.id,
                "of_version": move.seen_version,
            }
            for move in moves
        ],
    )
    if updated.rowcount != len(moves):
        raise ConflictError(_("Somebody else moved the case at the same moment; look again."))
    write_stays(session, moves)
    write_logs(session, moves)


def write_stays(session: Session, moves: Sequence[Move]) -> None:
    """Update the stays that the cases were in, insert and delete those entered and taken back."""
    stays = [(move, stay) for move in moves for stay in move.stays.values()]
    connection = session.connection()
    if changed := [
        {**values_of(stay), "of_id": move.id, "of_no": stay.no}
        for move, stay in stays
        if stay.no <= move.loaded_stay
    ]:
        connection.execute(_UPDATE_STAY, changed)
    if new := [
        {**values_of(stay), "case_id": move.id}
        for move, stay in stays
        if stay.no > move.loaded_stay
    ]:
        connection.execute(insert(StayRow), new)
    if gone := [{"of_id": move.id, "of_no": no} for move in moves for no in move.gone]:
        connection.execute(_DELETE_STAY, gone)


@contextmanager
def moving(number: str, action: str, actor: str, seen: int | None = None) -> Iterator[Move]:
    """Load one case for an action in a transaction of its own, and store it afterwards.

    ``seen`` is the version that the caller saw. Raises BadInputError for an unknown case or
    officer, ConflictError if the case moved on since, RuleError where its status or a plugin
    forbids the action.
    """
    with moving_all([number], action, actor, seen) as moves:
        yield moves[0]


@contextmanager
def moving_all(
    numbers: Sequence[str], action: str, actor: str, seen: int | None = None
) -> Iterator[list[Move]]:
    """Load several cases for one action as :func:`moving` does; all of them change, or none.

    Cases that the block adds to the list are stored too; ``seen`` is about the first.
    """
    with telling(action, actor, numbers[0].strip().upper()) as told:
        if actor != CLIENT or action not in BY_CLIENT:
            require_officer(actor)
        asked = [_ask_plugins(number, action, actor) for number in numbers]
        with transaction() as session:
            desk = new_desk(session)
            # All load in one order, so that no two wait for each other.
            loaded = {number: _load(desk, number) for number in sorted(numbers)}
            moves = [loaded[number] for number in numbers]
            _require_seen(moves[0], seen, actor)
            for move, version in zip(moves, asked, strict=True):
                if move.version != version:
                    raise_conflict(move, version, actor)
                until = move.state.pause_until
                if until and until < move.desk.now and action != "resume":
                    # It resumes by itself at its end, also where the sweep is late.
                    move.end_pause(SYSTEM)
                require_status(action, move.state.status)
                move.state.quarantined = None
            yield moves
            store(session, moves)
            told.station = moves[0].state.station


def require_officer(code: str) -> tuple[people.OfficerView, list[people.Seat]]:
    """Give an officer and the seats that he or she may act from.

    Raises BadInputError for a code that nobody has, RuleError for one who holds no post (S5).
    """
    require_storable(code)
    known = people.officer(code)
    if known is None:
        raise BadInputError(
            _("No officer has the code {code}; see `tiji org show`.").format(code=code)
        )
    seats = people.seats_of(code, runtime().clock.now())
    if not seats:
        raise RuleError(
            "no-post",
            _("{who} holds no post now and cannot act.").format(who=words.named(code, known.name)),
            _("Give the officer a post in the organisation file and run `tiji org load`."),
        )
    return known, seats


def _load(desk: Desk, number: str, to_write: bool = True) -> Move:
    require_storable(number)
    wanted = _CASE.c.number == number.strip().upper()
    found = load_moves(desk, wanted, to_write=to_write)
    if not found:
        raise BadInputError(
            _("No case has the number {number}; see `tiji case list`.").format(number=number)
        )
    return found[0]


def _ask_plugins(number: str, action: str, actor: str) -> int:
    """Let the matter's plugin tighten the guard, before any transaction that it could spoil."""
    move = _load(new_desk(db.session()), number, to_write=False)
    denied = runtime().plugins.decide(actor, action, move.view())
    db.session.rollback()
    if denied:
        raise RuleError("plugin", denied.reason, denied.instead)
    return move.version


def _require_seen(move: Move, seen: int | None, actor: str) -> None:
    if seen is None or seen == move.version:
        return
    if seen > move.version or seen < 1:
        raise ConflictError(
            _("Case {number} is at version {version}, not {seen}; look again.").format(
                number=move.number, version=move.version, seen=seen
            )
        )
    raise_conflict(move, seen, actor)


def raise_conflict(move: Move, seen: int, actor: str) -> None:
    """Raise ConflictError naming who moved the case since ``seen``, unless nothing that counts.

    All that the actor decided counts: a second try after a lost answer must not act twice (T6).
    """
    events = of_case(move.id, seen)
    since = [
        event
        for event in events
        if event["kind"] not in (kinds.BESIDE if event["actor"] == actor else kinds.HARMLESS)
    ]
    if since:
        last = since[-1]
        code = last["actor"]
        others = {SYSTEM: _("system"), CLIENT: _("the client")}
        who = others.get(code) or words.named(code, _known(code)[code])
        raise ConflictError(
            _("Since you looked (version {seen}): {at} {who}, {kind}. Look again.").format(
                who=who,
                kind=words.word(words.event_kinds(), last["kind"]),
                at=last["at"][:16].replace("T", " "),
                seen=seen,
            )
        )


def is_holder(move: Move, actor: str) -> bool:
    """Tell whether the actor holds the case, or acts for the one who does (I4)."""
    stay = move.current
    if actor in (stay.holder, stay.acting_for):
        return True
    return bool(stay.holder) and people.may_act_for(actor, str(stay.holder), move.now)


def require_holder(move: Move, actor: str) -> None:
    """Raise RuleError unless the actor holds the case, or acts for the one who does (I4)."""
    stay = move.current
    if is_holder(move, actor):
        return
    known = _known(stay.holder or "", actor)
    raise RuleError(
        "not-holder",
        _("Case {number} is held by {who} at station {station}, not by {actor}.").format(
            number=move.number,
            who=words.named(stay.holder, known[stay.holder or ""]),
            station=stay.station,
            actor=known[actor],
        ),
        _("Only its holder, or who acts for the holder on leave, may do this."),
    )


def _known(*codes: str) -> dict[str, str]:
    """Name officers by code; who is not known stays a code."""
    names = people.officer_names(codes)
    return {code: names.get(code, code) for code in codes}


def require_seat(move: Move, actor: str, stations: Sequence[int], rule: str, message: str) -> None:
    """Raise RuleError unless the actor sits on one of the stations above, for this case."""
    for no in stations:
        seat = move.seat(no)
        if seat and (actor == seat.officer or people.may_act_for(actor, seat.officer, move.now)):
            return
    named = dict.fromkeys(s.officer for s in map(move.seat, stations) if s)
    who = words.listed(words.named(*officer) for officer in _known(*named).items())
    raise RuleError(rule, message, _("It is for: {who}.").format(who=who or "—"))
