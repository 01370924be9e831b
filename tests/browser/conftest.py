"""Real browsers before a real server: one city and one Chromium for all tests of a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.browser import showcase

from tiji.app import create_app
from tiji.db import connected, db
from tiji.testing.browser import DESK, PHONE, Axe, Visitor, launched, served, visit
from tiji.testing.databases import Databases, wait_for_no_disk
from tiji.testing.pytest_plugin import START

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"

Visit = Callable[..., Visitor]


@dataclass(frozen=True, slots=True)
class Town:
    """A served city: its address, the sessions of its people, and where its cases are."""

    url: str
    sessions: dict[str, str]
    marks: dict[str, str]


@pytest.fixture(scope="session")
def town(
    databases: Databases, template_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """Serve a city with some cases on a Monday at nine."""
    home = databases.copy_home(template_home, tmp_path_factory.mktemp("town") / "home")
    app = create_app(databases.settings(home, START, strict=True))
    with app.app_context(), connected():
        wait_for_no_disk(db.engine)
        showcase.fill_quickly()
        sessions, marks = showcase.sign_everybody_in(), showcase.landmarks()
    environment = {
        **databases.environment(home),
        "TIJI_CLOCK": START.isoformat(),
        "TIJI_STRICT": "1",
        "TIJI_LOG_LEVEL": "error",
    }
    with served(environment) as url:
        yield Town(url, sessions, marks)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Run one browser; each visitor has a context of its own in it."""
    with launched() as browser:
        yield browser


@pytest.fixture
def come(town: Town, browser: Browser) -> Iterator[Visit]:
    """Let somebody come to the city, at a desk or by phone, as one of its people or a client.

    In the end nothing that the policy forbids was tried, no script failed, no dialog opened.
    """
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
