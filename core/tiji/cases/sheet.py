"""Read one case whole: its ladder, stays and log, what was asked and what joined it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, or_, select

from tiji.cases import labels
from tiji.cases.client_words import with_words
from tiji.cases.ladder import staircase
from tiji.cases.model import CaseRow, StayRow
from tiji.cases.names import Names, names_of
from tiji.cases.offers import Facts
from tiji.cases.queries import MOST, case_row, named, shown_name, state_of, summary
from tiji.cases.state import STAY_FIELDS, Stay
from tiji.clock import iso
from tiji.db import ask, rows
from tiji.events.queries import of_case
from tiji.privacy import mask_value
from tiji.runtime import runtime
from tiji.stations.rules import Ladder

_CASE = CaseRow.__table__
_STAY = StayRow.__table__
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Hold all that is shown of one case, the names in it, and what decides who may do what."""

    detail: Json
    names: Names
    ladder: Ladder
    facts: Facts


def case_detail(number: str) -> Json:
    """Give one case with ladder, stays and events; personal values masked (S34).

    Raises BadInputError for an unknown number.
    """
    return case_sheet(case_row(number)).detail


def case_sheet(row: Json) -> Sheet:
    """Give all that is shown of a case, from the columns of its row."""
    now = max(runtime().clock.now(), row["changed_at"])
    stays = _stays_of(row["id"])
    row = row | ({f"stay_{n}": getattr(stays[-1], n) for n in STAY_FIELDS} if stays else {})
    state = state_of(row)
    events = with_words(row["id"], of_case(row["id"]))
    ladder = Ladder.from_json(row["stations"])
    names = names_of({*_codes(stays), *named_in(events), *_codes_of(row)})
    detail = {
        **summary(row, dict(names.officers), now),
        "content": row["content"],
        "form": row["form"],
        "personal": _masked(row),
        "channel": row["channel"],
        "repeats": state.repeats,
        "returns": state.returns,
        "guided_to": state.guided_to,
        "request": state.request,
        "grade": state.grade,
        "erased_at": iso(state.erased_at),
        "reopen_requested": state.reopen_requested,
        **_joined(row),
        "ladder": staircase(
            ladder, state, stays, runtime().calendar, now, names.officers, names.offices
        ),
        "stays": [_stay(stay, dict(names.officers)) for stay in stays],
        "events": events,
    }
    return Sheet(detail, names, ladder, _facts(row, stays))


def _facts(row: Json, stays: Sequence[Stay]) -> Facts:
    request = row["request"] or {}
    taken = bool(stays) and stays[-1].taken_at is not None
    own = {name: row[name] for name in Facts.__slots__ if name in row}
    return Facts(**own, taken=taken, asked=request.get("asked"), asked_by=request.get("by"))


def named_in(events: Iterable[Json]) -> Iterator[str]:
    """Give the codes of officers and departments that some events name."""
    for event in events:
        yield event["actor"]
        for name in (*labels.OFFICERS, *labels.DEPARTMENTS):
            if isinstance(value := event["data"].get(name), str):
                yield value


def _stays_of(case_id: int) -> list[Stay]:
    return [Stay(**stay) for stay in rows(ask(_stays_query(), {"case": case_id}))]


@cache
def _stays_query() -> Select[Any]:
    columns = (_STAY.c[name] for name in STAY_FIELDS)
    return select(*columns).where(_STAY.c.case_id == bindparam("case")).order_by(_STAY.c.no)


def _codes(stays: Iterable[Stay]) -> Iterator[str]:
    for stay in stays:
        yield from filter(None, (stay.holder, stay.acting_for, stay.section, stay.department))


def _codes_of(row: Json) -> Iterator[str]:
    """Give the codes in a case's row: who has it, and what its form lists."""
    for name in ("fio", "holder", "department", "section", "guided_to", "fio_department"):
        if row[name]:
            yield row[name]
    for value in row["form"].values():
        if isinstance(value, list):
            yield from (code for code in value if isinstance(code, str))


def _joined(row: Json) -> Json:
    """Give the case that took this one in or answers it, and those that this one answers too.

    All in one statement: their clients are masked.
    """
    mine, leads = row["id"], [row["merged_into"], row["grouped_with"]]
    values = {"mine": mine, "leads": [lead for lead in leads if lead]}
    found = rows(ask(_near_query(), values))
    numbers = {other["id"]: other["number"] for other in found}
    return {
        "merged_into": numbers.get(row["merged_into"]),
        "grouped_with": numbers.get(row["grouped_with"]),
        "took_in": [
            {
                "number": other["number"],
                "title": other["title"],
                "status": other["status"],
                "client": {"kind": other["client_kind"], "name": shown_name(other)},
                "how": "merged" if other["merged_into"] == mine else "grouped",
            }
            for other in found
            if mine in (other["merged_into"], other["grouped_with"])
        ],
    }


@cache
def _near_query() -> Select[Any]:
    mine = bindparam("mine", type_=_CASE.c.id.type)
    leads: BindParameter[Any] = bindparam("leads", expanding=True)
    near = or_(_CASE.c.merged_into == mine, _CASE.c.grouped_with == mine, _CASE.c.id.in_(leads))
    columns = ("id", "number", "title", "status", "client_kind", "client_name", "confidential")
    shown = (*columns, "erased_at", "merged_into", "grouped_with")
    return select(*(_CASE.c[n] for n in shown)).where(near).order_by(_CASE.c.id).limit(MOST)


def _masked(row: dict[str, Any]) -> dict[str, str]:
    """Mask the sealed values; a ledger's own columns stand beside the others by their header."""
    personal = runtime().cipher.open(row["sealed"])
    columns = personal.pop("columns", {})
    shown = {name: text for name, text in personal.items() if name not in ("title", "content")}
    # Of an address the district may be seen: it says which unit is near.
    keep = {name: 3 for name in shown if name == "address"}
    return {name: mask_value(v, keep.get(name, 0)) for name, v in (shown | columns).items()}


def _stay(stay: Stay, names: dict[str, str]) -> dict[str, Any]:
    return {
        "no": stay.no,
        "station": stay.station,
        "department": stay.department,
        "holder": named(stay.holder, names),
        "acting_for": named(stay.acting_for, names),
        "entered_at": iso(stay.entered_at),
        "due_at": iso(stay.due_at),
        "taken_at": iso(stay.taken_at),
        "left_at": iso(stay.left_at),
        "judgement": stay.judgement,
        "outcome": stay.outcome,
        "note": stay.note,
        "used_min": stay.used_min,
        "limit_min": stay.limit_min,
        "overdue": stay.missed_at is not None,
    }
