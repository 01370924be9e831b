"""What a client reads of a case, by its receipt: all that is public of it, or its light alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from tiji.cases.actions.opening import number_of
from tiji.cases.client_words import with_words
from tiji.cases.ladder import light_of, staircase
from tiji.cases.model import StayRow
from tiji.cases.queries import case_row
from tiji.cases.rules import ALLOWED
from tiji.cases.state import OPEN, STATE_FIELDS, STAY_FIELDS, State, Stay
from tiji.cases.times import day_minutes
from tiji.clock import iso, local
from tiji.db import db, rows
from tiji.events.queries import of_case
from tiji.events.rules import UNDOABLE
from tiji.i18n import _
from tiji.matters.queries import ladders
from tiji.people import queries as people
from tiji.portal.words import (
    Json,
    Line,
    Reader,
    Scrub,
    day_words,
    due_words,
    duty_of,
    lines_of,
    note_of,
    pause_reason,
    public_titles,
    scrubber,
    sentences,
    working_days_left,
)
from tiji.privacy import mask_name
from tiji.runtime import runtime
from tiji.stations.rules import Ladder, station_title

_STAY = StayRow.__table__
_ANSWERS = ("case_answered", "case_refused")


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold the answer as its client reads it; a refusal has reasons, basis and ways to yes."""

    feedback: str
    outcome: str
    reasons: str = ""
    basis: str = ""
    ways: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Glance:
    """Show only where a case is, and its light."""

    number: str
    headline: str
    light: str | None
    open: bool


@dataclass(frozen=True, slots=True)
class Progress(Glance):
    """Show a case to its client. ``due`` says until when somebody answers, in words.

    ``may`` are what the client can do now: message, supplement, withdraw, rate.
    """

    case_id: int
    title: str
    content: str
    client: str
    opened_at: str
    changed_at: str
    says: str
    due: str
    left: str
    late: bool
    ladder: list[Json]
    lines: list[Line]
    answer: Answer | None
    after: list[str]
    may: frozenset[str]
    grade: int | None
    status: str


@dataclass(slots=True)
class _Case:
    """What is read of a case before it is put into words."""

    row: Json
    state: State
    stays: list[Stay]
    ladder: Ladder
    now: datetime

    @property
    def stay(self) -> Stay | None:
        return self.stays[-1] if self.stays else None

    @property
    def unsettled(self) -> bool:
        """Tell whether its answer may still be taken back: until then nobody outside reads it."""
        state = self.state
        if state.status != "answered" or state.answered_at is None:
            return False
        kind = "case_refused" if state.outcome == "refused" else "case_answered"
        return self.now < state.answered_at + UNDOABLE[kind]

    @property
    def light(self) -> str | None:
        return light_of(runtime().calendar, self.state, self.stay, self.now)


def glance(number: str) -> Glance:
    """Show where a case is and its light, to whoever knows the phone's last digits."""
    case = _read(number)
    lead = _lead_of(case)
    return Glance(case.row["number"], _where(lead), lead.light, lead.state.status in OPEN)


def progress(number: str) -> Progress:
    """Show a case to its client; raises BadInputError for a number that nobody has.

    Of a case that another one took in, that one's way and answer are shown; whose it is, is not.
    """
    case = _read(number)
    row, state, lead = case.row, case.state, _lead_of(case)
    events = _events(case)
    led = events if lead is case else _events(lead)
    scrub = _scrub(case, lead)
    reader = Reader(lead.ladder, _offices(lead, [*events, *led]), scrub)
    answer = None if lead.unsettled else _answer(lead.state, led, scrub)
    due, left, late = _due(lead)
    return Progress(
        number=row["number"],
        headline=_where(lead),
        light=lead.light,
        open=lead.state.status in OPEN,
        case_id=row["id"],
        title=row["title"],
        content=row["content"],
        client=mask_name(row["client_name"], row["client_kind"]),
        opened_at=iso(state.opened_at) or "",
        changed_at=iso(row["changed_at"]) or "",
        says=_says(lead, led, reader, answer),
        due=due,
        left=left,
        late=late,
        ladder=_ladder(lead, reader),
        lines=lines_of(events, reader),
        answer=answer,
        after=list(_after(lead)),
        may=_may(case),
        grade=state.grade,
        status=state.status,
    )


def _lead_of(case: _Case) -> _Case:
    """Follow a case to the one that took it in, and stands for both."""
    while case.state.merged_into:
        case = _read(number_of(case.state.merged_into))
    return case


def _scrub(case: _Case, lead: _Case) -> Scrub:
    """Take out officers' names, and the name of somebody else whose case stands for this one."""
    scrub = scrubber(people.all_officer_names())
    name, kind = lead.row["client_name"], lead.row["client_kind"]
    if lead is case or not name:
        return scrub
    return lambda text: scrub(text).replace(name, mask_name(name, kind))


def _events(case: _Case) -> list[Json]:
    """Give a case's events; an answer that may still be taken back is not among them."""
    events = with_words(case.row["id"], of_case(case.row["id"]))
    if not case.unsettled:
        return events
    answers = [event["seq"] for event in events if event["kind"] in _ANSWERS]
    return [event for event in events if event["seq"] != max(answers, default=0)]


def _read(number: str) -> _Case:
    row = case_row(number)
    query = select(*(_STAY.c[name] for name in STAY_FIELDS)).where(_STAY.c.case_id == row["id"])
    stays = [Stay(**stay) for stay in rows(db.session.execute(query.order_by(_STAY.c.no)))]
    ladder = ladders({row["ladder"]})[row["ladder"]]
    state = State(**{name: row[name] for name in STATE_FIELDS})
    return _Case(row, state, stays, ladder, max(runtime().clock.now(), row["changed_at"]))


def _offices(case: _Case, events: list[Json]) -> dict[str, str]:
    told = (event["data"].get(name) for event in events for name in ("unit", "department"))
    codes = {code for code in told if isinstance(code, str)}
    passed = {code for stay in case.stays for code in (stay.department, stay.section) if code}
    return people.office_names(codes | passed | {case.state.department, case.state.section or ""})


def _where(case: _Case) -> str:
    state = case.state
    if case.unsettled:
        return _("Your answer is being written")
    if state.status == "withdrawn":
        return _("It was taken back")
    if state.status in ("answered", "closed"):
        return {
            "refused": _("It cannot be done as asked; here is what can"),
            "guided": _("You were led on to the unit in charge"),
        }.get(state.outcome or "", _("It is done"))
    if state.status == "paused":
        return _("The clock stands still")
    station = case.ladder.station(state.station or 1)
    words = {"no": station.no, "title": station_title(station.title)}
    if state.status == "in_progress":
        return _("Station {no} says that it can be done: {title}").format(**words)
    return _("It is at station {no} now: {title}").format(**words)


def _says(case: _Case, events: list[Json], reader: Reader, answer: Answer | None) -> str:
    """Say in a sentence or two what is being done now."""
    state = case.state
    if case.unsettled:
        return _("It stands here within half an hour.")
    if answer:
        return answer.feedback
    if state.status == "paused" and state.pause_until:
        last = _last(events, "case_paused", "request_granted") or {}
        until = _("It runs again on {day}, or as soon as the reason is gone.")
        why = pause_reason(last.get("reason"))
        return sentences(why, until.format(day=day_words(local(state.pause_until).date())))
    if state.status == "in_progress" and (agreed := _last(events, "case_agreed")):
        return reader.said(agreed["feedback"])
    if state.status == "guided" and (guided := _last(events, "case_guided")):
        return reader.said(guided["who"], guided["where"], guided["contact"])
    if state.status not in OPEN:
        return ""
    note = case.stay.note_public if case.stay else None
    return reader.scrub(note) if note else duty_of(case.ladder.station(state.station or 1))


def _last(events: list[Json], *kinds: str) -> Json | None:
    found = [event["data"] for event in events if event["kind"] in kinds]
    return found[-1] if found else None


def _answer(state: State, events: list[Json], scrub: Scrub) -> Answer | None:
    last = _last(events, *_ANSWERS)
    if last is None or state.status not in ("answered", "closed") or not state.outcome:
        return None
    ways = tuple((scrub(way["what"]), scrub(way["helper"])) for way in last.get("ways_forward", ()))
    return Answer(
        scrub(last["feedback"]),
        state.outcome,
        scrub(last.get("reasons", "")),
        scrub(last.get("basis", "")),
        ways,
    )


def _due(case: _Case) -> tuple[str, str, bool]:
    """Say until when the client hears, how many working days are left, and whether it is late."""
    state, calendar = case.state, runtime().calendar
    if state.status not in OPEN or state.client_due_at is None:
        return "", "", False
    stay = case.stay
    due = local(stay.due_at if stay and stay.promised_on and stay.due_at else state.client_due_at)
    if due < case.now:
        return due_words(due), "", True
    left = calendar.working_minutes(case.now, due)
    return due_words(due), working_days_left(left, day_minutes(calendar, case.now)), False


def _ladder(case: _Case, reader: Reader) -> list[Json]:
    """Give the staircase as the public sees it: offices and titles, nobody's name or note."""
    steps = staircase(
        public_titles(case.ladder),
        case.state,
        case.stays,
        runtime().calendar,
        case.now,
        {},
        reader.offices,
    )
    shown = []
    for step, station in zip(steps, case.ladder.stations, strict=True):
        note = step["note_public"]
        said = reader.scrub(note) if note else note_of(step, station)
        shown.append({**step, "holder": None, "note": None, "note_public": said})
    return shown


def _after(case: _Case) -> Iterator[str]:
    """Say what happens next, so that nobody has to ask."""
    state = case.state
    if state.status in OPEN:
        yield from _after_now(case)
    elif state.status == "answered" and not case.unsettled:
        yield _("Say whether you are satisfied. If it is not done, it is opened again.")
        if state.outcome == "refused":
            yield _("You may ask for a review: the station above looks at it again.")
    elif state.status == "closed":
        yield _("If it comes back, bring a new case and name this number.")


def _after_now(case: _Case) -> Iterator[str]:
    station, stay = case.ladder.station(case.state.station or 1), case.stay
    if station.role == "first" and stay and stay.due_at and stay.taken_at is None:
        contact = _("Whoever was asked first contacts you by {when} at the latest.")
        yield contact.format(when=due_words(local(stay.due_at)))
    promised = stay.promised_on if stay else None
    if promised:
        yield _("It is promised for {day}.").format(day=day_words(promised))
    if not station.may_refuse:
        yield (
            _("If it is not done by then, it goes up one station by itself.")
            if promised
            else _("What cannot be decided here goes up one station, by itself when time is over.")
        )
    yield _("However it ends, you are answered. A no comes in writing, with another way.")


def _may(case: _Case) -> frozenset[str]:
    state = case.state
    if case.unsettled:
        return frozenset()
    can = {
        "message": state.status in ALLOWED["comment"],
        "supplement": state.status in OPEN,
        "withdraw": state.status in ALLOWED["withdraw"],
        "rate": state.status in ALLOWED["rate"] and state.grade is None,
    }
    return frozenset(name for name, yes in can.items() if yes)


def first_contact(number: str) -> str:
    """Say until when whoever was asked first contacts the client of a new case."""
    case = _read(number)
    due = case.stay.due_at if case.stay else None
    return due_words(local(due)) if due else ""
