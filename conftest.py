"""Keep the caller's settings out of every test, and show what was measured in the end."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

# Read here: inside a test the TIJI_* settings of the caller are gone.
LONG = "TIJI_TEST_LONG" in os.environ


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Start each test without TIJI_* settings, with messages in English."""
    for name in [name for name in os.environ if name.startswith("TIJI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TIJI_LANG", "en")
    monkeypatch.setenv("TIJI_HOME", str(tmp_path / "home"))


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Give a way to tell a figure that was measured; a long run ends with all of them."""

    def tell(what: str) -> None:
        request.node.user_properties.append(("figure", what))

    return tell


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what a long run measured."""
    told = [
        f"{report.nodeid.rpartition('/')[2]}: {what}"
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, what in report.user_properties
        if name == "figure"
    ]
    if LONG and told:
        terminalreporter.section("figures")
        for line in sorted(told):
            terminalreporter.write_line(line)
