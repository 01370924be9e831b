"""Every page of the web face, with somebody who sees it: what tests walk and pictures show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import Page

Marks = Mapping[str, str]
Lead = Callable[[Page, Marks], None]


@dataclass(frozen=True, slots=True)
class Stop:
    """Name a page: its path (with names of landmarks in braces), who sees it, and what leads on.

    ``who`` is a key of the demo's people, or None for the public; ``lead`` presses what must be
    pressed on the path's page.
    """

    name: str
    path: str
    who: str | None = None
    lead: Lead | None = None

    def where(self, marks: Marks) -> str:
        """Give the path of this city's page."""
        return self.path.format_map(marks)

    def arrive(self, page: Page, url: str, marks: Marks) -> None:
        """Go there."""
        page.goto(url + self.where(marks), wait_until="load")
        if self.lead:
            self.lead(page, marks)


def find(number: str, code: str) -> Lead:
    """Find a case by its receipt."""

    def lead(page: Page, marks: Marks) -> None:
        page.locator("[name=number]").fill(marks[number])
        page.locator("[name=secret]").fill(marks[code])
        page.locator("main form").first.locator("button").first.click()
        page.wait_for_url("**/track/case")

    return lead


def then(lead: Lead, path: str) -> Lead:
    """Go on to another page of the case that was found."""

    def on(page: Page, marks: Marks) -> None:
        lead(page, marks)
        page.goto(page.url.split("/track/")[0] + path, wait_until="load")

    return on


_OPEN, _ANSWERED = find("receipt", "code"), find("answered_receipt", "answered_code")

PUBLIC: tuple[Stop, ...] = (
    Stop("06-home", "/"),
    Stop("06-submit-1", "/submit"),
    Stop("06-track-find", "/track"),
    Stop("06-track", "/track", lead=_OPEN),
    Stop("06-track-message", "/track", lead=then(_OPEN, "/track/message")),
    Stop("06-track-supplement", "/track", lead=then(_OPEN, "/track/supplement")),
    Stop("06-track-withdraw", "/track", lead=then(_OPEN, "/track/withdraw")),
    Stop("06-track-answered", "/track", lead=_ANSWERED),
    Stop("06-rate", "/track", lead=then(_ANSWERED, "/track/rate")),
    Stop("07-matters-public", "/matters"),
    Stop("07-workflow-public", "/matters/natural_resources.acceptance_missing"),
    Stop("07-workflow-print", "/matters/natural_resources.acceptance_missing/print"),
    Stop("09-absent", "/nowhere"),
    Stop("09-login", "/signin"),
)

OFFICERS: tuple[Stop, ...] = (
    Stop("02-case-station1", "/cases/{first}", "first"),
    Stop("02-case-station2", "/cases/{head}", "head"),
    Stop("02-case-station3", "/cases/{deputy}", "deputy"),
    Stop("02-case-station3-escalate", "/cases/{deputy}?do=escalate", "deputy"),
    Stop("02-case-station4", "/cases/{principal}", "principal"),
    Stop("02-case-station4-refuse", "/cases/{principal}?do=refuse", "principal"),
    Stop("02-case-leaders", "/cases/{leader}", "leader"),
    Stop("02-case-promised", "/cases/{promised}", "first"),
    Stop("02-case-answered", "/cases/{answered}", "principal"),
    Stop("10-account", "/account", "first"),
)

ALL = (*PUBLIC, *OFFICERS)
