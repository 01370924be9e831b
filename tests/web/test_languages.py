"""Every page speaks one language: a Chinese page no English of ours, an English one no Chinese."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.integration.cases import DEPUTY, FIO, HEAD, PRINCIPAL, STRANGER, at_station
from tests.web.officers import signed_in
from werkzeug.exceptions import HTTPException

from tiji.testing.browsing import sign_in

pytestmark = pytest.mark.sqlite("pages call what is tested on both")

#: What is read aloud or shown though it is no text.
ATTRIBUTES = ("aria-label", "placeholder", "alt", "data-words", "data-sending", "data-lost")
#: Latin letters that Chinese readers read too: formats, keys, codes, settings, plugins' names.
FOREIGN = re.compile(
    r"[A-Za-z0-9]+[._][\w.]*|\.(?:xlsx?|ods|csv)|\{\w+\}|[A-Z]{2}\d+"
    r"|tiji (?:worker|serve|events)[ a-z-]*"
    r"|\b(?:PDF|Word|Excel|OFD|GBK|MB|EN|English|Enter|Esc|petitions)\b",
    re.ASCII,
)
#: Elements whose words are all ours, whatever the case is about.
OURS = ("button", "legend", "th")
#: Who administers what: no account holds two of the last three.
OFFICES = {FIO: "department_admin", DEPUTY: "system", PRINCIPAL: "security", STRANGER: "audit"}
#: So many pages of each kind are read.
EACH = 2


class _Words(HTMLParser):
    """Read a page: its words with the element that they stand in, and where it leads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.words: list[tuple[str, str]] = []
        self._inside = [""]
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.words += [(name, text) for name in ATTRIBUTES if (text := given.get(name))]
        if tag == "a" and (href := given.get("href")):
            self.links.append(href)
        if tag not in ("input", "meta", "link", "br", "img", "hr", "col", "source"):
            row = tag == "th" and given.get("scope") != "col"
            self._inside.append("row" if row else tag)

    def handle_endtag(self, tag: str) -> None:
        if len(self._inside) > 1:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and self._inside[-1] not in ("script", "style", "noscript"):
            self.words.append((self._inside[-1], " ".join(data.split())))


def _read(
    web: Flask, client: FlaskClient, start: str, language: str, within: str = "/"
) -> Iterator[tuple[str, _Words]]:
    """Walk along the links from a page on; give each page with its words."""
    client.get(f"/?lang={language}")
    waiting, seen, visits = [start], {start}, Counter[str]()
    while waiting:
        path = waiting.pop(0)
        try:
            endpoint, _values = web.url_map.bind("localhost").match(path.partition("?")[0])
        except HTTPException:
            continue
        visits[endpoint] += 1
        if visits[endpoint] > EACH:
            continue
        page = client.get(path, headers={"Accept": "text/html"})
        if page.status_code != 200 or page.mimetype != "text/html":
            continue
        read = _Words(page.text)
        yield path, read
        links = {link.partition("#")[0] for link in read.links}
        found = sorted(links - seen) if visits[endpoint] == 1 else []
        waiting += [link for link in found if link.startswith(within) and "lang=" not in link]
        seen |= links


def _pages(web: Flask, language: str) -> list[tuple[str, _Words]]:
    """Read what the public, an officer and each administrator come to."""
    officer = signed_in(web, HEAD)
    walks = [
        *_read(web, web.test_client(), "/", language),
        *_read(web, officer, f"/cases/{at_station(2)}", language),
    ]
    for who, role in OFFICES.items():
        client = web.test_client()
        sign_in(client, who, role, department="housing" if role == "department_admin" else None)
        walks += _read(web, client, "/account", language, within="/administration")
    assert len({path.split("/")[1] for path, _words in walks}) > 10
    return walks


def test_a_chinese_page_has_no_english_words(web: Flask) -> None:
    left = {
        (path, text)
        for path, page in _pages(web, "zh")
        for _element, text in page.words
        if re.search(r"[A-Za-z]{2,}", FOREIGN.sub("", text))
    }
    assert left == set()


def test_an_english_page_has_no_chinese_of_ours(web: Flask) -> None:
    left = {
        (path, text)
        for path, page in _pages(web, "en")
        for element, text in page.words
        if element in OURS and re.search("[\u4e00-\u9fff]", text)
    }
    assert left == set()
