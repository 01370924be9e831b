"""Pages that plugins add: behind a rule each, in the menu, and their faults stay their own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent

import pytest
from flask import Flask
from tests.integration.cases import FIO, HEAD, PRINCIPAL, STRANGER
from tests.web.officers import signed_in

from tiji.db import connected
from tiji.plugins.loader import PluginFaultError
from tiji.runtime import runtime
from tiji.testing.databases import Databases
from tiji.testing.pytest_plugin import START
from tiji.web.app import create_web
from tiji.web.navigation import menu

pytestmark = pytest.mark.sqlite("pages call what is tested on both")

PAGE = {"Accept": "text/html"}

BUREAU = """
    import sys
    from flask import Blueprint, abort
    from tiji.api import Bureau, Guidance, Matter, Pages, RuleError, Topic, hookimpl

    @hookimpl
    def tiji_bureau():
        guidance = Guidance("物业科", "政务中心", "电话")
        other = Matter("topical.other", "其他", "housing", ("people",), "no_precedent", guidance)
        return Bureau("topical", "专题", "housing", (other,))

    def blueprint():
        pages = Blueprint("topical", __name__)
        for name, view in VIEWS.items():
            pages.add_url_rule(f"/{name}", name, view)
        return pages

    def failing():
        raise RuntimeError("张某某 13900001234")

    def leaving():
        sys.exit(3)

    def ruled():
        raise RuleError("no", "Not on a Friday.")

    VIEWS = {
        "listed": lambda: "the list", "office": lambda: "the office", "head": lambda: "the head",
        "forgotten": lambda: "nobody comes here", "failing": failing, "leaving": leaving,
        "ruled": ruled, "absent": lambda: abort(404),
    }
    ACCESS = {
        "listed": "officers", "office": "department", "head": "heads", "failing": "officers",
        "leaving": "officers", "ruled": "officers", "absent": "officers",
    }
    TITLE = {"zh": "专题", "en": "Topic"}
"""
GOOD = """
    @hookimpl
    def tiji_pages():
        return Pages(blueprint, ACCESS, (
            Topic("listed", TITLE, count=lambda: 1234),
            Topic("office", {"zh": "科室", "en": "Office"}, count=lambda: 1 // 0),
            Topic("head", {"zh": "主官", "en": "Head"}, count=lambda: 0),
        ))
"""
Install = Callable[..., Flask]


@pytest.fixture
def install(
    home: Path, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Install]:
    """Install the plugin and give the web application with it."""
    folder = tmp_path / "installed"
    about = folder / "topical_bureau-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: topical-bureau\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tiji.plugins]\ntopical = topical_bureau\n")
    monkeypatch.syspath_prepend(folder)

    with ExitStack() as open_until_the_end:

        def make(given: str = GOOD, strict: bool = False) -> Flask:
            text = dedent(BUREAU) + dedent(given)
            (folder / "topical_bureau.py").write_text(text, encoding="utf-8")
            importlib.invalidate_caches()
            monkeypatch.delitem(sys.modules, "topical_bureau", raising=False)
            web = create_web(databases.settings(home, START, strict=strict))
            open_until_the_end.enter_context(web.app_context())
            open_until_the_end.enter_context(connected())
            return web

        yield make


def test_each_page_is_for_whom_its_rule_names(install: Install) -> None:
    web = install()
    seen = {
        officer: [
            view
            for view in ("listed", "office", "head", "forgotten")
            if signed.get(f"/topical/{view}", headers=PAGE).status_code == 200
        ]
        for officer in (FIO, PRINCIPAL, STRANGER)
        if (signed := signed_in(web, officer))
    }
    assert seen == {
        FIO: ["listed", "office"],
        PRINCIPAL: ["listed", "office", "head"],
        STRANGER: ["listed"],
    }
    unknown = web.test_client().get("/topical/listed")
    assert (unknown.status_code, "next=/topical/listed" in unknown.location) == (303, True)


def test_topics_stand_in_the_menu_of_those_who_may_go_there(install: Install) -> None:
    web = install()
    browser = signed_in(web, FIO)
    shown: list[tuple[str, str, str]] = []

    def look() -> str:
        shown.extend(
            (line.label, line.url, line.count) for _heading, lines in menu() for line in lines
        )
        return ""

    web.view_functions["topical.listed"] = look
    assert browser.get("/topical/listed").status_code == 200
    topics = [line for line in shown if "/topical/" in line[1]]
    assert topics == [("Topic", "/topical/listed", "1,000+"), ("Office", "/topical/office", "")]


@pytest.mark.parametrize("view", ["failing", "leaving"])
def test_a_page_that_fails_shows_a_notice_and_tells_nothing(
    install: Install, view: str, caplog: pytest.LogCaptureFixture
) -> None:
    browser = signed_in(install(), HEAD)
    answer = browser.get(f"/topical/{view}", headers=PAGE)
    assert answer.status_code == 500
    assert "the plugin topical, which failed; all other pages work" in answer.text
    assert "13900001234" not in answer.text + caplog.text
    assert browser.get("/topical/listed").status_code == 200


def test_rules_and_absence_are_said_as_everywhere(install: Install) -> None:
    browser = signed_in(install(), HEAD)
    ruled = browser.get("/topical/ruled", headers=PAGE)
    assert (ruled.status_code, "Not on a Friday." in ruled.text) == (422, True)
    absent = browser.get("/topical/absent", headers=PAGE)
    assert (absent.status_code, "There is no such page" in absent.text) == (404, True)


def _gives(expression: str, before: str = "") -> str:
    return f"{dedent(before)}\n@hookimpl\ndef tiji_pages():\n    return {expression}\n"


BAD = {
    "raises": (_gives("1 // 0"), "ZeroDivisionError"),
    "no pages": (_gives("[]"), "tiji_pages must give Pages, not list"),
    "unknown rule": (_gives("Pages(blueprint, {'listed': 'everybody'})"), "rule 'everybody'"),
    "topic without a rule": (
        _gives("Pages(blueprint, {}, (Topic('listed', TITLE),))"), "topic listed needs a rule"),
    "page that is not there": (
        _gives("Pages(blueprint, {'lisetd': 'officers'})"), "there is no page lisetd"),
    "fails to be made": (_gives("Pages(lambda: 1 // 0, ACCESS)"), "ZeroDivisionError"),
    "no blueprint": (_gives("Pages(lambda: 1, ACCESS)"), "must be a Blueprint called topical"),
    "another's name": (
        _gives("Pages(lambda: Blueprint('case', __name__), {})"), "called topical"),
    "same view twice": (
        _gives("Pages(twice, {})", """
            def twice():
                pages = blueprint()
                pages.add_url_rule("/other", "listed", failing)
                return pages
        """), "AssertionError"),
    "around every request": (
        _gives("Pages(greedy, {})", """
            def greedy():
                pages = blueprint()
                pages.before_app_request(lambda: "mine")
                return pages
        """), "reaches into pages that are not its own"),
    "around every page": (
        _gives("Pages(greedy, {})", """
            def greedy():
                pages = blueprint()
                pages.app_template_filter("initial")(lambda name: 1 // 0)
                return pages
        """), "reaches into pages that are not its own"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "reason"), BAD.values(), ids=BAD)
def test_pages_with_a_fault_are_left_out_and_the_plugin_works_on(
    install: Install, given: str, reason: str
) -> None:
    web = install(given)
    state = next(state for state in runtime().plugins.states if state.name == "topical")
    assert state.state == "active"
    assert reason in state.without_pages
    assert not [rule for rule in web.url_map.iter_rules() if rule.rule.startswith("/topical")]
    assert runtime().plugins.matter("topical.other")
    browser = signed_in(web, FIO)
    assert browser.get("/topical/listed").status_code == 404
    assert web.test_client().get("/healthz").status_code == 200
    with pytest.raises(PluginFaultError, match="pages of plugin topical"):
        install(given, strict=True)


def test_a_plugin_without_pages_lacks_nothing(install: Install) -> None:
    install("")
    assert {state.without_pages for state in runtime().plugins.states} == {""}
