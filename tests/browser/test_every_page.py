"""Every page: usable by everybody, no wider than its window, and true to the content policy."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.browser.conftest import AXE, Prepared, Town, Visit
from tests.browser.tour import ALL, NO_PAGES, ON_THE_WAY, Stop
from werkzeug.exceptions import HTTPException

from tiji.testing.browser import PHONE, Axe, overflow
from tiji.testing.databases import Databases
from tiji.testing.pytest_plugin import START
from tiji.web.app import create_web

pytestmark = pytest.mark.sqlite("a browser shows the same on both")


@pytest.mark.parametrize("stop", ALL, ids=lambda stop: stop.name)
def test_a_page_is_usable_by_everybody(stop: Stop, town: Town, come: Visit, axe: Axe) -> None:
    page = come(stop.who, language="zh-CN").page()
    stop.arrive(page, town.url, town.marks)
    assert page.locator("h1").count() == 1
    assert axe.faults(page) == []
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert overflow(page) == 0, "it scrolls sideways on a phone"
    assert axe.faults(page) == [], "on a phone"


def test_the_tour_leads_past_every_page(databases: Databases, prepared: Prepared) -> None:
    routes = create_web(databases.settings(prepared.home, START, strict=True)).url_map
    site = routes.bind("city")

    def endpoint(stop: Stop) -> str:
        try:
            return stop.endpoint or site.match(urlsplit(stop.path).path)[0]
        except HTTPException:
            return "absent"

    pages = {rule.endpoint for rule in routes.iter_rules() if "GET" in (rule.methods or ())}
    assert pages - NO_PAGES - ON_THE_WAY <= {endpoint(stop) for stop in ALL}


def test_the_judge_is_the_published_one() -> None:
    manifest = json.loads((Path(AXE).parent / "manifest.json").read_text(encoding="utf-8"))
    sums = {one["file"]: one["sha256"] for one in manifest["files"]}
    assert sums == {AXE.name: sha256(AXE.read_bytes()).hexdigest()}
