"""A large city in bulk: closed history, open cases that are due later, and some that are due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import cast, insert, literal, select, update
from sqlalchemy.sql.elements import ColumnElement

from tiji.bench.places import go_to, some_matter
from tiji.bulk import BulkInsert
from tiji.cases import actions
from tiji.cases.actions.opening import NUMBER_PREFIX, number_of
from tiji.cases.actions.opening import case_id as case_id_of
from tiji.cases.model import CaseRow, SequenceRow, StayRow
from tiji.db import db, rows, transaction
from tiji.events.model import EventRow
from tiji.events.rules import Link, make_link
from tiji.people.model import Post
from tiji.search.actions import index_grams
from tiji.search.rules import grams
from tiji.stations.rules import SEAT

_CASE, _STAY, _EVENT = CaseRow.__table__, StayRow.__table__, EventRow.__table__
#: The first serial number of copies; each moment's copies stand in a stretch of their own.
FIRST = 100_000
CHUNK = 20_000
YEAR = 2026
#: What cases are about, one officer's all about the same; WORD stands in one in five of them.
SUBJECTS = (
    "外摆经营申请因没有明确依据被多次退回",
    "老旧小区加装电梯补贴迟迟不到位",
    "安置房未通过规划核实无法办证",
    "断头路五年未通学生绕行",
    "企业用地两证面积对不上",
)
WORD = "电梯"
#: When those that are due were opened, when the others were, and when is measured.
OPENED, LATER, NOW = "2026-11-23T09:00+08:00", "2026-12-01T10:00+08:00", "2026-12-01T17:00+08:00"


@dataclass(frozen=True, slots=True)
class City:
    """What a data set holds: so many cases, of which so many are due at NOW."""

    cases: int
    due: int
    officers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A case of which copies are made, with its stays and its log."""

    case: dict[str, Any]
    stays: list[dict[str, Any]]
    events: list[dict[str, Any]]


def fill(cases: int, due: int, open_part: float = 0.05, searched: bool = False) -> City:
    """Fill an empty city: a few in a hundred are open, the rest is closed history.

    The cases lie with all first-inquiry officers of the city alike, and one in five is about
    WORD. ``searched`` puts the words of the copies into the index too.
    """
    officers = _first_officers()[: max(3, cases // 100)]  # a small city has few
    go_to(OPENED)
    overdue = [_opened(*each) for each in enumerate(officers)]
    go_to(LATER)
    waiting = [_opened(*each) for each in enumerate(officers)]
    closed = [_closed(*each) for each in enumerate(officers)]
    serial = FIRST
    rest = cases - due
    later = round(rest * open_part)
    for patterns, count in ((closed, rest - later), (waiting, later), (overdue, due)):
        serial = _multiply(patterns, count, serial, searched)
    _number_on(serial - 1)
    for officer, case_id in zip(officers, overdue, strict=True):
        actions.withdraw(number_of(case_id), officer, text="本人已自行解决")
    go_to(NOW)
    return City(cases, due, tuple(officers))


def _first_officers() -> list[str]:
    first = select(Post.officer).where(Post.station == SEAT["first"]).distinct()
    return list(db.session.scalars(first.order_by(Post.officer)))


def _opened(no: int, officer: str) -> int:
    number = actions.open_case(
        matter_code=some_matter(),
        title=SUBJECTS[no % len(SUBJECTS)],
        content="群众反映安置房未通过规划核实，二百余户无法办证，原经办人员已调离，多次反映未果。",
        client_name="张某某",
        client_kind="citizen",
        actor=officer,
    ).number
    assert number
    return case_id_of(number)


def _closed(no: int, officer: str) -> int:
    case_id = _opened(no, officer)
    actions.withdraw(number_of(case_id), officer, text="本人已自行解决")
    return case_id


def _pattern(case_id: int) -> _Pattern:
    def of(table: Any, key: ColumnElement[Any], order: ColumnElement[Any]) -> list[dict[str, Any]]:
        return rows(db.session.execute(select(table).where(key == case_id).order_by(order)))

    return _Pattern(
        of(_CASE, _CASE.c.id, _CASE.c.id)[0],
        of(_STAY, _STAY.c.case_id, _STAY.c.no),
        of(_EVENT, _EVENT.c.case_id, _EVENT.c.seq),
    )


def _multiply(ids: Sequence[int], count: int, serial: int, searched: bool) -> int:
    """Copy patterns so often in all; give the next free serial number."""
    patterns = [_pattern(case_id) for case_id in ids]
    for no, pattern in enumerate(patterns):
        share = count // len(patterns) + (no < count % len(patterns))
        for begin in range(0, share, CHUNK):
            size = min(CHUNK, share - begin)
            _copy(pattern, serial, size)
            if searched:
                _index(pattern, serial, size)
            serial += size
    return serial


def _copy(pattern: _Pattern, serial: int, count: int) -> None:
    first = YEAR * 10**9 + serial
    with transaction() as session:
        connection = session.connection()
        events = BulkInsert(connection, _EVENT, Link._fields)
        events.insert([link._asdict() for link in _logs(pattern.events, first, count)])
        last = (_EVENT.c.seq == len(pattern.events)) & _EVENT.c.case_id.between(
            first, first + count - 1
        )
        own: dict[str, Any] = {"id": _EVENT.c.case_id, "number": _number(), "head": _EVENT.c.hash}
        stays = [(_STAY, stay, {"case_id": _EVENT.c.case_id}) for stay in pattern.stays]
        for table, values, chosen in [(_CASE, pattern.case, own), *stays]:
            columns = [
                chosen[name] if name in chosen else _bound(table.c[name], values[name])
                for name in values
            ]
            copies = select(*columns).where(last)
            connection.execute(insert(table).from_select(list(values), copies))  # type: ignore[arg-type]


def _index(pattern: _Pattern, serial: int, count: int) -> None:
    """Index the words of copies: all but the number are the same."""
    shared = grams([pattern.case["title"], pattern.case["content"]])
    ids = range(YEAR * 10**9 + serial, YEAR * 10**9 + serial + count)
    with transaction() as session:
        index_grams(session, {id_: f"{grams([number_of(id_)])} {shared}" for id_ in ids})


def _bound(column: ColumnElement[Any], value: Any) -> ColumnElement[Any]:
    return literal(value, column.type)


def _number() -> ColumnElement[str]:
    """Write the number that belongs to a case's id: serials of copies have six digits or more."""
    serial = cast(_EVENT.c.case_id - YEAR * 10**9, CaseRow.number.type)
    return literal(f"{NUMBER_PREFIX}{YEAR}").concat(serial)


def _logs(events: Sequence[dict[str, Any]], first: int, count: int) -> Iterator[Link]:
    words = [(row["kind"], row["at"], row["actor"], row["data"], row["change"]) for row in events]
    for case_id in range(first, first + count):
        prev = ""
        for seq, said in enumerate(words, 1):
            kind, at, actor, data, change = said
            link = make_link(case_id, seq, kind, at, actor, data, change, prev)
            prev = link.hash
            yield link


def _number_on(serial: int) -> None:
    """Let new cases take numbers after those of the copies."""
    own = SequenceRow.name == str(YEAR)
    with transaction() as session:
        session.execute(update(SequenceRow).where(own).values(value=serial))


def some_title(no: int) -> str:
    """Give a title of a case that resembles no other."""
    return f"第 {no} 号楼外摆经营申请被多次退回"
