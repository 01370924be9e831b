"""A ledger with errors, mended in the page and imported, in a browser with scripts and without."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import Town, Visit

from tiji.testing.browser import PATIENCE_MS

pytestmark = pytest.mark.sqlite("a browser shows the same on both")

LEDGER = """小区名称,楼栋,房号,权利人,建筑面积,责任单位,办证状态
滨河锦苑,7号楼,101,张某某,89.50,自然资源局,未办
滨河锦苑,7号楼,102,赵某某,八十六,自然资源局,未办
滨河锦苑,7号楼,103,孙某某,89.50,市虚构局,未办
"""


def upload(page: Page, town: Town, folder: Path) -> None:
    """Upload the ledger and wait until its rows are read."""
    file = folder / "台账.csv"
    file.write_text(LEDGER, encoding="utf-8")
    page.goto(f"{town.url}/import")
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Upload and look").click()
    page.wait_for_url("**/preview")


def test_errors_are_mended_in_the_page(own_town: Town, come: Visit, tmp_path: Path) -> None:
    page = come("first").page()
    upload(page, own_town, tmp_path)
    area, office = page.get_by_label("Row 3, 建筑面积"), page.get_by_label("Row 4, 责任单位")
    area.fill("86.42")
    office.fill("市没有局")
    office.press("Enter")
    # What was right is taken; to what is still wrong the eye is led, as it was typed.
    expect(page.locator("#import")).to_contain_text("no known department")
    expect(office).to_be_focused()
    expect(office).to_have_value("市没有局")
    expect(area).to_have_count(0)
    office.fill("交通局")
    office.press("Enter")
    expect(office).to_have_count(0)
    page.get_by_role("button", name="Import the 3 rows that can enter").click()
    expect(page.locator(".import__said")).to_contain_text("3 rows imported")


def test_it_goes_without_scripts(own_town: Town, browser: Browser, tmp_path: Path) -> None:
    with browser.new_context(locale="en-GB", java_script_enabled=False) as plain:
        plain.set_default_timeout(PATIENCE_MS)
        token = own_town.sessions["first"]
        plain.add_cookies([{"name": "tiji_session", "value": token, "url": own_town.url}])
        page = plain.new_page()
        upload(page, own_town, tmp_path)
        page.get_by_label("Row 3, 建筑面积").fill("86.42")
        page.get_by_role("button", name="Mend", exact=True).first.click()
        page.get_by_role("button", name="Leave out").click()
        page.get_by_role("button", name="Import the 2 rows that can enter").click()
        expect(page.locator(".import__said")).to_contain_text("2 rows imported")
