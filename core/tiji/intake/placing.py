"""Where a ledger row's case begins: its department's ladder, duty officer and first station."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from tiji.bulk import BulkInsert
from tiji.canonical import canonical
from tiji.cases.clocks import amber_from
from tiji.cases.move import Desk, Move
from tiji.cases.rules import Landing, Seated, land
from tiji.cases.state import State, plain, values_of
from tiji.clock import LOCAL
from tiji.events.rules import check_kind
from tiji.matters.actions import store_ladder
from tiji.matters.queries import MatterView, ladder_in, matter
from tiji.people import queries as people
from tiji.plugins.types import ImportedCase
from tiji.stations.rules import Ladder

#: No case is older; a ledger's slip of year 1 is no date that every database keeps.
EARLIEST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Place:
    """Give what all open rows of one department and matter share."""

    matter: MatterView
    ladder: Ladder
    digest: str
    department: str
    fio: str
    section: str | None
    landing: Landing


@dataclass(slots=True)
class Places:
    """Find each place once for a batch; a department without any holder has none."""

    desk: Desk
    entries: dict[tuple[Any, ...], Entry] = field(default_factory=dict)
    _found: dict[tuple[str, str], Place] = field(default_factory=dict)

    def of(self, case: ImportedCase) -> Place:
        """Return the place of a row's case; raise RuleError where nobody could hold it."""
        department = case.departments[0]
        key = (department, case.matter)
        if key not in self._found:
            self._found[key] = self._find(department, matter(case.matter))
        return self._found[key]

    def _find(self, department: str, found: MatterView) -> Place:
        ladder = ladder_in(found, department)
        duty = people.seat_holder(1, department, None, self.desk.now)
        section = duty.section if duty else None
        first = Seated(duty.officer, section, duty.acting_for) if duty else None

        def seat(no: int) -> Seated | None:
            is_first = ladder.station(no).role == "first"
            return first if is_first else self.desk.seat(ladder, no, department, section)

        landing = land(ladder, ladder.entry, None, seat)
        return Place(
            matter=found,
            ladder=ladder,
            digest=store_ladder(self.desk.session, ladder),
            department=department,
            fio=duty.officer if duty else landing.seat.officer,
            section=section,
            landing=landing,
        )


@dataclass(slots=True)
class Entry:
    """Give what rows of one place that enter alike share: columns, stays, recorded change, words.

    ``change`` is the case's part of what their events record; ``stays`` are bound.
    """

    case: dict[str, Any]
    stays: list[dict[str, Any]]
    change: dict[str, Any]
    change_text: str
    said: tuple[str, str, str]

    def words(self, row: str, commitment: str) -> str:
        """Write the data of a row's event; only its place in the file and its commitment vary."""
        before, between, after = self.said
        return f"{before}{commitment}{between}{canonical(row)}{after}"

    def dates(self, case: ImportedCase) -> tuple[dict[str, Any], str]:
        """Give the columns in which closed history differs from row to row, and its change."""
        if not case.closed:
            return {}, self.change_text
        columns: dict[str, Any] = {"outcome": case.outcome, "closed_at": case.closed_at}
        if opened := _first_moment(case):
            columns["opened_at"] = opened
        said = {name: plain(value) for name, value in columns.items() if value is not None}
        return columns, canonical({"case": {**self.change, **said}})


def enter(
    place: Place,
    case: ImportedCase,
    desk: Desk,
    ledger: str,
    cases: BulkInsert,
    stays: BulkInsert,
) -> Entry:
    """Work out once how rows like this one enter: open from the import on, or closed history."""
    state = State(
        status="open",
        department=place.department,
        section=place.section,
        fio=place.fio,
        fio_department=place.department,
        opened_at=desk.now,
        client_from=desk.now,
    )
    move = Move.beginning(desk, place.ladder, state)
    if case.closed:
        end_as_history(state, case)
        state.outcome = state.closed_at = None
    else:
        move.climb(place.landing)
    move.settle()
    change = move.take_changes()
    amber_at = amber_from(desk.calendar, state, move.stay)
    columns = {**values_of(state), "version": 1, "changed_at": desk.now, "amber_at": amber_at}
    return Entry(
        cases.bind(columns),
        [stays.bind(values_of(stay)) for stay in move.stays.values()],
        change["case"],
        canonical(change),
        _said(place, case, ledger),
    )


def _first_moment(case: ImportedCase) -> datetime | None:
    """Give when closed history began, where its ledger says so."""
    if case.opened_at is None and case.first_at is None:
        return None
    earliest = datetime.combine(EARLIEST, time(), LOCAL)
    return max(
        earliest, case.opened_at or datetime.combine(case.first_at or EARLIEST, time(), LOCAL)
    )


def _said(place: Place, case: ImportedCase, ledger: str) -> tuple[str, str, str]:
    """Write what the events of such rows say, in three parts around what varies."""
    words = {
        "ledger": ledger,
        "row": "@row",
        "matter": place.matter.code,
        "matter_version": place.matter.version,
        "ladder": place.digest,
        "department": place.department,
        "personal": "@personal",
        "passed": [] if case.closed else place.landing.passed_json(),
    }
    check_kind("case_imported", words)
    before, rest = canonical(words).split("@personal")
    between, after = rest.split('"@row"')
    return before, between, after


def end_as_history(state: State, case: ImportedCase) -> None:
    """Close a case as its ledger says, with the ledger's outcome and date, where it has one."""
    state.status, state.outcome, state.closed_at = "closed", case.outcome, case.closed_at
    state.station = state.holder = state.request = state.guided_to = None
    state.client_due_at = None
