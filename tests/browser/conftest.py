"""Real browsers before a real server: one city and one Chromium for all tests of a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.browser import showcase

from tiji.app import create_app
from tiji.db import connected, db
from tiji.testing.browser import (
    DESK,
    PATIENCE_MS,
    PHONE,
    Axe,
    Server,
    Visitor,
    launched,
    served,
    visit,
)
from tiji.testing.databases import Databases, wait_for_no_disk
from tiji.testing.pytest_plugin import START

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"

Visit = Callable[..., Visitor]


@dataclass(slots=True)
class Prepared:
    """A city that nobody serves: its home, its people's sessions, and where its cases are."""

    home: Path
    sessions: dict[str, str]
    marks: dict[str, str]


@dataclass(slots=True)
class Town:
    """A served city; ``later`` lets time pass in it."""

    server: Server
    sessions: dict[str, str]
    marks: dict[str, str]

    @property
    def url(self) -> str:
        """Give the address at which it is served."""
        return self.server.url

    def later(self, by: timedelta) -> None:
        """Serve it again at a later moment; who had signed in may have to sign in anew."""
        self.server.stop()
        self.server.start(TIJI_CLOCK=(START + by).isoformat())


@pytest.fixture(scope="session")
def prepared(
    databases: Databases, template_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Prepared:
    """Make a city with some cases, on a Monday at nine."""
    home = databases.copy_home(template_home, tmp_path_factory.mktemp("prepared") / "home")
    app = create_app(databases.settings(home, START, strict=True))
    with app.app_context(), connected():
        wait_for_no_disk(db.engine)
        showcase.fill_quickly()
        marks = showcase.landmarks()
        marks |= showcase.mark("to_refuse", showcase.bring_to_the_principal())
        return Prepared(home, showcase.sign_everybody_in(), marks)


@contextmanager
def serving(databases: Databases, prepared: Prepared, home: Path) -> Iterator[Town]:
    """Serve a copy of the prepared city."""
    databases.copy_home(prepared.home, home)
    environment = {
        **databases.environment(home),
        "TIJI_CLOCK": START.isoformat(),
        "TIJI_STRICT": "1",
        "TIJI_LOG_LEVEL": "error",
    }
    with served(environment) as server:
        yield Town(server, prepared.sessions, prepared.marks)


@pytest.fixture(scope="session")
def town(
    databases: Databases, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """Give the city that tests share; they leave its time and each other's cases alone."""
    with serving(databases, prepared, tmp_path_factory.mktemp("town") / "home") as town:
        yield town


@pytest.fixture
def own_town(databases: Databases, prepared: Prepared, tmp_path: Path) -> Iterator[Town]:
    """Give a city of the test's own, in which time may pass."""
    with serving(databases, prepared, tmp_path / "town") as town:
        yield town


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Run one browser; each visitor has a context of its own in it."""
    expect.set_options(timeout=PATIENCE_MS)
    with launched() as browser:
        yield browser


@pytest.fixture
def come(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Visit]:
    """Let somebody come to the city, at a desk or by phone, as one of its people or a client.

    In the end nothing that the policy forbids was tried, no script failed, no dialog opened.
    """
    own = "own_town" in request.fixturenames
    town: Town = request.getfixturevalue("own_town" if own else "town")
    visitors: list[Visitor] = []

    def come(who: str | None = None, *, phone: bool = False, language: str = "en-GB") -> Visitor:
        token = town.sessions[who] if who else None
        size = PHONE if phone else DESK
        visitors.append(visit(browser, town.url, size=size, token=token, language=language))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.context.close()
    assert [fault for visitor in visitors for fault in visitor.faults] == []


@pytest.fixture(scope="session")
def axe() -> Axe:
    """Give the judge of accessibility."""
    return Axe(AXE)
