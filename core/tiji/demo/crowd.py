"""Some hundreds of cases of the last weeks, in all states and lights, by the officers' actions."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from itertools import count
from random import Random

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from tiji.cases import actions
from tiji.cases.model import CaseRow, SettingRow
from tiji.clock import LOCAL, local
from tiji.db import db, transaction
from tiji.demo import moves
from tiji.demo.clients import Client, answers
from tiji.demo.ledgers import Kept, ledgers
from tiji.demo.moves import Case, OffScriptError, Step
from tiji.demo.stage import in_haste, the_past
from tiji.demo.topics import TOPICS, Topic, topics_of
from tiji.errors import RuleError
from tiji.matters.queries import matter
from tiji.notices.model import NoticeRow
from tiji.people.model import Post
from tiji.portal import actions as portal
from tiji.portal.rules import TOLD_NO, Submission
from tiji.portal.schemas import matter_form
from tiji.runtime import runtime

#: So many cases are brought, over so many working days until now.
CASES = 240
DAYS = 26
#: So many were brought within the last working day, and nobody had the time to finish them.
FRESH = 44
SEED = 20261101
#: The setting that tells that the crowd came.
CAME = "demo.crowd"
#: A working day's first and last hour at which somebody comes.
FIRST_HOUR, LAST_HOUR = 8.6, 17.2

#: A step of a case's course: the working hours before it, at least and at most, and what is done.
Planned = tuple[float, float, Step]
Course = tuple[Planned, ...]
#: Courses by how often they are taken.
Courses = tuple[tuple[int, Course], ...]

_TAKE: Planned = (0.3, 4, moves.take)
_UP: Course = ((0.5, 7, moves.up), (0.5, 5, moves.take))
_TO_TWO = (_TAKE, *_UP)
_TO_THREE = (*_TO_TWO, *_UP)
_TO_FOUR = (*_TO_THREE, *_UP)
_YES: Course = ((1, 8, moves.agree), (10, 32, moves.done))
_WELL: Planned = (3, 20, moves.rate_well)
_BADLY: Planned = (2, 12, moves.rate_badly)

#: What becomes of a case, by how often; one whose course ends early stays where it is.
COURSES: Courses = (
    (24, (_TAKE, *_YES, _WELL)),
    (10, (_TAKE, (1, 4, moves.comment), *_YES)),
    (12, (*_TO_TWO, *_YES, _WELL)),
    (8, (*_TO_THREE, (1, 3, moves.comment), *_YES, _WELL)),
    (7, (*_TO_FOUR, *_YES, _WELL)),
    (6, (*_TO_FOUR, (3, 12, moves.refuse), _BADLY)),
    (3, (*_TO_FOUR, (3, 12, moves.refuse), _BADLY, (4, 9, moves.reopen), *_YES)),
    (5, (*_TO_FOUR, (3, 9, moves.propose), (6, 20, moves.decide), _TAKE, (9, 30, moves.done))),
    (7, (*_TO_FOUR, (3, 9, moves.propose), (0.5, 6, moves.take))),
    (2, (*_TO_FOUR, (26, 60, moves.agree), (10, 30, moves.done))),
    (2, _TO_FOUR),
    (2, ()),
    (9, (_TAKE, (1, 4, moves.pause), (30, 60, moves.agree), (10, 30, moves.done))),
    (3, (*_TO_TWO, (0.5, 2, moves.ask_days), (1, 3, moves.grant), *_YES)),
    (2, (*_TO_TWO, (0.5, 2, moves.ask_days))),
    (2, (_TAKE, (0.5, 2, moves.ask_long_pause))),
    (4, (_TAKE, (0.5, 3, moves.guide), (1, 6, moves.accept), _TAKE, *_YES, _WELL)),
    (2, (_TAKE, (0.5, 3, moves.guide))),
    (2, (_TAKE, (0.5, 3, moves.guide), (1, 6, moves.decline), *_YES)),
    (3, (_TAKE, (3, 12, moves.withdraw))),
    (4, (_TAKE, (1, 4, moves.promise(1, 3)))),
    (3, (_TAKE, *_YES, _BADLY, (4, 10, moves.reopen), _TAKE, *_YES)),
    (2, (_TAKE, *_YES, _BADLY)),
)
#: What becomes of a case that went another way than its course foresaw, or lay where that ended.
ANYHOW: Course = ((2, 18, moves.agree), (8, 26, moves.done), _WELL)
LATE: Course = ((26, 56, moves.done), _WELL)
#: How far those of the last day came.
BEGUN: Courses = (
    (5, ()),
    (2, (_TAKE,)),
    (3, ((0.2, 2, moves.up),)),
    (2, ((0.2, 1, moves.up), (0.2, 1, moves.up))),
)
#: What becomes of a ledger's row that is still open.
BACKLOG: Courses = (
    (16, ((0.5, 6, moves.agree_far),)),
    (2, (_TAKE, (0.5, 4, moves.promise(2, 6)), (6, 16, moves.done), _WELL)),
    (1, ((0.5, 4, moves.up), (0.5, 4, moves.agree_far))),
    (1, ((0.5, 4, moves.up), (0.5, 4, moves.up), (0.5, 4, moves.agree_far))),
    (1, (*_TO_FOUR, (2, 6, moves.agree_far))),
)
#: Who comes by which way; nobody's name stands for "an officer was asked".
CHANNELS = ("officer", "officer", "officer", "window", "hotline", "web", "web")
OF_NOBODY = frozenset({"web", "hotline"})


@dataclass(order=True, slots=True)
class _Turn:
    """When somebody's turn comes; a case's course goes on with what is left of it."""

    at: datetime
    no: int
    act: Callable[[], object] = field(compare=False)


def play(cases: int = CASES, fresh: int = FRESH, with_ledgers: bool = True) -> None:
    """Let the crowd come and its officers act until now; by the same clock always the same."""
    now = runtime().clock.now()
    crowd = Crowd(Random(SEED), now)  # noqa: S311 - an invented city, no secret
    crowd.plan(cases, fresh)
    if with_ledgers:
        crowd.plan_ledgers()
    with in_haste(), the_past() as at:
        for moment, act in crowd.turns():
            at(moment)
            act()


def fill() -> int:
    """Let the crowd come, unless it was here already; give how many cases there are then."""
    if not _is_first(SEED):
        return 0
    play()
    found = db.session.scalar(select(func.count()).select_from(CaseRow))
    db.session.rollback()
    return found or 0


def _is_first(seed: int) -> bool:
    """Note that the crowd comes; tell whether it never did."""
    with suppress(IntegrityError), transaction() as session:
        session.execute(insert(SettingRow).values(name=CAME, value=str(seed)))
        return True
    return False


def has_come() -> bool:
    """Tell whether this city is the fictional one, with its crowd."""
    found = db.session.get(SettingRow, CAME)
    db.session.rollback()
    return found is not None


def _submit(client: Client, topic: Topic, title: str) -> str | None:
    """Bring a case by the public's own door; its receipt follows from the client's token."""
    form = matter_form(topic.matter)
    asked = form.fields if form else {}
    brought = Submission(
        matter=topic.matter,
        kind=topic.kind,
        name=client.name,
        phone=client.mobile,
        title=title,
        content=topic.content,
        address=client.place,
        told_no=client.chance.choice(("", "", *TOLD_NO)),
        data={name: text for name, text in answers(topic.matter, client).items() if name in asked},
    )
    return portal.submit(brought, token_of(client.no)).number


def token_of(no: int) -> str:
    """Give the token of the form that a client of the crowd sent."""
    return f"{SEED:016x}{no:016x}"


def receipts() -> dict[str, portal.Receipt]:
    """Give a receipt of somebody who came by the public's door, for each state of a case."""
    found = [portal.receipt_of(token_of(no)) for no in range(CASES + FRESH)]
    by_number = {one.number: one for one in found if one and one.number}
    known = select(CaseRow.number, CaseRow.status).where(CaseRow.number.in_(by_number))
    standing = db.session.execute(known.order_by(CaseRow.id)).all()
    db.session.rollback()
    return {status: by_number[number] for number, status in standing}


def _read_notices() -> None:
    """Let everybody read what they were told so far; what came since is new."""
    now = runtime().clock.now()
    with transaction() as session:
        session.execute(update(NoticeRow).where(NoticeRow.read_at.is_(None)).values(read_at=now))


class Crowd:
    """Plan who comes when, and give everybody's turns in their order, none after ``now``."""

    def __init__(self, chance: Random, now: datetime) -> None:
        self._chance = chance
        self._now = now
        self._turns: list[_Turn] = []
        self._no = count()
        self._asked: dict[str, tuple[str, ...]] = {}

    def plan(self, cases: int, fresh: int) -> None:
        """Say when each case is brought."""
        chance, last = self._chance, DAYS - 1
        for no in range(cases):
            day = min(last, int(chance.triangular(0, DAYS, DAYS)))
            self._expect(no, self._moment(day), COURSES)
        for no in range(cases, cases + fresh):
            today = self._moment(last)
            moment = today if today <= self._now else self._moment(last - 1)
            self._expect(no, moment, BEGUN)
        self._add(self._moment(last - 1), _read_notices)

    def plan_ledgers(self) -> None:
        """Say when each ledger is imported."""
        for ledger in ledgers(self._chance, local(self._now).date()):
            moment = self._moment(DAYS - 1 - ledger.days_ago)
            self._add(moment, partial(self._bring_in, ledger))

    def _expect(self, no: int, at: datetime, courses: Courses) -> None:
        (topic,) = self._chance.choices(TOPICS, [topic.weight for topic in TOPICS])
        self._add(at, partial(self._open, no, topic, self._one(courses)))

    def _one(self, courses: Courses) -> Course:
        return self._chance.choices([c for _n, c in courses], [n for n, _c in courses])[0]

    def turns(self) -> Iterator[tuple[datetime, Callable[[], object]]]:
        """Give the turns; what an act adds comes in its place."""
        while self._turns:
            turn = heapq.heappop(self._turns)
            yield turn.at, turn.act

    def _add(self, at: datetime, act: Callable[[], object]) -> None:
        if at <= self._now:
            heapq.heappush(self._turns, _Turn(at, next(self._no), act))

    def _moment(self, day: int) -> datetime:
        """Give an office hour of a working day, counted from the first of the crowd's days."""
        calendar, today = runtime().calendar, local(self._now).date()
        start = today - timedelta(days=1)
        while calendar.count_working_days(start, today) < DAYS:
            start -= timedelta(days=1)
        date = calendar.add_working_days(start, day + 1)
        minutes = int(self._chance.uniform(FIRST_HOUR, LAST_HOUR) * 60)
        return datetime.combine(date, time(), LOCAL) + timedelta(minutes=minutes)

    def _open(self, no: int, topic: Topic, course: Course) -> None:
        chance = self._chance
        client = Client(no, topic.kind, chance)
        title = client.told(chance.choice(topic.titles))
        channel = chance.choice(CHANNELS)
        is_at_home = topic.department == matter(topic.matter).department
        if channel == "web" and is_at_home:
            number = _submit(client, topic, title)
        else:
            of_nobody = channel in OF_NOBODY and is_at_home
            number = actions.open_case(
                matter_code=topic.matter,
                title=title,
                content=topic.content,
                client_name=client.name,
                client_kind=topic.kind,
                actor=None if of_nobody else self._officer(topic.department),
                channel="officer" if channel == "web" else channel,
                data=answers(topic.matter, client),
            ).number
        if number:
            self._go_on(Case(number, topic, chance), course)

    def _bring_in(self, ledger: Kept) -> None:
        """Import a ledger; its officers see to what is still open."""
        ledger.bring_in()
        found = (
            select(CaseRow.number, CaseRow.matter, CaseRow.department)
            .where(CaseRow.ledger == ledger.code, CaseRow.status == "open")
            .order_by(CaseRow.id)
        )
        cases = db.session.execute(found).all()
        db.session.rollback()
        for number, about, department in cases:
            topic = self._chance.choice(topics_of(about, department))
            case = Case(number, topic, self._chance, helped=True)
            self._go_on(case, self._one(BACKLOG))

    def _officer(self, department: str) -> str:
        """Choose whom the client asks: mostly who is on duty."""
        if department not in self._asked:
            at_first = (Post.department == department) & (Post.station == 1)
            found = select(Post.officer).where(at_first).order_by(Post.duty.desc(), Post.id)
            self._asked[department] = tuple(db.session.scalars(found))
            db.session.rollback()
        known = self._asked[department]
        return known[0] if self._chance.random() < 0.6 else self._chance.choice(known)

    def _go_on(self, case: Case, course: Course) -> None:
        if not course and not case.helped:
            course, case.helped = LATE, True
        if not course:
            return
        (least, most, step), *rest = course
        hours = self._chance.uniform(least, most)
        at = runtime().calendar.add_working_minutes(runtime().clock.now(), int(hours * 60))
        self._add(at, partial(self._step, case, step, tuple(rest)))

    def _step(self, case: Case, step: Step, rest: Course) -> None:
        try:
            step(case)
        except (RuleError, OffScriptError):
            # It went up meanwhile: whoever has it now sees to it in the end.
            rest = () if step in (moves.agree, moves.done, moves.rate_well) else ANYHOW
        self._go_on(case, rest)
