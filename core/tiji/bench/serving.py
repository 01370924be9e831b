"""What opening a case over HTTP costs a real server, eight clients at once, beside a bare one."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode

from sqlalchemy import select

from tiji.bench import places
from tiji.bench.dataset import some_title
from tiji.bench.figures import Bench, Figure, quantile, statements
from tiji.bench.pages import signed_in
from tiji.clock import SystemClock
from tiji.config import Settings
from tiji.db import connected, db
from tiji.people.model import Post
from tiji.runtime import runtime
from tiji.stations.rules import SEAT
from tiji.web.app import create_web
from tiji.web.viewer import COOKIE

CLIENTS, CASES = 8, 400
#: Target 9: at least a quarter of what bare does, that is bare at most so many times ours.
MOST_TIMES = 4.0
STARTS_S = 60.0
CONTENT = "开发单位已注销，三十户无法办证，多次反映未果。"
_BARE = """
import sys
from granian import Granian
from granian.constants import Interfaces
Granian("tiji.bench.bare:serving", address="127.0.0.1", port=int(sys.argv[1]),
        interface=Interfaces.WSGI, factory=True, workers=1, blocking_threads=8, backpressure=256,
        log_enabled=False).serve()
"""
_OURS = "from tiji.cli import main; main()"


@dataclass(slots=True)
class Served:
    """What clients noted together: seconds of each request, how many failed, the server's work."""

    seconds: list[float]
    failed: int
    whole: float
    cpu: float

    @property
    def rate(self) -> float:
        """Cases a second."""
        return len(self.seconds) / self.whole

    @property
    def cpu_ms(self) -> float:
        """Processor time of the server for one case."""
        return self.cpu * 1000 / max(1, len(self.seconds))


def _rate(served: Served) -> float:
    return served.rate


Form = Callable[[], bytes]


def measure(bench: Bench, settings: Settings) -> None:
    """Let eight officers register cases as fast as they can, and eight clients of the bare one."""
    runtime().clock = SystemClock()  # as the server's
    count = bench.amount(CASES) // CLIENTS
    officers = _officers()
    tokens = [signed_in(code) for code in officers]
    _statements(bench, settings, tokens[0])
    db.session.rollback()
    bare, ours = _bare(settings.home, count), _ours(settings, tokens, count)
    for _round in range(1, bench.rounds):  # what else runs on the machine only takes away
        bare = max(bare, _bare(settings.home, count), key=_rate)
        again = _ours(settings, tokens, count)
        again.failed += ours.failed
        ours = max(ours, again, key=_rate)
    for label, one in (("bare", bare), ("Tiji", ours)):
        bench.add(Figure("opening", f"{label}: p50", quantile(one.seconds, 0.5) * 1000, "ms"))
        bench.add(Figure("opening", f"{label}: p95", quantile(one.seconds, 0.95) * 1000, "ms"))
    bench.add(Figure("opening", f"{CLIENTS} clients: cases a second", ours.rate, "/s", bare.rate,
                     ours.rate / bare.rate))  # fmt: skip
    bench.add(Figure("opening", f"{CLIENTS} clients: bare's rate against Tiji's", bare.rate, "/s",
                     ours.rate, bare.rate / ours.rate, MOST_TIMES))  # fmt: skip
    bench.add(Figure("opening", "processor time of the server for one case", ours.cpu_ms, "ms CPU",
                     bare.cpu_ms, ours.cpu_ms / max(bare.cpu_ms, 0.001)))  # fmt: skip
    bench.add(Figure("opening", "failed (a lock, or anything else)", ours.failed, "cases", most=0))


def _officers() -> list[str]:
    first = select(Post.officer).where(Post.station == SEAT["first"]).distinct()
    return list(db.session.scalars(first.order_by(Post.officer).limit(CLIENTS)))


def _form(matter: str, csrf: str) -> Form:
    def form() -> bytes:
        return urlencode(
            {
                "csrf_token": csrf,
                "token": secrets.token_hex(16),
                "kind": "citizen",
                "name": "张某某",
                "title": some_title(secrets.randbelow(10**9)),
                "content": CONTENT,
                "matter": matter,
                "anyway": "1",
            }
        ).encode()

    return form


def _statements(bench: Bench, settings: Settings, token: str) -> None:
    """Count what one case asks of the database, sign-in included."""
    web = create_web(replace(settings, deliver="worker"))  # what a worker writes is its own
    with web.app_context(), connected():
        browser = web.test_client()
        browser.set_cookie(COOKIE, token)
        csrf = _csrf(browser.get("/register", headers={"Accept": "text/html"}).text)
        form = _form(places.some_matter(), csrf)
        headers = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}
        for _again in range(2):
            with statements() as seen:
                answer = browser.post("/register", data=form(), headers=headers)
            assert answer.status_code == 303, answer.text[:500]
    begun = [text for text, _values in seen if text.startswith("BEGIN")]
    bench.add(Figure("opening", "statements for one case, sign-in and receipt included",
                     len(seen) - len(begun), "statements"))  # fmt: skip
    bench.add(Figure("opening", "commits for one case", len(begun), "commits", most=1))


def _csrf(page: str) -> str:
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]


def _ours(settings: Settings, tokens: Sequence[str], count: int) -> Served:
    environment = {"TIJI_HOME": str(settings.home), "TIJI_DATABASE_URL": settings.database_url,
                   "TIJI_LOG_LEVEL": "error", "TIJI_DELIVER": settings.deliver}  # fmt: skip
    matter = places.some_matter()
    with _running(_OURS, ("serve", "--port"), environment) as (port, process):

        def enter(client: int) -> tuple[str, str, Form]:
            session = f"{COOKIE}={tokens[client % len(tokens)]}"
            page, cookies = _get(port, "/register", session)
            return "/register", f"{session}; {cookies}", _form(matter, _csrf(page))

        return _together(port, process, enter, count, good=303)


def _bare(home: Path, count: int) -> Served:
    environment = {"BARE_URL": f"sqlite:///{home / 'bare.db'}"}
    with _running(_BARE, (), environment) as (port, process):

        def enter(client: int) -> tuple[str, str, Form]:
            _page, cookies = _get(port, f"/login/officer{client}", "")

            def form() -> bytes:
                return urlencode(
                    {
                        "name": "张某某", "kind": "citizen", "phone": "13800000000",
                        "matter": "matter", "department": "office",
                        "title": some_title(secrets.randbelow(10**9)), "content": CONTENT,
                        "opened_at": "2026-11-23T09:00:00", "due_at": "2026-11-24T17:30:00",
                    }
                ).encode()  # fmt: skip

            return "/cases", cookies, form

        return _together(port, process, enter, count, good=201)


@contextmanager
def _running(
    program: str, words: Sequence[str], environment: dict[str, str]
) -> Iterator[tuple[int, int]]:
    """Run a server; give its port and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    others = {name: value for name, value in os.environ.items() if not name.startswith("TIJI_")}
    process = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-c", program, *words, str(port)],
        env={**others, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STARTS_S)


def _wait(port: int) -> None:
    until = time.monotonic() + STARTS_S
    while time.monotonic() < until:
        try:
            _get(port, "/healthz", "")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server did not come up")


def _get(port: int, path: str, cookie: str) -> tuple[str, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=STARTS_S)
    connection.request("GET", path, headers={"Cookie": cookie, "Accept": "text/html"})
    answer = connection.getresponse()
    cookies = [text.partition(";")[0] for text in answer.headers.get_all("Set-Cookie") or []]
    page = answer.read().decode()
    connection.close()
    return page, "; ".join(cookies)


def _together(
    port: int, process: int, enter: Callable[[int], tuple[str, str, Form]], count: int, good: int
) -> Served:
    """Let all clients begin at one moment, each on a connection that it keeps."""
    clients = [enter(client) for client in range(CLIENTS)]
    served = Served([], 0, 0, 0)

    def work(client: int, count: int = count) -> None:
        path, cookie, form = clients[client]
        headers = {"Cookie": cookie, "Accept": "text/html",
                   "Content-Type": "application/x-www-form-urlencoded"}  # fmt: skip
        connection = HTTPConnection("127.0.0.1", port, timeout=STARTS_S)
        for _no in range(count):
            begun = time.perf_counter()
            connection.request("POST", path, form(), headers)
            answer = connection.getresponse()
            answer.read()
            served.seconds.append(time.perf_counter() - begun)
            served.failed += answer.status != good

    for client in range(CLIENTS):
        work(client, 3)  # statements and templates are made with the first
    served.seconds.clear()
    threads = [Thread(target=work, args=(client,)) for client in range(CLIENTS)]
    cpu, wall = _cpu(process), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    served.whole, served.cpu = time.perf_counter() - wall, _cpu(process) - cpu
    return served


def _cpu(process: int) -> float:
    """Give the processor time of a process and of its children, as Linux tells it; else nothing."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return 0.0
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(_cpu(int(child)) for child in children)
