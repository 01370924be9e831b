"""Every page: usable by everybody, no wider than its window, and true to the content policy."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
from tests.browser.conftest import AXE, Town, Visit
from tests.browser.tour import ALL, Stop

from tiji.testing.browser import Axe, overflow

pytestmark = pytest.mark.sqlite("a browser shows the same on both")


@pytest.mark.parametrize("stop", ALL, ids=lambda stop: stop.name)
def test_a_page_is_usable_by_everybody(stop: Stop, town: Town, come: Visit, axe: Axe) -> None:
    visitor = come(stop.who, language="zh-CN")
    page = visitor.page()
    stop.arrive(page, town.url, town.marks)
    assert page.locator("h1").count() == 1
    assert axe.faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0, "it scrolls sideways on a phone"
    assert axe.faults(page) == [], "on a phone"


def test_the_judge_is_the_published_one() -> None:
    manifest = json.loads((AXE.parent / "manifest.json").read_text(encoding="utf-8"))
    sums = {one["file"]: one["sha256"] for one in manifest["files"]}
    assert sums == {AXE.name: sha256(AXE.read_bytes()).hexdigest()}
