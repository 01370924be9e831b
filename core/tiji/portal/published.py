"""What everybody may read: the matter list with each matter's guideline, and how the city does."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, select

from tiji.cases.model import CaseRow
from tiji.cases.rules import BAD_GRADES
from tiji.cases.state import END_OF_DAYS
from tiji.db import db
from tiji.errors import AbsentError
from tiji.i18n import _
from tiji.matters.queries import MatterView, current_matters, guidance_in, ladder_under
from tiji.matters.suggesting import holding, suggest
from tiji.people import queries as people
from tiji.portal.rules import MATTER_OF_DOUBT
from tiji.portal.words import public_titles
from tiji.runtime import runtime
from tiji.stations.rules import DEFAULT_LADDER, Ladder

_CASE = CaseRow.__table__
#: Counting ends here: from then on the answer is "more than a thousand".
CAP = 1001
#: Shares are said of the last answers, so many at the most; of fewer than the second, not at all.
ANSWERS, FEW = 1000, 20


@dataclass(frozen=True, slots=True)
class Published:
    """Show an entry of the list: who leads, how fast it may go, and how long it may take."""

    code: str
    title: str
    department: str
    office: str
    category: str
    audience: tuple[str, ...]
    routine: bool
    pain_points: tuple[str, ...]
    ladder: Ladder
    version: int

    @property
    def fastest(self) -> int:
        """Working days until the first station must have done it or passed it up."""
        return self.ladder.station(self.ladder.entry).limit_days

    @property
    def longest(self) -> int:
        """Working days until the client is answered at the latest."""
        return self.ladder.client_limit_days


@dataclass(frozen=True, slots=True)
class Guideline:
    """Show how a matter is handled: its entry and who, where and how (requirement 34)."""

    entry: Published
    guidance: dict[str, str]


def offered() -> list[MatterView]:
    """Give the matters that can be brought now."""
    plugins = runtime().plugins
    return [view for view in current_matters() if view.active and plugins.matter(view.code)]


def published(words: str = "", department: str = "", audience: str = "") -> list[Published]:
    """Give the published list, or what of it a search and its filters leave."""
    found = [
        view
        for view in holding(words, offered())
        if department in ("", view.department) and (not audience or audience in view.audience)
    ]
    return _entries(found)


def likely(words: str, most: int = 5) -> list[Published]:
    """Give the matters that somebody's own words are likely about."""
    return _entries(suggest(words, [view for view in offered() if not view.routine], most))


def matter_in_doubt() -> str | None:
    """Give the matter that takes what nobody could place; None in a city without any."""
    codes = [view.code for view in offered() if not view.routine]
    return next(
        (code for code in codes if code.endswith(MATTER_OF_DOUBT)), codes[0] if codes else None
    )


def entry_of(code: str) -> Published:
    """Give one entry of the list; AbsentError for what is not on it."""
    found = [view for view in offered() if view.code == code]
    if not found:
        raise AbsentError(_("This matter is not on the list."))
    return _entries(found)[0]


def guideline(code: str) -> Guideline:
    """Give a matter's work guideline; AbsentError for what is not on the list."""
    entry = entry_of(code)
    view = next(view for view in offered() if view.code == code)
    return Guideline(entry, guidance_in(view, view.department))


def _entries(views: list[MatterView]) -> list[Published]:
    offices = {found.code: found for found in people.departments(runtime().clock.now())}
    return [
        Published(
            code=view.code,
            title=view.title,
            department=view.department,
            office=offices[view.department].name if view.department in offices else "",
            category=view.category,
            audience=tuple(view.audience),
            routine=view.routine,
            pain_points=tuple(text for _kind, text in view.pain_points),
            ladder=public_titles(ladder_under(view, offices.get(view.department))),
            version=view.version,
        )
        for view in views
    ]


def usual_ladder() -> Ladder:
    """Give the staircase of the house, with the titles that the public reads."""
    return public_titles(DEFAULT_LADDER)


@dataclass(frozen=True, slots=True)
class Figures:
    """Tell how the city does; what is not published, or rests on too few answers, is None.

    Counts end at ``CAP``. ``shares`` are percents of the last ``answers``, by answering station.
    """

    open: int | None = None
    overdue: int | None = None
    answers: int = 0
    satisfied: float | None = None
    rated: int = 0
    refused: int | None = None
    shares: dict[int, float] | None = None


def figures() -> Figures:
    """Compute the figures that the settings publish, from few indexed rows."""
    wanted = runtime().settings.publish
    now = runtime().clock.now()
    owing = _CASE.c.order_at < END_OF_DAYS
    late = (_CASE.c.order_at < now) & (_CASE.c.status != "paused")
    latest = _latest() if {"satisfied", "refused", "stations"} & {*wanted} else []
    grades = [grade for grade, _outcome, _station in latest if grade is not None]
    stations = [station for _grade, _outcome, station in latest if station is not None]
    return Figures(
        open=_count(owing) if "open" in wanted else None,
        overdue=_count(late) if "overdue" in wanted else None,
        answers=len(latest),
        rated=len(grades),
        satisfied=_share(grades) if "satisfied" in wanted else None,
        refused=_refused(latest) if "refused" in wanted else None,
        shares=_shares(stations) if "stations" in wanted else None,
    )


def _count(condition: object) -> int:
    found: Select[tuple[int]] = select(1).where(condition)  # type: ignore[arg-type]
    capped = found.order_by(_CASE.c.order_at).limit(CAP).subquery()
    return db.session.scalar(select(func.count()).select_from(capped)) or 0


def _latest() -> list[tuple[int | None, str | None, int | None]]:
    query = select(_CASE.c.grade, _CASE.c.outcome, _CASE.c.answered_station)
    query = query.where(_CASE.c.answered_at.is_not(None))
    found = db.session.execute(query.order_by(_CASE.c.answered_at.desc()).limit(ANSWERS))
    return [(row[0], row[1], row[2]) for row in found]


def _refused(latest: list[tuple[int | None, str | None, int | None]]) -> int | None:
    if len(latest) < FEW:
        return None
    return sum(outcome == "refused" for _grade, outcome, _station in latest)


def _share(grades: list[int]) -> float | None:
    if len(grades) < FEW:
        return None
    return 100 * sum(grade not in BAD_GRADES for grade in grades) / len(grades)


def _shares(stations: list[int]) -> dict[int, float] | None:
    if len(stations) < FEW:
        return None
    return {no: 100 * stations.count(no) / len(stations) for no in sorted({*stations})}
