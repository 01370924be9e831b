"""Register a case with its first-inquiry officer, or guide a routine matter without one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from marshmallow import Schema, ValidationError
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tiji.canonical import canonical
from tiji.cases.model import CaseRow, GuidanceRow, SequenceRow
from tiji.cases.move import Desk, Move
from tiji.cases.moving import load_moves, new_desk, require_officer, store, write_stays
from tiji.cases.rules import require_words
from tiji.cases.state import OPEN, State, values_of
from tiji.clock import local
from tiji.crypto import commitment
from tiji.db import transaction
from tiji.errors import BadInputError, RuleError
from tiji.events.chain import write_logs
from tiji.forms.cells import text_of
from tiji.forms.fields import CellContext, cell_context
from tiji.i18n import _
from tiji.matters.actions import store_ladder
from tiji.matters.queries import MatterView, guidance_in, ladder_in, matter
from tiji.people import queries as people
from tiji.plugins.types import ClientKind
from tiji.privacy import mask_text
from tiji.runtime import runtime
from tiji.search.actions import index_new
from tiji.search.queries import name_key
from tiji.search.rules import normal

NUMBER_PREFIX = "TJ"


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
) -> Registration:
    """Register a case: its first officer asked owns it, at station 1, and both clocks start.

    ``actor`` is that officer; a channel without one gives the case to the duty officer of the
    matter's department. Form fields still missing are listed and block nothing. Raises
    BadInputError for form values that cannot be read, RuleError for a matter that is not active.
    """
    require_words(_("requirement 9"), title=title, content=content, client_name=client_name)
    found = matter(matter_code)
    _require_active(found)
    now = runtime().clock.now()
    fio, department, section = _first_officer(found, actor, now)
    form, personal, missing = read_form(found.code, data or {})
    if found.routine:
        return _guide_routine(found, fio, department, client_kind, title)
    key = person_key(client_name, personal)
    with transaction() as session:
        desk = new_desk(session)
        if found.count_repeats and (number := _same_subject(session, key, title)):
            _count_repeat(desk, number, actor or fio, channel, personal)
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
            searched=_searched(found.code, form),
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
            actor or f"channel:{channel}",
            matter=found.code,
            matter_version=found.version,
            ladder=intake.ladder,
            department=department,
            channel=channel,
            personal=intake.commitment,
            passed=landing.passed_json(),
        )
        insert_case(session, move, intake)
    return Registration(number)


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
    require_officer(actor)
    officer = people.officer(actor)
    assert officer
    seats = people.seats_of(actor, now)
    own = [seat for seat in seats if seat.acting_for is None] or seats
    at_home = [seat for seat in own if seat.department == officer.department] or own
    department = min(at_home, key=lambda seat: seat.station).department
    return actor, department, people.home_section(actor, department, now)


def read_form(
    code: str, data: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Check a matter's form: plain values, personal values, and the names still missing.

    Raises BadInputError naming each field that cannot be read.
    """
    declared = runtime().plugins.matter(code)
    if declared is None or declared.form is None:
        if data:
            raise BadInputError(_("Matter {code} has no form.").format(code=code))
        return {}, {}, []
    schema: Schema = declared.form()
    try:
        # A blank is no value: it is missing, and what is missing blocks nothing.
        given = {name: value for name, value in data.items() if not _is_blank(value)}
        with cell_context(_context()):
            loaded: dict[str, Any] = schema.load(given, partial=True)
    except ValidationError as error:
        assert isinstance(error.messages, dict)
        faults = "; ".join(f"{name}: {_first(why)}" for name, why in error.messages.items())
        raise BadInputError(_("The form cannot be read. {faults}").format(faults=faults)) from None
    dumped: dict[str, Any] = schema.dump(loaded)
    private = {n for n, f in schema.fields.items() if f.metadata.get("personal")}
    missing = [n for n, f in schema.fields.items() if f.required and loaded.get(n) in (None, "")]
    return (
        {n: v for n, v in dumped.items() if n not in private and v is not None},
        {n: v for n, v in dumped.items() if n in private and v is not None},
        missing,
    )


def _searched(code: str, form: Mapping[str, Any]) -> list[str]:
    """Give the form's values by which the case is found: those that its field marks so."""
    declared = runtime().plugins.matter(code)
    fields = declared.form().fields if declared and declared.form else {}
    return [str(form[n]) for n, f in fields.items() if f.metadata.get("search") and n in form]


def _context() -> CellContext:
    now = runtime().clock.now()
    return CellContext(today=local(now).date(), directory=people.directory(now))


def _is_blank(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not text_of(value))


def _first(why: Any) -> str:
    while isinstance(why, dict):
        why = next(iter(why.values()))
    return str(why[0]) if isinstance(why, list) and why else str(why)


@dataclass
class Intake:
    """What a case says of itself when it enters; the personal part is sealed and committed to."""

    matter: str
    matter_version: int
    category: str
    confidential: bool
    ladder: str
    title: str
    content: str
    client_kind: str
    client_name: str
    personal: Mapping[str, Any]
    form: Mapping[str, Any]
    missing: list[str]
    channel: str
    person_key: str | None = None
    searched: Sequence[str] = ()
    salt: str = field(default_factory=lambda: secrets.token_hex(16))
    source: Mapping[str, Any] = field(default_factory=dict)

    @property
    def commitment(self) -> str:
        """Hash all that must be erasable, salted, for the event log."""
        texts = (self.title, self.content, self.client_name, self._personal_text)
        return commitment(self.salt, *texts, canonical(self.form))

    @cached_property
    def _personal_text(self) -> str:
        return canonical(self.personal)

    def words(self, number: str) -> list[str]:
        """Give what the case is found by; a confidential client's name is not among it."""
        name = [] if self.confidential else [self.client_name]
        title = [] if self.title in self.content else [mask_text(self.title)]
        return [number, *title, mask_text(self.content), *name, *self.searched]

    def columns(self) -> dict[str, Any]:
        """Give the columns of the case row; numbers inside texts are masked and sealed."""
        title, content = mask_text(self.title), mask_text(self.content)
        form = {n: mask_text(v) if isinstance(v, str) else v for n, v in self.form.items()}
        masked = {name: said for name, said in self.form.items() if form[name] != said}
        if (title, content) != (self.title, self.content):
            masked |= {"title": self.title, "content": self.content}
        return {
            "matter": self.matter,
            "matter_version": self.matter_version,
            "category": self.category,
            "ladder": self.ladder,
            "title": title,
            "content": content,
            "client_kind": self.client_kind,
            "client_name": self.client_name,
            "confidential": self.confidential,
            "sealed": self._sealed(masked),
            "salt": self.salt,
            "person_key": self.person_key,
            "name_key": name_key(self.client_name),
            "form": form,
            "missing": self.missing,
            "channel": self.channel,
            "first_at": None,
            "ledger": None,
            "source_key": None,
            "source_digest": None,
            "source_version": None,
            **self.source,
        }

    def _sealed(self, masked: Mapping[str, Any]) -> bytes | None:
        """Encrypt what is personal, and the original of what was masked."""
        if masked:
            return runtime().cipher.seal({**self.personal, **masked})
        return runtime().cipher.seal_text(self._personal_text) if self.personal else None


def allocate(session: Session, desk: Desk, count: int) -> list[str]:
    """Take the next case numbers of the year, in the transaction that uses them."""
    name = str(local(desk.now).year)
    found = session.execute(
        update(SequenceRow)
        .where(SequenceRow.name == name)
        .values(value=SequenceRow.value + count)
        .returning(SequenceRow.value)
    ).scalar()
    if found is None:
        session.execute(insert(SequenceRow).values(name=name, value=count))
        found = count
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
    columns = {**values_of(move.state), **intake.columns(), **own, "changed_at": move.now}
    session.connection().execute(insert(CaseRow), [columns])
    index_new(session, {move.id: intake.words(move.number)})
    write_stays(session, [move])
    write_logs(session, [move])


def person_key(name: str, personal: Mapping[str, Any]) -> str | None:
    """Index a person by identity number, or by name and phone; nobody is known by name alone."""
    index = runtime().cipher.index
    if number := personal.get("id_number"):
        return index("identity", str(number))
    phone = personal.get("mobile") or personal.get("phone")
    return index("phone", normal(name).strip(), str(phone)) if phone else None


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
    desk: Desk, number: str, actor: str, channel: str, personal: Mapping[str, Any]
) -> None:
    move = load_moves(desk, CaseRow.number == number)[0]
    move.state.repeats += 1
    move.record(
        "case_repeated",
        actor,
        times=move.state.repeats + 1,
        personal=commitment(secrets.token_hex(16), canonical(personal)),
        channel=channel,
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
