"""What people do on the pages, by what they read there: sign in, decide, bring a case, find it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import Town
from tests.browser.showcase import PASSWORD

MATTER = "natural_resources.acceptance_missing"
PHONE = "13900012345"


@dataclass(frozen=True, slots=True)
class Brought:
    """A case that a client brought: its number and the code that finds it."""

    number: str
    code: str


def sign_in(page: Page, town: Town, officer: str, path: str = "/") -> None:
    """Sign in by name and password, from the page that asked for it."""
    page.goto(f"{town.url}/signin")
    page.get_by_label("User name").fill(officer)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_attached()
    page.goto(town.url + path)


def fill(form: Page | Locator, **words: str) -> None:
    """Write into fields by their names; choose where one chooses."""
    for name, text in words.items():
        field = form.locator(f"[name='{name}']")
        if field.first.get_attribute("type") in ("radio", "checkbox"):
            form.locator(f"[name='{name}'][value='{text}']").check(force=True)
        elif field.first.evaluate("field => field.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.first.fill(text)


def open_form(page: Page, town: Town, number: str, action: str) -> Locator:
    """Open the form of an action on a case's page."""
    page.goto(f"{town.url}/cases/{number}?do={action}")
    return page.locator("#act-form")


def act(page: Page, town: Town, number: str, action: str, **words: str) -> None:
    """Take an action by its form, and see that the page says that it is done."""
    form = open_form(page, town, number, action)
    fill(form, **words)
    form.locator("button.btn--pri, button.btn--danger-solid").first.click()
    expect(page.locator("#toasts")).to_contain_text("recorded")


def station(page: Page) -> str:
    """Read from the staircase where the case is."""
    return page.locator(".ladder .is-now").inner_text()


def bring(page: Page, town: Town, **other: str) -> Brought:
    """Bring a case by the public's three steps; give what the receipt says."""
    words = {
        "title": "Our block has no certificates",
        "content": "The developer is gone, the acceptance papers are missing.",
        "name": "张某某",
        "phone": PHONE,
        **other,
    }
    page.goto(f"{town.url}/submit?matter={MATTER}")
    fill(page, title=words["title"], content=words["content"])
    fill(page, told_no="in_person")
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/submit/who")
    fill(page, kind="citizen", name=words["name"], phone=words["phone"])
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/submit/check")
    expect(page.locator(".sumlist")).to_contain_text(words["title"])
    page.get_by_role("button", name="Send it").click()
    page.wait_for_url("**/submit/done")
    return read_receipt(page)


def read_receipt(page: Page) -> Brought:
    """Read number and code from the receipt."""
    said = page.locator(".refno").inner_text()
    number, code = re.search(r"TJ\d{10}", said), re.search(r"\w{4}(-\w{4}){6}", said)
    assert number
    assert code
    return Brought(number[0], code[0])


def find(page: Page, town: Town, brought: Brought) -> None:
    """Find a case by its receipt."""
    page.goto(f"{town.url}/track")
    fill(page, number=brought.number, secret=brought.code)
    page.get_by_role("button", name="See where it is").click()
    page.wait_for_url("**/track/case")
