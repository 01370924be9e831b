"""The ladder as data, and the law that no ladder and no override can weaken."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from tiji.errors import RuleError
from tiji.i18n import _

Role = Literal["first", "section", "deputy", "principal", "city"]
OnTimeout = Literal["escalate", "alarm"]

#: The station at which the organisation file seats each role.
SEAT: dict[Role, int] = {"first": 1, "section": 2, "deputy": 3, "principal": 4, "city": 5}
#: Who may say no (requirements 16, 22 and 25).
MAY_REFUSE: frozenset[Role] = frozenset({"principal", "city"})


@dataclass(frozen=True, slots=True)
class Station:
    """Say who stands on one step, for how many working days, and what a timeout does."""

    no: int
    role: Role
    title: str
    limit_days: int
    may_refuse: bool = False
    on_timeout: OnTimeout = "escalate"


@dataclass(frozen=True, slots=True)
class Ladder:
    """Give the stations from the first officer asked to the city's leaders.

    ``client_limit_days`` is the client's own clock: working days from registration to answer.
    """

    stations: tuple[Station, ...]
    entry: int = 1
    client_limit_days: int = 10

    def station(self, no: int) -> Station:
        """Return station ``no``, counted from 1."""
        return self.stations[no - 1]

    @property
    def top(self) -> int:
        """The number of the highest station."""
        return len(self.stations)

    def to_json(self) -> dict[str, Any]:
        """Give the ladder as plain data, to be stored with its cases."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Ladder:
        """Read what :meth:`to_json` gave."""
        stations = tuple(Station(**station) for station in data["stations"])
        return cls(stations, data["entry"], data["client_limit_days"])


DEFAULT_LADDER = Ladder(
    (
        Station(1, "first", "首问负责人", 1),
        Station(2, "section", "科室负责人", 1),
        Station(3, "deputy", "分管负责人", 2),
        Station(4, "principal", "主要负责人", 3, may_refuse=True, on_timeout="alarm"),
        Station(5, "city", "市领导", 5, may_refuse=True, on_timeout="alarm"),
    )
)


def station_title(title: str) -> str:
    """Say a station's usual title in the reader's language; a department's own stays as it is."""
    usual = (
        *(_("First-inquiry officer"), _("Section head"), _("Deputy head in charge")),
        *(_("Head of the department"), _("City leaders")),
    )
    titles = (station.title for station in DEFAULT_LADDER.stations)
    return dict(zip(titles, usual, strict=True)).get(title, title)


def check_ladder(ladder: Ladder) -> None:
    """Raise RuleError if a ladder breaks the law of stations (requirements 14 to 29)."""
    stations = ladder.stations
    faults = [
        (
            [s.no for s in stations] != list(range(1, len(stations) + 1)) or len(stations) < 2,
            _("stations are numbered 1, 2, 3 … without a gap, and there are two or more"),
        ),
        (
            not stations or stations[0].role != "first",
            _("station 1 is the first officer asked"),
        ),
        (
            [SEAT[s.role] for s in stations] != sorted(SEAT[s.role] for s in stations),
            _("stations go up: first, section, deputy, principal, city"),
        ),
        (
            any(s.may_refuse and s.role not in MAY_REFUSE for s in stations),
            _("only the principal and the city's leaders may refuse"),
        ),
        (
            not any(s.may_refuse and s.role == "principal" for s in stations),
            _("a principal who may refuse stands on every ladder"),
        ),
        (
            any(s.limit_days < 1 for s in stations) or ladder.client_limit_days < 1,
            _("every limit is one working day or more"),
        ),
        (
            any(s.on_timeout == "alarm" and s.role not in MAY_REFUSE for s in stations),
            _("below the principal an overdue case goes up by itself"),
        ),
        (
            any(s.on_timeout == "escalate" and s.may_refuse for s in stations),
            _("from the principal only a proposal leads to the city's leaders"),
        ),
        (
            not 1 <= ladder.entry <= len(stations) or _role(ladder, ladder.entry) == "city",
            _("a case enters at a station of a department"),
        ),
    ]
    for broken, law in faults:
        if broken:
            raise RuleError("ladder", _("This ladder is against the rules: {law}.").format(law=law))


def _role(ladder: Ladder, no: int) -> Role:
    return ladder.stations[no - 1].role


#: What a department may set for itself: limits, titles and guidance, nothing else.
OVERRIDABLE = frozenset({"limits", "titles", "guidance", "client_limit"})


def override_ladder(ladder: Ladder, override: dict[str, Any]) -> Ladder:
    """Apply a department's own limits (working days) and titles, by station number.

    Raises RuleError where the override reaches for anything else (requirement 35).
    """
    if foreign := sorted(set(override) - OVERRIDABLE):
        raise RuleError(
            "override",
            _("A department cannot override {names}.").format(names=", ".join(foreign)),
            _("It may set limits, client_limit, titles and guidance."),
        )
    limits = {int(no): days for no, days in override.get("limits", {}).items()}
    titles = {int(no): title for no, title in override.get("titles", {}).items()}
    if unknown := sorted((set(limits) | set(titles)) - {s.no for s in ladder.stations}):
        raise RuleError("override", _("The ladder has no station {no}.").format(no=unknown[0]))
    changed = Ladder(
        tuple(
            replace(s, limit_days=limits.get(s.no, s.limit_days), title=titles.get(s.no, s.title))
            for s in ladder.stations
        ),
        ladder.entry,
        override.get("client_limit", ladder.client_limit_days),
    )
    check_ladder(changed)
    return changed
