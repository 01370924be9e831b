"""The workbench: whose turn it is and what goes red first, a case at a glance, and the search."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from tiji.accounts.rules import Viewer
from tiji.cases import labels, words
from tiji.cases.finding import find
from tiji.cases.inbox import Counts, Wanted, choices, inbox, inbox_counts, scopes_of
from tiji.cases.lanes import LIGHTS, Scope, View
from tiji.cases.names import FormWords
from tiji.cases.offers import offered
from tiji.cases.sheet import case_sheet
from tiji.cases.sight import seen_case
from tiji.cases.state import OPEN
from tiji.cases.story import Told, told
from tiji.cases.undo import taken_back
from tiji.i18n import _
from tiji.runtime import runtime
from tiji.web.officers.bulk import bar
from tiji.web.officers.listing import (
    Address,
    Lines,
    arguments,
    asked_for,
    channels,
    clock_words,
    grouped,
    light_words,
    options,
    rows_wanted,
    shown_count,
)
from tiji.web.pages import back_to, render
from tiji.web.viewer import viewer

pages = Blueprint("workbench", __name__)

#: What a glance offers at once, each with its key.
KEYS = {"complete": "R", "escalate": "E", "guide": "C", "pause": "B"}
#: So many of the last events does a glance show.
GLANCE = 3


class Cell(NamedTuple):
    """A count with its words: where it leads, and whether it is what the list shows."""

    light: str | None
    number: str
    text: str
    href: str
    here: bool


class Select(NamedTuple):
    """A filter that is a choice among codes."""

    name: str
    label: str
    options: str
    chosen: str | None

    @classmethod
    def of(cls, name: str, label: str, choices: dict[str, str], chosen: str | None) -> Select:
        """Make a filter of its choices by code."""
        return cls(name, label, options(tuple(choices.items()), chosen), chosen)


@pages.get("/desk")
def desk() -> AnyResponse:
    """Show the cases that an officer holds, or that his or her department or the city has."""
    who = viewer()
    wanted = asked_for(who)
    if wanted.scope == "all" and wanted.words:
        return back_to(url_for("workbench.search", q=wanted.words))
    rows = rows_wanted()
    page = inbox(who, wanted, rows, request.args.get("after"))
    counts, offers = inbox_counts(who, wanted), choices()
    address = Address("workbench.desk", arguments(wanted))
    lines = Lines(offers["department"]).of(page["cases"])
    return render(
        "officers/workbench.html",
        wanted=wanted,
        given=arguments(wanted),
        address=address,
        cells=_cells(wanted, counts, address),
        today=shown_count(counts.today),
        total=_total(wanted, counts),
        groups=grouped(lines, counts if wanted.view == "open" else None),
        next=address(after=page["next"], rows=str(rows)) if page["next"] else None,
        selects=_selects(wanted, offers),
        scopes=_scopes(who, address),
        views=_views(address),
        stations=sorted({seat.station for seat in who.seats}),
        office=offers["department"].get(wanted.department or who.department, ""),
        clock=clock_words(runtime().clock.now()),
        filtered=bool(wanted.columns() or wanted.words or wanted.today),
        bulk=bar(who),
    )


@pages.get("/desk/counts")
def counts() -> Response:
    """Count again what the list shows."""
    who = viewer()
    wanted = asked_for(who)
    address = Address("workbench.desk", arguments(wanted))
    cells = _cells(wanted, inbox_counts(who, wanted), address)
    return render("officers/_counts.html", cells=cells, given=arguments(wanted))


@pages.get("/desk/peek/<number>")
def peek(number: str) -> Response:
    """Show a case at a glance: where it stands, what was said last, what can be done."""
    who = viewer()
    row = seen_case(number, who)
    sheet = case_sheet(row)
    form = FormWords(sheet.detail["matter"], sheet.names, row["matter_title"])
    events = told(sheet.detail["events"], sheet.names, form)
    able, undone = offered(who, sheet.facts, sheet.ladder), taken_back(sheet.detail["events"])
    return render(
        "officers/_peek.html",
        case=sheet.detail,
        now=next((s for s in sheet.detail["ladder"] if s["state"] == "now"), None),
        analysis=_analysis([one for one in events if one.seq not in undone]),
        events=list(reversed(events))[:GLANCE],
        able=[(action, key) for action, key in KEYS.items() if action in able],
    )


@pages.get("/search")
def search() -> Response:
    """Find cases by words, number or a client's whole name."""
    who = viewer()
    text = " ".join(request.args.get("q", "").split())[:200]
    open_only = request.args.get("open") == "1"
    after = request.args.get("after")
    page = find(who, text, open_only=open_only, after=after) if text else None
    address = Address("workbench.search", {"q": text, "open": "1" if open_only else ""})
    lines = list(Lines({}).of(page["cases"])) if page else []
    return render(
        "officers/search.html",
        text=text,
        open_only=open_only,
        lines=lines,
        address=address,
        further=bool(after),
        next=address(after=page["next"]) if page and page["next"] else None,
    )


def _cells(wanted: Wanted, counted: Counts, address: Address) -> list[Cell]:
    """Give the counts of the open cases; each leads to what it counts."""
    say = light_words()
    everything = Cell(
        None,
        shown_count(counted.all),
        _("In hand") if wanted.scope == "mine" else _("Open"),
        address(light=None, view=None, today=None),
        wanted.view == "open" and wanted.light is None,
    )
    lights = [
        Cell(
            light,
            shown_count(counted.lights[light]),
            say[light],
            address(light=light, view=None, today=None),
            wanted.view == "open" and wanted.light == light,
        )
        for light in LIGHTS
    ]
    return [everything, *lights]


def _total(wanted: Wanted, counted: Counts) -> str | None:
    """Say how many cases a list has in all, where that was counted."""
    if wanted.view != "open":
        return None
    if wanted.today:
        return shown_count(counted.today) if wanted.light is None else None
    return shown_count(counted.lights[wanted.light] if wanted.light else counted.all)


def _selects(wanted: Wanted, offers: dict[str, dict[str, str]]) -> list[Select]:
    statuses = words.statuses()
    found = [
        Select.of("matter", _("Matter"), offers["matter"], wanted.matter),
        Select.of("category", _("Category"), labels.categories(), wanted.category),
        Select.of("channel", _("Source"), channels(), wanted.channel),
    ]
    if wanted.scope != "mine":
        stations = {str(no): _("station {no}").format(no=no) for no in range(1, 6)}
        chosen = str(wanted.station) if wanted.station else None
        found.append(Select.of("station", _("Station"), stations, chosen))
    if wanted.scope == "all":
        found.append(
            Select.of("department", _("Department"), offers["department"], wanted.department)
        )
    if wanted.view == "open":
        known = {code: statuses[code] for code in OPEN}
        found.append(Select.of("status", _("Status"), known, wanted.status))
    return found


def _scopes(who: Viewer, address: Address) -> list[tuple[str, str, Scope]]:
    say = {"mine": _("Mine"), "department": _("My department"), "all": _("Whole city")}
    return [(say[one], address(of=one, department=None, light=None), one) for one in scopes_of(who)]


def _views(address: Address) -> list[tuple[str, str, View]]:
    say: dict[View, str] = {"open": _("Open"), "answered": _("Answered"), "over": _("Closed")}
    return [
        (text, address(view=view, light=None, today=None, status=None), view)
        for view, text in say.items()
    ]


def _analysis(events: list[Told]) -> tuple[Told, dict[str, str]] | None:
    """Give what the station before said when it passed the case up."""
    for event in reversed(events):
        said = {name: text for name, _label, text in event.said}
        if "suggestion" in said or "proposal" in said:
            return event, said
    return None
