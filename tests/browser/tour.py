"""Every page of the web face, with somebody who sees it: what tests walk and pictures show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

from playwright.sync_api import Page
from tests.browser.steps import fill

Marks = Mapping[str, str]
#: What is done before a page is there: given the page, the site's address, the landmarks.
Before = Callable[[Page, str, Marks], None]


@dataclass(frozen=True, slots=True)
class Stop:
    """Name a page: its path (with names of landmarks in braces), who sees it, what comes before.

    ``who`` is a key of the demo's people, or None for the public. An empty path is where ``before``
    ends, on the page of ``endpoint``.
    """

    name: str
    path: str
    who: str | None = None
    before: Before | None = None
    endpoint: str = ""

    def arrive(self, page: Page, url: str, marks: Marks) -> None:
        """Go there."""
        if self.before:
            self.before(page, url, marks)
        if self.path:
            page.goto(url + self.path.format_map(marks), wait_until="load")


def _find(number: str, code: str) -> Before:
    """Find a case by its receipt."""

    def before(page: Page, url: str, marks: Marks) -> None:
        page.goto(f"{url}/track")
        fill(page, number=marks[number], secret=marks[code])
        page.locator("#find button").click()
        page.wait_for_url("**/track/case")

    return before


def _bring(until: str) -> Before:
    """Bring a case, as far as a step."""

    def before(page: Page, url: str, marks: Marks) -> None:
        page.goto(f"{url}/submit?matter=natural_resources.acceptance_missing")
        fill(page, title="滨河锦苑办不了证", content="入住十二年，缺竣工验收备案。")
        page.locator("#tell button.btn--pri").click()
        page.wait_for_url("**/who")
        if until == "who":
            return
        fill(page, kind="citizen", name="张某某", phone="13900011122")
        page.locator("form.who button.btn--pri").click()
        page.wait_for_url("**/check")
        if until == "check":
            return
        page.locator("form[action$=send] button").click()
        page.wait_for_url("**/done")

    return before


def _say_nothing(page: Page, url: str, marks: Marks) -> None:
    """Go on without a word: what is wrong is said above and beside each field."""
    page.goto(f"{url}/submit")
    page.locator("#tell button.btn--pri").click()
    page.locator(".errsum").wait_for()


def _be_nobody(page: Page, url: str, marks: Marks) -> None:
    """Sign in by a name that nobody has."""
    page.goto(f"{url}/signin")
    fill(page, name="nobody", password="stairs-that-only-climb")
    page.locator("main form button").click()
    page.locator(".error").wait_for()


_ROOMS = count(1001, 10)


def ledger() -> bytes:
    """Write a ledger of households that nobody wrote before.

    One may enter, one is to be looked at, one lacks its building; one column is unknown.
    """
    room = next(_ROOMS)
    rows = (
        "小区名称,楼栋,房号,权利人,身份证号,办证状态,内部备忘",
        f"新塘小区,1号楼,{room},张某某,340705190001010007,未办,甲",
        f"新塘小区,1号楼,{room + 1},李某某,340705190001010008,未办,乙",
        f"新塘小区,,{room + 2},王某某,,未办,丙",
    )
    return "\n".join(rows).encode()


def _import(until: str) -> Before:
    """Upload a ledger in which rows have errors, and go on as far as a step."""

    def before(page: Page, url: str, marks: Marks) -> None:
        page.goto(f"{url}/import")
        fill(page, ledger="natural_resources.certificates")
        page.locator("#file").set_input_files(
            {"name": "台账.csv", "mimeType": "text/csv", "buffer": ledger()}
        )
        page.locator("form[enctype] button.btn--pri").click()
        page.wait_for_url("**/columns")
        if until == "columns":
            return
        page.locator("form[action$=columns] button.btn--pri").click()
        page.wait_for_url("**/preview")
        if until == "preview":
            return
        page.locator("form[action$=run] button").click()
        page.wait_for_url("**/import/*")
        page.locator(".import__facts").wait_for()
        if until == "withdraw":
            page.locator("a[href$=withdraw]").click()

    return before


def _register(page: Page, url: str, marks: Marks) -> None:
    """Fill in a first inquiry so far that the matter asks its fields."""
    page.goto(f"{url}/register")
    fill(page, name="张某某", title="滨河锦苑缺竣工验收备案", content="入住多年办不了证")
    with page.expect_response("**/register/part/chosen"):
        page.locator("#matter").select_option("natural_resources.acceptance_missing")
    page.locator(".regduties").wait_for()


_OPEN, _ANSWERED = _find("receipt", "code"), _find("answered_receipt", "answered_code")
_MATTER = "natural_resources.acceptance_missing"

PUBLIC: tuple[Stop, ...] = (
    Stop("06-home", "/"),
    Stop("06-privacy", "/privacy"),
    Stop("06-submit-1", "/submit"),
    Stop("06-submit-1-wrong", "", before=_say_nothing, endpoint="submit.start"),
    Stop("06-submit-2", "/submit/who", before=_bring("who")),
    Stop("06-submit-3", "/submit/check", before=_bring("check")),
    Stop("06-submitted", "/submit/done", before=_bring("done")),
    Stop("06-track-find", "/track"),
    Stop("06-track", "/track/case", before=_OPEN),
    Stop("06-track-message", "/track/message", before=_OPEN),
    Stop("06-track-supplement", "/track/supplement", before=_OPEN),
    Stop("06-track-withdraw", "/track/withdraw", before=_OPEN),
    Stop("06-track-answered", "/track/case", before=_ANSWERED),
    Stop("06-rate", "/track/rate", before=_ANSWERED),
    Stop("07-matters-public", "/matters"),
    Stop("07-workflow-public", f"/matters/{_MATTER}"),
    Stop("07-workflow-public-print", f"/matters/{_MATTER}/print"),
    Stop("09-absent", "/nowhere"),
    Stop("09-login", "/signin"),
    Stop("09-login-wrong", "", before=_be_nobody, endpoint="signing.sign_in"),
)

OFFICERS: tuple[Stop, ...] = (
    Stop("01-workbench", "/desk", "first"),
    Stop("01-workbench-principal", "/desk", "principal"),
    Stop("01-workbench-leader", "/desk", "leader"),
    Stop("01-workbench-city", "/desk?of=all", "efficiency"),
    Stop("01-search", "/search?q=办证", "first"),
    Stop("02-case-station1", "/cases/{first}", "first"),
    Stop("02-case-station2", "/cases/{head}", "head"),
    Stop("02-case-station3", "/cases/{deputy}?do=escalate", "deputy"),
    Stop("02-case-station4", "/cases/{principal}", "principal"),
    Stop("02-case-station4-refuse", "/cases/{principal}?do=refuse", "principal"),
    Stop("02-case-leaders", "/cases/{leader}", "leader"),
    Stop("02-case-promised", "/cases/{promised}", "first"),
    Stop("02-case-answered", "/cases/{answered}", "principal"),
    Stop("02-case-print", "/cases/{principal}/print", "principal"),
    Stop("02-case-personal", "/cases/{principal}/personal", "principal"),
    Stop("02-case-join", "/cases/{principal}/join", "principal"),
    Stop("04-register", "", "first", _register, "registering.register"),
    Stop("07-matters", "/desk/matters", "first"),
    Stop("07-matter", f"/desk/matters/{_MATTER}", "first"),
    Stop("07-workflow", f"/desk/matters/{_MATTER}/workflow", "first"),
    Stop("07-workflow-print", f"/desk/matters/{_MATTER}/print", "first"),
    Stop("08-estates", "/natural-resources/estates", "first"),
    Stop("08-estate", "/natural-resources/estates/XQ0001", "first"),
    Stop("08-estate-table", "/natural-resources/estates/XQ0001?view=table", "first"),
    Stop("08-estate-accept", "/natural-resources/estates/XQ0001/accept", "first"),
    Stop("08-blocker", "/natural-resources/blockers/KD0001", "head"),
    Stop("08-petitions", "/petitions/backlog", "efficiency"),
    Stop("08-messages", "/data-bureau/messages", "efficiency"),
    Stop("10-account", "/account", "first"),
    Stop("10-notices", "/notices", "principal"),
    Stop("10-notices-choice", "/notices/choice", "principal"),
    Stop("11-departments", "/administration/departments", "department_admin"),
    Stop("11-department", "/administration/departments/natural_resources", "department_admin"),
    Stop("11-matters", "/administration/matters", "department_admin"),
    Stop("11-calendar", "/administration/calendar", "system"),
    Stop("11-plugins", "/administration/plugins", "system"),
    Stop("11-deliveries", "/administration/deliveries", "system"),
    Stop("11-accounts", "/administration/accounts", "security"),
    Stop("11-account", "/administration/accounts/natural_resources_fio", "security"),
    Stop("11-password", "/administration/accounts/natural_resources_fio/password", "security"),
    Stop("11-disable", "/administration/accounts/natural_resources_fio/disable", "security"),
    Stop("11-readings", "/administration/readings", "audit"),
    Stop("10-account-factor", "/account/factor", "first"),
    # Last, for they add households.
    Stop("05-import", "/import", "first"),
    Stop("05-import-columns", "", "first", _import("columns"), "importing.columns"),
    Stop("05-import-preview", "", "first", _import("preview"), "importing.preview"),
    Stop("05-import-result", "", "first", _import("result"), "importing.result"),
    Stop("05-import-withdraw", "", "first", _import("withdraw"), "importing.confirm"),
)

ALL = (*PUBLIC, *OFFICERS)

#: What answers a GET and is no page: parts, files, figures, and pages that only lead on.
NO_PAGES = frozenset(
    (
        *("healthz", "readyz", "metrics", "static.static", "natural_resources.static"),
        *("attached.download", "attached.download_all", "track.download", "importing.rejects"),
        *("importing.template", "submit.qr", "submit.text"),
        *("workbench.counts", "workbench.peek", "signing.arrive", "natural_resources.house"),
        "notices.count",
    )
)
#: Pages of a moment that tests of their own come through, and those that ask once more, as
#: disabling an account does.
ON_THE_WAY = frozenset(
    (
        *("administration.reset_factor", "administration.end_post", "administration.discard"),
        *("signing.second", "signing.new_password", "importing.progress"),
        *("registering.registered", "registering.guided"),
    )
)
