"""What a page costs, sign-in and templates included, beside a bare page of the same run."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any
from urllib.parse import quote

from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import func, select

from tiji.accounts import passwords
from tiji.accounts.actions import grant_role, set_password, sign_in
from tiji.accounts.rules import Viewer
from tiji.bench.bare import bare_app
from tiji.bench.dataset import NOW, WORD, City
from tiji.bench.figures import Bench, Figure, Taken, statements, taken_each
from tiji.bench.places import go_to
from tiji.cases.finding import find
from tiji.cases.model import CaseRow
from tiji.config import Settings
from tiji.db import connected, db
from tiji.people.queries import officer
from tiji.runtime import runtime
from tiji.web.app import create_web
from tiji.web.viewer import COOKIE

TIMES = 30
#: Targets 7, 8 and 10: page against bare, many cases against few, statements, search alike.
MOST_BARE, FLAT, FLAT_SEARCH = 3.0, 1.2, 1.5
STATEMENTS = {"desk": 6, "case": 12}
ROWS = (25, 100)
Ask = Callable[[str], bytes]
Write = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Asked:
    """What one page took, the bare page beside it, and its statements.

    ``compiled`` is the bare page of a template that is read once.
    """

    page: Taken
    bare: Taken
    compiled: Taken
    statements: int


def measure(bench: Bench, city: City, settings: Settings) -> dict[tuple[str, int], Asked]:
    """Ask for the workbench, a case, its glance and the search, and for the bare page as often."""
    go_to(NOW)
    web = create_web(replace(settings, fixed_at=runtime().clock.now()))
    with web.app_context(), connected():
        code = city.officers[len(city.officers) // 2]
        ask, bare = _asking(web, signed_in(code)), _asking_bare(settings.database_url, code)
        number = db.session.scalar(
            select(CaseRow.number).where(CaseRow.holder == code).order_by(CaseRow.id)
        )
        found = {}
        for rows in ROWS:
            found["desk", rows] = _asked(bench, ask, f"/desk?rows={rows}", bare, rows)
        for name, path in _paths(number or ""):
            found[name, 25] = _asked(bench, ask, path, bare)
        if city.cases == max(bench.sizes):
            _recall(bench, code)
        db.session.rollback()
    return found


def _paths(number: str) -> Iterable[tuple[str, str]]:
    yield "desk of the department", "/desk?of=department"
    yield "desk of the city", "/desk?of=all"
    yield "desk, answered", "/desk?view=answered"
    yield "desk, closed", "/desk?view=over"
    yield "counts", "/desk/counts"
    yield "glance", f"/desk/peek/{number}"
    yield "case", f"/cases/{number}"
    yield "search", f"/search?q={quote(WORD)}"


def signed_in(code: str) -> str:
    """Let an officer sign in who may see everything; give the session's token."""
    costly, passwords.hasher = passwords.hasher, PasswordHasher(1, 8, 1)
    password = secrets.token_hex()
    set_password(code, password, must_change=False)
    grant_role(code, "efficiency", None)
    token = sign_in(code, password).token
    passwords.hasher = costly
    return token


def _asking(web: Flask, token: str) -> Ask:
    """Ask with what a browser sends that has been there before: both of its cookies."""
    browser = web.test_client()
    browser.set_cookie(COOKIE, token)
    given = browser.get("/desk").headers.getlist("Set-Cookie")
    own = [cookie.partition(";")[0] for cookie in given]
    return _caller(web, "; ".join([f"{COOKIE}={token}", *own]))


def _asking_bare(url: str, code: str) -> Ask:
    app = bare_app(url)
    answer = app.test_client().get(f"/login/{code}")
    return _caller(app, answer.headers["Set-Cookie"].partition(";")[0])


def _caller(app: Flask, cookie: str) -> Ask:
    """Give a way to ask an application as a server does, without a test client's own work."""

    def ask(path: str) -> bytes:
        where, _mark, query = path.partition("?")
        said: list[str | bytes] = []
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET", "PATH_INFO": where, "QUERY_STRING": query, "SCRIPT_NAME": "",
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1", "HTTP_ACCEPT": "text/html",
            "HTTP_COOKIE": cookie, "wsgi.url_scheme": "http", "wsgi.input": BytesIO(),
            "wsgi.errors": None, "wsgi.multithread": True, "wsgi.version": (1, 0),
        }  # fmt: skip

        def start(status: str, _headers: object, _error: object = None, /) -> Write:
            said.append(status)
            return said.append

        answer = app.wsgi_app(environ, start)
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        assert said[0] == "200 OK", (path, said, body[:200])
        return body

    return ask


def _asked(bench: Bench, ask: Ask, path: str, bare: Ask, rows: int = 25) -> Asked:
    ask(path)
    with statements() as seen:
        ask(path)
    page, floor, compiled = Taken(), Taken(), Taken()
    plain = f"/list?rows={rows}"
    with bench.profiled(path):
        for _round in range(bench.rounds + 2):
            floor = floor.least(taken_each(lambda: bare(plain), TIMES))
            page = page.least(taken_each(lambda: ask(path), TIMES))
            compiled = compiled.least(taken_each(lambda: bare(f"{plain}&compiled"), TIMES))
    asked = [one for one in seen if not one[0].startswith("BEGIN")]
    return Asked(page, floor, compiled, len(asked))


def _recall(bench: Bench, code: str) -> None:
    """Turn all pages of a search, and ask whether LIKE finds any more."""
    known = officer(code)
    assert known
    who = Viewer(code, known.name, known.department, frozenset({"efficiency"}))
    found: set[str] = set()
    after = None
    while True:
        page = find(who, WORD, limit=2000, after=after)
        found |= {case["number"] for case in page["cases"]}
        after = page["next"]
        if after is None:
            break
    like = CaseRow.title.like(f"%{WORD}%") | CaseRow.content.like(f"%{WORD}%")
    wanted = db.session.scalar(select(func.count()).where(like)) or 0
    bench.add(Figure("pages", f"search: missed of {wanted:,} that LIKE finds",
                     wanted - len(found), "cases", most=0))  # fmt: skip


def figures(bench: Bench, measured: dict[tuple[int, str, int], Asked]) -> None:
    """Report pages by (cases, name, rows)."""
    sizes: Sequence[int] = sorted({cases for cases, _name, _rows in measured})
    for (cases, name, rows), asked in measured.items():
        usual = name in ("desk", "case", "search") and rows == ROWS[0]
        bench.add(Figure(
            "pages", f"{name}, {rows} of {cases:,}", asked.page.cpu_ms, "ms CPU",
            asked.bare.cpu_ms, asked.page.cpu_ms / asked.bare.cpu_ms,
            MOST_BARE if usual else None, asked.page.wall_ms, asked.statements,
        ))  # fmt: skip
    few, many = sizes[0], sizes[-1]
    for name in dict.fromkeys(name for _cases, name, _rows in measured):
        small, large = measured[few, name, ROWS[0]], measured[many, name, ROWS[0]]
        bench.add(Figure(
            "pages", f"{name}: {many:,} against {few:,}", large.page.cpu_ms, "ms CPU",
            small.page.cpu_ms, large.page.cpu_ms / small.page.cpu_ms,
            FLAT_SEARCH if name == "search" else FLAT,
        ))  # fmt: skip
    for (cases, name, rows), asked in measured.items():
        if name in ("desk", "case", "search"):
            bench.add(Figure(
                "pages", f"{name}, {rows} of {cases:,}, bare page's template read once",
                asked.page.cpu_ms, "ms CPU", asked.compiled.cpu_ms,
                asked.page.cpu_ms / asked.compiled.cpu_ms,
            ))  # fmt: skip
    for name, most in STATEMENTS.items():
        many_of = max(one.statements for (_c, page, _r), one in measured.items() if page == name)
        bench.add(Figure("pages", f"{name}: statements", many_of, "statements", most=most))
