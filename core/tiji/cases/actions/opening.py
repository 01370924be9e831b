"""Register a case with its first-inquiry officer, or guide a routine matter without one."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from tiji.canonical import canonical
from tiji.cases.clocks import amber_from
from tiji.cases.entry import Intake, person_key
from tiji.cases.form import read_form, searched_words
from tiji.cases.model import CaseRow, GuidanceRow, SequenceRow
from tiji.cases.move import Desk, Move
from tiji.cases.moving import load_moves, new_desk, require_officer, store, write_stays
from tiji.cases.rules import require_storable, require_words
from tiji.cases.state import OPEN, State, values_of
from tiji.cases.telling import telling
from tiji.clock import local
from tiji.crypto import commitment
from tiji.db import lock_table, transaction
from tiji.errors import RuleError
from tiji.events.chain import write_logs
from tiji.events.queries import of_case
from tiji.i18n import _
from tiji.matters.actions import store_ladder
from tiji.matters.queries import MatterView, guidance_in, ladder_in, matter
from tiji.people import queries as people
from tiji.plugins.types import ClientKind
from tiji.privacy import mask_text
from tiji.runtime import runtime
from tiji.search.actions import index_new
from tiji.search.rules import normal

NUMBER_PREFIX = "TJ"
_COUNTERS = cast(Table, SequenceRow.__table__)
_SEQUENCE = _COUNTERS.c
_COUNTER = select(_SEQUENCE.value).where(_SEQUENCE.name == bindparam("year")).with_for_update()
_ALLOCATE = (
    update(_COUNTERS)
    .where(_SEQUENCE.name == bindparam("year"))
    .values(value=_SEQUENCE.value + bindparam("count"))
    .returning(_SEQUENCE.value)
)


@dataclass(frozen=True, slots=True)
class Registration:
    """What was registered: a case's number, or guidance for a routine matter.

    ``repeated`` tells that the same person's same subject was counted on an open case.
    """

    number: str | None
    repeated: bool = False
    guidance: Mapping[str, str] = field(default_factory=dict)


def open_case(
    *,
    matter_code: str,
    title: str,
    content: str,
    client_name: str,
    client_kind: ClientKind,
    actor: str | None = None,
    channel: str = "officer",
    data: Mapping[str, Any] | None = None,
    contact: Mapping[str, str] | None = None,
    told_no: str = "",
    told: Mapping[str, str] | None = None,
    by: str | None = None,
    repeats: bool = True,
    sent: str = "",
    within: Callable[[Session, str], None] | None = None,
) -> Registration:
    """Register a case: its first officer asked owns it, at station 1, and both clocks start.

    ``actor`` is that officer; a channel without one gives the case to the duty officer of the
    matter's department. Form fields still missing are listed and block nothing. ``contact`` is
    sealed beside what the form asks for; ``told_no`` is how somebody told the client no before.
    ``told`` holds which of the three duties are done (requirement 1): ``who`` is in charge,
    ``where`` to go, ``contact`` made. ``by`` is the clerk who entered what the officer on duty
    gets. ``sent`` marks the form, so that a repetition that is sent twice counts once.
    ``repeats`` counts the same person's same subject on its open case, where the matter says so;
    a door at which nobody shows who they are does not. ``within`` gets the session and the number
    of the new case and writes what stands or falls with it. Raises
    BadInputError for form values that cannot be read, RuleError for a matter that is not active.
    """
    extra = _extra(told or {}, told_no, sent)
    with telling("open", actor or by or f"channel:{channel}") as note:
        require_words(_("requirement 9"), title=title, content=content, client_name=client_name)
        require_storable(title, content, client_name, channel, *_texts(data), *_texts(contact))
        require_storable(*extra.values())
        found = matter(matter_code)
        _require_active(found)
        now = runtime().clock.now()
        fio, department, section = _first_officer(found, actor, now)
        form, asked, missing = read_form(found.code, data or {})
        personal = {**(contact or {}), **asked}
        if found.routine:
            return _guide_routine(found, fio, department, client_kind, title)
        key = person_key(client_name, personal)
        with transaction() as session:
            desk = new_desk(session)
            take_turn(session, desk)
            if repeats and found.count_repeats and (number := _same_subject(session, key, title)):
                said = {"channel": channel, **extra}
                _count_repeat(desk, number, actor or by or fio, personal, said)
                note.case = number
                return Registration(number, repeated=True)
            ladder = ladder_in(found, department)
            intake = Intake(
                matter=found.code,
                matter_version=found.version,
                category=found.category,
                confidential=found.confidential,
                ladder=store_ladder(session, ladder),
                title=title.strip(),
                content=content.strip(),
                client_kind=client_kind,
                client_name=client_name.strip(),
                personal=personal,
                form=form,
                missing=missing,
                channel=channel,
                person_key=key,
                searched=searched_words(found.code, form),
            )
            state = State(
                status="open",
                department=department,
                section=section,
                fio=fio,
                fio_department=department,
                opened_at=desk.now,
                client_from=desk.now,
            )
            number = allocate(session, desk, 1)[0]
            move = Move.beginning(
                desk,
                ladder,
                state,
                id=case_id(number),
                number=number,
                matter=found.code,
                title=intake.title,
                confidential=found.confidential,
            )
            landing = move.land(ladder.entry)
            move.climb(landing)
            move.record(
                "case_opened",
                actor or by or f"channel:{channel}",
                matter=found.code,
                matter_version=found.version,
                ladder=intake.ladder,
                department=department,
                channel=channel,
                personal=intake.commitment,
                passed=landing.passed_json(),
                **extra,
                **({"holder": holder} if (holder := landing.seat.officer) != actor else {}),
            )
            insert_case(session, move, intake)
            if within:
                within(session, number)
            note.case, note.station = number, move.state.station
        return Registration(number)


def _extra(told: Mapping[str, str], told_no: str, sent: str) -> dict[str, str]:
    """Give what the log says only where it is so."""
    said = {name: text.strip() for name, text in told.items()}
    return {
        name: text for name, text in (said | {"told_no": told_no, "sent": sent}).items() if text
    }


def _texts(data: Mapping[str, Any] | None) -> list[str]:
    return [value for value in (data or {}).values() if isinstance(value, str)]


def _require_active(found: MatterView) -> None:
    if runtime().plugins.matter(found.code) is None:
        raise RuleError(
            "matter-inactive",
            _("The plugin {name} of matter {code} is not active.").format(
                name=found.plugin, code=found.code
            ),
            _("See `tiji plugins list`."),
        )
    if not found.active:
        raise RuleError(
            "matter-inactive",
            _("Matter {code} is not active: {reason}.").format(
                code=found.code, reason=found.reason
            ),
            _("Fill the post in the organisation file and run `tiji org load`."),
        )


def _first_officer(
    found: MatterView, actor: str | None, now: datetime
) -> tuple[str, str, str | None]:
    """Give the first-inquiry officer with department and section (requirement 1, I5)."""
    if actor is None:
        seat = people.seat_holder(1, found.department, None, now)
        if seat is None:
            raise RuleError("no-holder", _("The channel's department has no duty officer."))
        return seat.officer, seat.department, seat.section
    officer, seats = require_officer(actor)
    own = [seat for seat in seats if seat.acting_for is None]
    at_home = [seat for seat in own or seats if seat.department == officer.department]
    department = min(at_home or own or seats, key=lambda seat: seat.station).department
    there = sorted((s for s in own if s.department == department), key=lambda s: s.station > 1)
    return actor, department, next((seat.section for seat in there if seat.section), None)


def take_turn(session: Session, desk: Desk) -> None:
    """Let those who make cases wait for each other, so that each sees what the last one made."""
    name = str(local(desk.now).year)
    if session.connection().scalar(_COUNTER, {"year": name}) is None:
        lock_table(session, SequenceRow)
        if session.connection().scalar(_COUNTER, {"year": name}) is None:
            session.execute(insert(SequenceRow).values(name=name, value=0))


def allocate(session: Session, desk: Desk, count: int) -> list[str]:
    """Take the next case numbers of the year, in the transaction whose turn it is."""
    name = str(local(desk.now).year)
    found = session.connection().execute(_ALLOCATE, {"year": name, "count": count}).scalar_one()
    return [f"{NUMBER_PREFIX}{name}{n:06d}" for n in range(found - count + 1, found + 1)]


def case_id(number: str) -> int:
    """Give the id that belongs to a case number: the year, then nine digits."""
    digits = number.removeprefix(NUMBER_PREFIX)
    return int(digits[:4]) * 10**9 + int(digits[4:])


def number_of(case_id: int) -> str:
    """Give the number that belongs to a case's id."""
    year, serial = divmod(case_id, 10**9)
    return f"{NUMBER_PREFIX}{year}{serial:06d}"


def insert_case(session: Session, move: Move, intake: Intake) -> None:
    """Write a new case with its stays and events."""
    own = {"id": move.id, "number": move.number, "version": move.version, "head": move.head}
    times = {
        "changed_at": move.now,
        "amber_at": amber_from(move.desk.calendar, move.state, move.stay),
    }
    columns = {**values_of(move.state), **intake.columns(), **own, **times}
    session.connection().execute(insert(CaseRow), [columns])
    index_new(session, {move.id: intake.words(move.number)})
    write_stays(session, [move])
    write_logs(session, [move])


def _same_subject(session: Session, key: str | None, title: str) -> str | None:
    """Find the open case on which the same person has the same subject already."""
    if key is None:
        return None
    found = session.execute(
        select(CaseRow.number, CaseRow.title)
        .where(CaseRow.person_key == key, CaseRow.status.in_(OPEN))
        .order_by(CaseRow.id)
    )
    subject = "".join(normal(mask_text(title)).split())
    return next((n for n, known in found if "".join(normal(known).split()) == subject), None)


def _count_repeat(
    desk: Desk, number: str, actor: str, personal: Mapping[str, Any], said: Mapping[str, str]
) -> None:
    move = load_moves(desk, CaseRow.number == number)[0]
    sent = said.get("sent")
    if sent and any(event["data"].get("sent") == sent for event in of_case(move.id)):
        return  # the same form again: its button was pressed twice
    move.state.repeats += 1
    move.record(
        "case_repeated",
        actor,
        times=move.state.repeats + 1,
        personal=commitment(secrets.token_hex(16), canonical(personal)),
        **said,
    )
    store(desk.session, [move])


def _guide_routine(
    found: MatterView, fio: str, department: str, client_kind: str, title: str
) -> Registration:
    """Record guidance for a routine matter; it opens no case (requirement 8)."""
    guidance = guidance_in(found, department)
    with transaction() as session:
        session.execute(
            insert(GuidanceRow).values(
                at=runtime().clock.now(),
                officer=fio,
                matter=found.code,
                client_kind=client_kind,
                title=mask_text(title),
                guidance=guidance,
            )
        )
    return Registration(None, guidance=guidance)
