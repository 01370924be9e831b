"""A small picture of the city: who sits where, kept apart from the program's own queries."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from typing import Any

#: Where a client's case may be in each action: o open, g guided, p in progress, z paused,
#: l with the leaders, a answered, c closed, w withdrawn.
ALLOWED = {
    "take": "ogpl",
    "guide": "o",
    "accept": "g",
    "decline": "g",
    "agree": "o",
    "complete": "ogp",
    "escalate": "ogp",
    "refuse": "opl",
    "propose": "op",
    "decide": "l",
    "pause": "opl",
    "resume": "z",
    "extend": "ogpl",
    "grant": "ogpzl",
    "deny": "ogpzl",
    "comment": "ogpzla",
    "handover": "ogpzl",
    "withdraw": "ogpzl",
    "rate": "a",
    "reopen": "ac",
    "undo": "ogpzla",
}
LETTER = {
    "open": "o",
    "guided": "g",
    "in_progress": "p",
    "paused": "z",
    "with_leaders": "l",
    "answered": "a",
    "closed": "c",
    "withdrawn": "w",
}

#: What who did it may take back, and for how long.
UNDOABLE = {
    "case_refused": timedelta(minutes=30),
    **dict.fromkeys(
        (
            *("case_agreed", "case_answered", "case_escalated", "case_proposed", "case_guided"),
            *("guidance_accepted", "case_paused", "case_resumed"),
            *("pause_requested", "extension_requested"),
        ),
        timedelta(seconds=30),
    ),
}

#: Department: its section heads and deputies by section, its first officers' sections.
OFFICES: dict[str, dict[str, Any]] = {
    "housing": {
        "name": "市住建局",
        "heads": {"housing_estate": "housing_head1", "housing_property": "housing_head2"},
        "deputies": {"housing_estate": "housing_deputy1", "housing_property": "housing_deputy1"},
        "first": {
            "housing_fio": "housing_estate",
            "housing_fio2": "housing_property",
            "housing_fio4": "housing_estate",
        },
        "leader": "vice_mayor_2",
    },
    "human_resources": {
        "name": "市人社局",
        "heads": {"hr_pensions": "human_resources_head1"},
        "deputies": {"hr_pensions": "human_resources_deputy1"},
        "first": {
            "human_resources_fio": "hr_pensions",
            "human_resources_fio4": "hr_pensions",
        },
        "leader": "vice_mayor_3",
    },
}
LEADERS = ("mayor", "vice_mayor_1", "vice_mayor_2", "vice_mayor_3", "vice_mayor_4")
STRANGER = "market_regulation_fio"
#: Who may go on leave, each with the deputy who may act meanwhile.
MAY_BE_AWAY = {
    "housing_head1": "housing_deputy2",
    "housing_deputy1": "housing_deputy2",
    "housing_principal": "housing_deputy2",
    "human_resources_head1": "human_resources_deputy2",
    "human_resources_deputy1": "human_resources_deputy2",
    "human_resources_principal": "human_resources_deputy2",
}
LEAVER = "housing_fio2"


def staff(department: str) -> list[str]:
    """Everybody of a department who may act for it."""
    office = OFFICES[department]
    people = [*office["first"], *office["heads"].values(), *office["deputies"].values()]
    return [*dict.fromkeys(people), f"{department}_deputy2", f"{department}_principal"]


EVERYBODY = [*staff("housing"), *staff("human_resources"), *LEADERS, STRANGER]


@dataclass
class Case:
    """What the model knows of one case."""

    number: str
    department: str
    section: str | None
    fio: str
    fio_department: str
    holder: str | None
    rogue: bool = False
    status: str = "open"
    paused_from: str | None = None
    station: int | None = 1
    acting_for: str | None = None
    taken: bool = False
    promised: bool = False
    request: dict[str, Any] | None = None
    guided_to: str | None = None
    outcome: str | None = None
    answered_by: str | None = None
    answered_station: int | None = None
    grade: int | None = None
    reopen_requested: bool = False
    reopened: int = 0
    answered_for: tuple[str | None, ...] = ()
    #: What was known before the last act, in case it is taken back.
    before: Case | None = None

    def may(self, action: str) -> bool:
        """Whether the case's status lets an action be."""
        return LETTER[self.status] in ALLOWED[action]

    def remember(self) -> None:
        """Keep what is known before an act."""
        self.before = replace(self, before=None)

    def take_back(self) -> None:
        """Be as before the last act."""
        assert self.before
        for name in fields(self):
            setattr(self, name.name, getattr(self.before, name.name))

    def resume(self) -> None:
        """Go on where the case was paused."""
        assert self.paused_from
        self.status, self.paused_from = self.paused_from, None

    def answer(self, actor: str, outcome: str) -> None:
        """Be answered by somebody."""
        self.answered_for = (actor, self.holder, self.acting_for)
        self.answered_by, self.answered_station = actor, self.station
        self.end("answered")
        self.outcome, self.grade, self.reopen_requested = outcome, None, False

    def enter(self, station: int, officer: str, acting_for: str | None) -> None:
        """Begin a stay."""
        self.station, self.holder, self.acting_for = station, officer, acting_for
        self.status = "with_leaders" if station == 5 else "open"
        self.taken = self.promised = False
        self.request = self.guided_to = None

    def end(self, status: str) -> None:
        """Lie with nobody any more."""
        self.status, self.station, self.holder = status, None, None
        self.request = self.guided_to = self.acting_for = self.paused_from = None


@dataclass
class City:
    """Who is away, with whoever acts meanwhile, and who has left for good."""

    away: dict[str, str | None] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)

    def present(self, officer: str | None) -> tuple[str, str | None] | None:
        """Who sits on an officer's seat now, and for whom; None if nobody does."""
        if officer is None:
            return None
        if officer not in self.away:
            return officer, None
        acting = self.away[officer]
        return (acting, officer) if acting else None

    def acts_for(self, actor: str, holder: str | None) -> bool:
        """Whether somebody is the holder or acts for the one who is away."""
        return holder is not None and actor in (holder, self.away.get(holder))

    def seat(self, case: Case, station: int) -> tuple[str, str | None] | None:
        """Who holds a station for a case."""
        office = OFFICES[case.department]
        if station == 1 and case.department == case.fio_department:
            return case.fio, None
        table = {
            1: f"{case.department}_fio",
            2: office["heads"].get(case.section),
            3: office["deputies"].get(case.section),
            4: f"{case.department}_principal",
            5: office["leader"],
        }
        return self.present(table[station])

    def land(self, case: Case, start: int, leaving: str | None) -> None:
        """Bring a case to the first station from ``start`` upwards that somebody else holds."""
        for station in range(start, 6):
            seat = self.seat(case, station)
            if seat and not (seat[0] == leaving and station < 4):
                case.enter(station, *seat)
                return
        raise AssertionError("the leaders' station is never vacant here")

    def holders(self, case: Case) -> list[str]:
        """Everybody who may act as holder of a case."""
        named = [case.holder, case.acting_for, self.away.get(case.holder or "")]
        return [officer for officer in named if officer]

    def seated(self, case: Case, stations: range) -> list[str]:
        """Everybody who may act from one of some stations for a case."""
        seats = [seat for no in stations if (seat := self.seat(case, no))]
        return [seat[0] for seat in seats]

    def above(self, case: Case) -> str | None:
        """Who is asked for days or a long pause: the next one up who is not the holder."""
        if case.station is None:
            return None
        others = self.seated(case, range(case.station + 1, 6))
        return next((officer for officer in others if officer != case.holder), None)

    def answers_request(self, case: Case) -> list[str]:
        """Everybody who may grant or deny a case's request."""
        if not case.request or case.station is None:
            return []
        asked = case.request["asked"]
        next_up = range(case.station + 1, min(case.station + 2, 6))
        named = [asked, self.away.get(asked), *self.seated(case, next_up)]
        own = (case.request["by"], case.holder)
        return [officer for officer in named if officer and officer not in own]

    def superiors(self, case: Case) -> list[str]:
        """Everybody who may reopen a case."""
        if case.answered_station is None:
            return []
        if case.answered_station == 5:
            found = list(LEADERS)
        else:
            found = self.seated(case, range(case.answered_station + 1, 6))
        return [officer for officer in found if officer != case.answered_by]

    def in_department(self, department: str | None) -> list[str]:
        """Everybody with a seat in a department."""
        return staff(department) if department in OFFICES else []

    def reseat(self, case: Case, pause_over: bool) -> None:
        """What loading the organisation again does to an open case."""
        if LETTER[case.status] not in "ogpzl" or case.station is None:
            return
        if case.fio in self.left:
            old, case.fio = case.fio, f"{case.fio_department}_fio"
            if case.holder == old and case.station == 1:
                case.holder, case.acting_for, case.taken = case.fio, None, False
        if case.station == 1 and case.holder not in self.left:
            return
        seat = self.seat(case, case.station)
        if seat is None:
            if pause_over:
                case.resume()
            self._pass_on(case)
        elif case.holder not in seat:
            case.holder, case.acting_for = seat
            case.taken = False

    def _pass_on(self, case: Case) -> None:
        paused = case.status == "paused"
        assert case.station
        self.land(case, case.station, case.holder)
        if paused:
            case.paused_from, case.status = case.status, "paused"
