"""The menu of the officers' pages: what leads where, shown to whom the table of access lets in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Flask, current_app, request, url_for

from tiji.i18n import N_, _
from tiji.web.access import allows


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu: where it leads, what it says, its icon, and how many wait there."""

    endpoint: str
    label: str
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
    """Give templates the menu of who is signed in."""
    app.jinja_env.globals["menu"] = menu


def menu() -> list[tuple[str, list[Line]]]:
    """Give the headings under which somebody may go anywhere, each with its lines."""
    found = [(_(heading), list(_lines(entries))) for heading, entries in _headings()]
    return [(heading, lines) for heading, lines in found if lines]


def _headings() -> Iterator[tuple[str, tuple[Entry, ...]]]:
    topics: tuple[Entry, ...] = tuple(current_app.extensions.get("tiji_topics", ()))
    for heading, entries in MENU:
        yield heading, (*entries, *topics) if heading == TOPICS else entries


def _lines(entries: tuple[Entry, ...]) -> Iterator[Line]:
    for entry in entries:
        if entry.endpoint in current_app.view_functions and allows(entry.endpoint):
            yield Line(
                url=url_for(entry.endpoint),
                label=_(entry.label),
                icon=entry.icon,
                here=request.endpoint == entry.endpoint,
                count=entry.count() if entry.count else "",
            )
