"""Templates keep the policy of the pages: no style or script in them, nothing unescaped (S17)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    path
    for folder in ("core", "plugins")
    for path in (ROOT / folder).rglob("*.html")
    if "templates" in path.parts
)
FORBIDDEN = {
    "a style attribute": re.compile(r"\sstyle\s*="),
    "an event attribute": re.compile(r"<[^>{]*\son[a-z]+\s*=", re.IGNORECASE),
    "a script in the page": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "a style in the page": re.compile(r"<style", re.IGNORECASE),
    "an unescaped value": re.compile(r"\|\s*safe\b|autoescape"),
    "an address of another site": re.compile(r"(?:href|src|action)=\"https?:"),
    "a button that is not of the house": re.compile(r"hx-(?:on|vars)\b"),
}
CHINESE = re.compile("[\u4e00-\u9fff]")
#: The language's own name stands in it.
NAMES_OF_LANGUAGES = {"_langs.html"}


def test_there_are_templates() -> None:
    assert len(TEMPLATES) > 20


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_keeps_the_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = [
        f"{what}: {match[0]}" for what, rule in FORBIDDEN.items() for match in rule.finditer(text)
    ]
    if path.name not in NAMES_OF_LANGUAGES:
        found += [f"Chinese outside the catalogue: {sign}" for sign in CHINESE.findall(text)]
    assert found == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_each_form_that_changes_something_has_a_token(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, re.DOTALL):
        assert "token()" in form or "csrf_token" in form, form[:200]


def test_no_python_marks_a_text_as_safe() -> None:
    marked = [
        str(path.relative_to(ROOT))
        for folder in ("core", "plugins")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"\bMarkup\(", path.read_text(encoding="utf-8"))
    ]
    assert marked == []


def test_no_plugin_restyles_what_is_the_house_s() -> None:
    """The ladder, the actions and the lights look the same everywhere."""
    ours = re.compile(r"\.(?:ladder|step|spark|light|meter|acttab|pl)(?![\w])(?:--|__)?")
    restyled = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in (ROOT / "plugins").rglob("*.css")
        for match in ours.finditer(path.read_text(encoding="utf-8"))
    ]
    assert restyled == []
