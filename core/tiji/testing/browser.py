"""A real browser before a real server: what tests of pages and their pictures share."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

#: What the caller chose; read here, for inside a test the TIJI_* settings are gone.
CHOSEN = os.environ.get("TIJI_CHROMIUM")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "There is no Chromium to look at pages with: run scripts/test, which installs one, or set "
    "TIJI_CHROMIUM to its path."
)
#: It runs as root in containers, talks to nobody but our server, and updates nothing.
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
)
#: The two widths for which pages are drawn: an office's screen, and a phone.
DESK, PHONE = (1440, 900), (390, 844)
PATIENCE_S = 60.0
#: A page that fails says so soon, not after half a minute.
PATIENCE_MS = 15_000

_PROGRAM = "from tiji.cli import main; main()"
#: Tells of what the content policy forbade: also what a script swallowed.
_TELL = """
document.addEventListener("securitypolicyviolation", (event) =>
  window.tijiForbidden(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


class NoBrowserError(Exception):
    """Say that there is no Chromium here, and what to do."""


def chromium() -> str:
    """Give the path of a Chromium: the caller's, or the system's; Playwright's own comes last."""
    if CHOSEN:
        return CHOSEN
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return found
    with sync_playwright() as browsers:
        own = browsers.chromium.executable_path
    if not Path(own).exists():
        raise NoBrowserError(MISSING)
    return own


@contextmanager
def launched() -> Iterator[Browser]:
    """Run a browser without a window."""
    path = chromium()
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """``tiji serve`` with settings of its own, on one port each time it is started."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._port = free_port()
        self._process: subprocess.Popen[str] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self, **settings: str) -> None:
        """Start it, with settings changed for good, and wait until it answers."""
        self._environment |= settings
        others = {name: value for name, value in os.environ.items() if name[:5] != "TIJI_"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, "serve", "--port", str(self._port)],
            env={**others, **self._environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        _wait_until_it_answers(self._process, self._port)

    def stop(self) -> None:
        """Stop it; no process of it lives on."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=PATIENCE_S)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def served(environment: Mapping[str, str]) -> Iterator[Server]:
    """Run a server for a while."""
    server = Server(environment)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _wait_until_it_answers(process: subprocess.Popen[str], port: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as connection:
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"tiji serve did not come up: {process.communicate(timeout=5)[1]}")


@dataclass(slots=True)
class Visitor:
    """A browser's window of somebody: its pages, and whatever went wrong on them.

    ``faults`` holds what the content policy forbade, errors that no script caught, and dialogs.
    """

    context: BrowserContext
    url: str
    faults: list[str] = field(default_factory=list)

    def page(self, path: str = "") -> Page:
        """Open a page of the site."""
        page = self.context.new_page()
        if path:
            self.go(page, path)
        return page

    def go(self, page: Page, path: str) -> None:
        """Lead a page to a path of the site, and wait until its scripts have run."""
        page.goto(self.url + path, wait_until="load")

    def leave(self) -> None:
        """Close all windows."""
        self.context.close()


def visit(
    browser: Browser,
    url: str,
    *,
    size: tuple[int, int] = DESK,
    token: str | None = None,
    language: str = "en-GB",
) -> Visitor:
    """Come to a site with a browser of one's own; ``token`` is the session of who signed in."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        is_mobile=size == PHONE,
        has_touch=size == PHONE,
        locale=language,
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    if token:
        cookie = {"name": "tiji_session", "value": token, "url": url}
        context.add_cookies([cookie])  # type: ignore[list-item]
    visitor = Visitor(context, url)
    _watch(visitor)
    return visitor


def _watch(visitor: Visitor) -> None:
    context, faults = visitor.context, visitor.faults

    def forbidden(_source: Any, what: str) -> None:
        faults.append(f"forbidden by the policy: {what}")

    def said(message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            faults.append(f"console: {message.text}")

    def asked(dialog: Any) -> None:
        faults.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    context.expose_binding("tijiForbidden", forbidden)
    context.add_init_script(_TELL)
    context.on("console", said)
    context.on("weberror", lambda error: faults.append(f"uncaught: {error.error}"))
    context.on("dialog", asked)
    context.on("response", lambda answer: _note(answer, faults))


def _note(answer: Any, faults: list[str]) -> None:
    if answer.status >= 500:
        faults.append(f"{answer.status} from {answer.url}")


def overflow(page: Page) -> int:
    """Give by how many pixels a page is wider than its window: then it scrolls sideways."""
    return int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )


class Axe:
    """Ask axe-core what keeps people from using a page."""

    def __init__(self, script: Path) -> None:
        self._script = script.read_text(encoding="utf-8")

    def faults(self, page: Page) -> list[str]:
        """List what is serious or critical: the rule, and where."""
        # Into a world of its own: the page's content policy stays as it is.
        page.evaluate(self._script)
        found: dict[str, Any] = page.evaluate(
            "axe.run(document, {resultTypes: ['violations'], runOnly: "
            "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
        )
        return [
            f"{fault['id']}: {fault['help']}: {json.dumps(node['target'])} {node['html'][:120]}"
            for fault in found["violations"]
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"][:3]
        ]
