"""Files and drafts with scripts: sent beside the page, listed anew, kept while typing; the grid."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect
from tests.browser.conftest import Town, Visit
from tests.browser.steps import open_form, station
from tests.integration.files import PDF, picture

pytestmark = pytest.mark.sqlite("a browser shows the same on both")

ESTATE = "/natural-resources/estates/XQ0001"


def file(name: str, content: bytes) -> FilePayload:
    """Give a file as somebody chooses it."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def upload(page: Page, *files: FilePayload) -> None:
    """Choose files on a case's page and send them."""
    page.locator("#files input[type=file]").set_input_files(files)
    page.locator("#files [data-upload] button").click()


def test_files_are_sent_without_leaving_the_page(town: Town, come: Visit) -> None:
    number = town.marks["first"]
    page = come("first").page(f"/cases/{number}")
    page.evaluate("document.body.dataset.stayed = 'yes'")
    upload(page, file("合同.pdf", PDF), file("a.exe", b"MZ"), file("照片.jpg", picture()))
    section = page.locator("#files")
    expect(section.get_by_role("alert")).to_contain_text("a.exe is of no kind that is taken")
    expect(section.get_by_role("alert")).to_be_focused()
    expect(section.locator("li a")).to_have_text(["合同.pdf", "照片.jpg"])
    upload(page, file("又一份.pdf", PDF))
    expect(section.locator("li a")).to_have_text(["合同.pdf", "照片.jpg", "又一份.pdf"])
    expect(section.get_by_role("alert")).to_have_count(0)
    with page.expect_download() as saved:
        section.get_by_role("link", name="Download all").click()
    assert saved.value.suggested_filename == f"{number}.zip"
    section.get_by_role("button", name="Remove 照片.jpg").click()
    expect(section.locator("li a")).to_have_text(["合同.pdf", "又一份.pdf"])
    assert page.evaluate("document.body.dataset.stayed") == "yes"


def test_what_is_typed_is_kept_when_a_field_is_left(town: Town, come: Visit) -> None:
    number, words = town.marks["first"], "Two records differ by thirteen metres"
    visitor = come("first")
    page = visitor.page()
    form = open_form(page, town, number, "escalate")
    here = station(page)
    form.locator("[name=why]").fill(words)
    page.keyboard.press("Tab")
    expect(form.locator("[data-draft-state]")).to_contain_text("Draft kept")
    again = open_form(visitor.page(), town, number, "escalate")
    expect(again.locator("[name=why]")).to_have_value(words)
    expect(again.locator("[data-draft-state]")).to_contain_text("Draft of")
    again.locator("[name=why]").fill(f"{words}, at least")
    again.get_by_role("button", name="Save draft").click()
    expect(again.locator("[data-draft-state]")).to_contain_text("Draft kept")
    again.get_by_role("button", name="Discard draft").click()
    expect(again.locator("[name=why]")).to_have_value("")
    page.reload()
    expect(page.locator("#act-form [name=why]")).to_have_value("")
    assert station(page) == here, "a draft's buttons act on no case"


def test_the_grid_is_walked_by_arrow_keys(town: Town, come: Visit) -> None:
    page = come("first").page(ESTATE)
    cells = page.locator("a.u")
    expect(page.locator("a.u[tabindex='0']")).to_have_count(1)
    cells.first.focus()
    page.keyboard.press("ArrowRight")
    expect(cells.nth(1)).to_be_focused()
    below = re.compile(r"^Building \S+( unit \S+)? ")
    expect(cells.nth(1)).to_have_attribute("aria-label", below)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(cells.nth(1)).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    bulk = page.locator("[data-bulk]")
    expect(bulk).to_contain_text("2 selected")
    page.keyboard.press("Space")
    expect(bulk).to_contain_text("1 selected")
    page.keyboard.press("Enter")
    expect(page.locator("#house dl")).to_be_visible()
    bulk.get_by_role("button", name="Accept the selected").click()
    page.wait_for_url(f"**{ESTATE}/accept?case=*")


def test_a_form_counts_what_is_written_also_after_its_part_was_changed(
    town: Town, come: Visit
) -> None:
    page = come("first").page()
    form = open_form(page, town, town.marks["first"], "escalate")
    form.locator("[name=why]").fill("缺竣工验收备案")
    expect(form.locator(".counter").first).to_have_text("7 / 2000")
    page.locator(".acttab").first.click()
    expect(page.locator("#act-form .counter").first).to_have_text("0 / 2000")
