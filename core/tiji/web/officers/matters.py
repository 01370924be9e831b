"""The officers' matter list: what is taken in, who leads, and the way of each matter's cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from tiji.cases.by_matter import open_by_matter
from tiji.cases.labels import categories
from tiji.cases.names import short_names
from tiji.errors import BadInputError
from tiji.i18n import N_, _
from tiji.matters.history import versions
from tiji.matters.queries import (
    MatterView,
    current_matters,
    guidance_in,
    holders,
    ladder_in,
    ladder_under,
    matter,
)
from tiji.matters.suggesting import holding
from tiji.people import queries as people
from tiji.runtime import runtime
from tiji.stations.rules import Ladder
from tiji.web.forms import label_of
from tiji.web.pages import is_fragment, render
from tiji.web.viewer import viewer

pages = Blueprint("matters", __name__, url_prefix="/desk/matters")

A_PAGE = 50
AUDIENCES = {"people": N_("people"), "enterprise": N_("companies")}


@dataclass(frozen=True, slots=True)
class Line:
    """Show a matter in the list; ``here`` counts its open cases by station."""

    matter: MatterView
    office: str
    ladder: Ladder
    here: dict[int, int]

    @property
    def open(self) -> int:
        """Count its open cases."""
        return sum(self.here.values())

    @property
    def most(self) -> int | None:
        """Give the station at which most of them stand."""
        return max(self.here, key=lambda no: self.here[no], default=None)


@dataclass(frozen=True, slots=True)
class Choice:
    """Show one value of a filter, and how many matters have it."""

    value: str
    label: str
    count: int
    on: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what of a matter's form is asked: its label, whether it is sealed, or missed."""

    label: str
    personal: bool
    missed: bool


@pages.get("")
def listed() -> Response:
    """Show the matter list, as its filters leave it."""
    every = current_matters()
    offices = {found.code: found for found in people.departments(runtime().clock.now())}
    names = short_names(view.department for view in every)
    words = request.args.get("q", "")[:100]
    found = [view for view in holding(words, every) if _wanted(view)]
    start = _number("from") or 0
    here = open_by_matter(viewer())
    lines = [
        Line(
            matter=view,
            office=names.get(view.department, view.department),
            ladder=ladder_under(view, offices.get(view.department)),
            here=here.get(view.code, {}),
        )
        for view in found[start : start + A_PAGE]
    ]
    return render(
        "officers/_matters_list.html" if is_fragment() else "officers/matters.html",
        lines=lines,
        count=len(found),
        every=len(every),
        departments=len(names),
        words=words,
        filters=_filters(every, names),
        next=_page(start + A_PAGE) if len(found) > start + A_PAGE else None,
        first=_page(0) if start else None,
    )


def _wanted(view: MatterView) -> bool:
    asked = request.args
    return (
        _passes(asked.getlist("category"), (view.category,))
        and _passes(asked.getlist("audience"), view.audience)
        and _passes(asked.getlist("department"), (view.department,))
    )


def _passes(wanted: Sequence[str], said: Iterable[str]) -> bool:
    return not wanted or bool({*wanted} & {*said})


def _filters(
    every: Sequence[MatterView], names: dict[str, str]
) -> list[tuple[str, str, list[Choice]]]:
    audiences = {code: _(text) for code, text in AUDIENCES.items()}
    said = {
        "category": (_("Category"), categories(), [view.category for view in every]),
        "audience": (_("For whom"), audiences, [one for view in every for one in view.audience]),
        "department": (_("Department"), names, [view.department for view in every]),
    }
    return [
        (name, label, list(_choices(name, labels, values)))
        for name, (label, labels, values) in said.items()
    ]


def _choices(name: str, labels: dict[str, str], said: Iterable[str]) -> Iterator[Choice]:
    counts, chosen = Counter(said), request.args.getlist(name)
    for value, label in labels.items():
        if counts[value]:
            yield Choice(value, label, counts[value], value in chosen)


def _page(start: int) -> str:
    kept: dict[str, Any] = {name: request.args.getlist(name) for name in request.args}
    return url_for(".listed", **{**kept, "from": start or None})


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 6 else None


@pages.get("/<code>")
def shown(code: str) -> Response:
    """Show a matter: what a client is told, what is asked, and each version's changes."""
    found = _matter(code)
    return render("officers/matter.html", **_facts(found), versions=versions(code), here="shown")


@pages.get("/<code>/workflow")
def workflow(code: str) -> Response:
    """Show the way of a matter's cases: stations, limits, who holds each now, each way out."""
    return render("officers/workflow.html", **_facts(_matter(code)), here="workflow")


def _matter(code: str) -> MatterView:
    try:
        return matter(code)
    except BadInputError:
        abort(404)


def _facts(found: MatterView) -> dict[str, Any]:
    ladder = ladder_in(found, found.department)
    return {
        "matter": found,
        "office": people.office_names([found.department]).get(found.department, found.department),
        "ladder": ladder,
        "held": holders(found, ladder, runtime().clock.now()),
        "at_station": open_by_matter(viewer(), found.code).get(found.code, {}),
        "guidance": guidance_in(found, found.department),
        "asked": list(_asked(found)),
        "audiences": {code: _(text) for code, text in AUDIENCES.items()},
        "current": versions(found.code)[0],
    }


def _asked(found: MatterView) -> Iterator[Asked]:
    declared = runtime().plugins.matter(found.code)
    fields = declared.form().fields if declared and declared.form else {}
    for name, field in fields.items():
        yield Asked(label_of(name, field), bool(field.metadata.get("personal")), field.required)
