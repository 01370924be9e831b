"""The menu of the officers' pages: what leads where, shown to whom the table of access lets in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from flask import Flask, current_app, request, url_for

from tiji.accounts.rules import Viewer
from tiji.i18n import N_, _, either
from tiji.people.rules import CITY, DEPUTY, FIRST, HEAD, PRINCIPAL
from tiji.web.access import allows
from tiji.web.viewer import session


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu: where it leads, what it says, its icon, and how many wait there.

    The label is a source text, or a plugin's own in both languages.
    """

    endpoint: str
    label: str | dict[str, str]
    icon: str
    count: Callable[[], str] | None = None


#: Headings with their entries, in the order of the menu; endpoints that are not there are left out.
MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        N_("My work"),
        (
            Entry("workbench.desk", N_("My stations"), "inbox"),
            Entry("registering.register", N_("Register a case"), "plus"),
            Entry("notices.page", N_("Notices"), "bell"),
        ),
    ),
    (
        N_("Books"),
        (
            Entry("matters.listed", N_("Two-services matter list"), "list"),
            Entry("importing.start", N_("Bulk import"), "upload"),
        ),
    ),
    (N_("Topics"), ()),
    (
        N_("Administration"),
        (
            Entry("administration.organisation", N_("Departments and posts"), "users"),
            Entry("administration.matters", N_("Matter list versions"), "list"),
            Entry("administration.calendar", N_("Working calendar"), "cal"),
            Entry("administration.plugins", N_("Plugins"), "fold"),
            Entry("administration.deliveries", N_("Deliveries"), "msg"),
            Entry("administration.accounts", N_("Accounts and roles"), "lock"),
            Entry("administration.readings", N_("Reading log"), "eye"),
        ),
    ),
)
TOPICS = "Topics"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the menu as it is shown."""

    url: str
    label: str
    icon: str
    here: bool
    count: str


def add_navigation(app: Flask) -> None:
    """Give templates who is signed in, and the menu of what he or she may go to."""
    app.jinja_env.globals.update(
        menu=menu,
        allows=allows,
        viewer_or_none=viewer_or_none,
        shortcuts_on=shortcuts_on,
        standing=standing,
    )


def viewer_or_none() -> Viewer | None:
    """Give who is signed in, up to the last step; None on pages before that."""
    found = session()
    return found.viewer if found and found.step is None else None


def shortcuts_on() -> bool:
    """Tell whether single keys work: each officer may switch them off (WCAG 2.1.4)."""
    found = session()
    return found is not None and found.preferences.keys


def standing() -> str:
    """Say where somebody sits: the highest station, as the staircase calls it."""
    found = viewer_or_none()
    if found is None or not found.seats:
        return ""
    return station_names()[max(seat.station for seat in found.seats)]


def station_names() -> dict[int, str]:
    """Name the stations from the first to the city's."""
    return {
        FIRST: _("first-inquiry officer"),
        HEAD: _("section head"),
        DEPUTY: _("deputy in charge"),
        PRINCIPAL: _("principal"),
        CITY: _("city leader"),
    }


def menu() -> list[tuple[str, list[Line]]]:
    """Give the headings under which somebody may go anywhere, each with its lines."""
    if viewer_or_none() is None:
        return []
    headings = list(_headings())
    here = _here(entry for _heading, entries in headings for entry in entries)
    found = [(_(heading), list(_lines(entries, here))) for heading, entries in headings]
    return [(heading, lines) for heading, lines in found if lines]


def _headings() -> Iterator[tuple[str, tuple[Entry, ...]]]:
    topics: tuple[Entry, ...] = tuple(current_app.extensions.get("tiji_topics", ()))
    for heading, entries in MENU:
        yield heading, (*entries, *topics) if heading == TOPICS else entries


def _here(entries: Iterable[Entry]) -> str:
    """Give the endpoint whose line is lit: the page's own, else one of its family."""
    known = [entry.endpoint for entry in entries]
    family = f"{request.blueprint}."
    return next(
        (one for one in known if one == request.endpoint),
        next((one for one in known if one.startswith(family)), ""),
    )


def _lines(entries: tuple[Entry, ...], here: str) -> Iterator[Line]:
    for entry in entries:
        if entry.endpoint in current_app.view_functions and allows(entry.endpoint):
            yield Line(
                url=url_for(entry.endpoint),
                label=_(entry.label) if isinstance(entry.label, str) else either(entry.label),
                icon=entry.icon,
                here=entry.endpoint == here,
                count=entry.count() if entry.count else "",
            )
