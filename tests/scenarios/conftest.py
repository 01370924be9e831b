"""The command line as a city's officers use it, on a home that begins with nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

import pytest
from click.testing import CliRunner

from tiji.cli import main


class Tiji(Protocol):
    """Run ``tiji`` at a moment; give its JSON (or text), after checking the exit code."""

    def __call__(self, *args: str, at: str = ..., code: int = ...) -> Any:
        """Run one command."""


@pytest.fixture
def tiji(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tiji:
    """Run commands one after another, each as a program of its own would."""
    monkeypatch.setenv("TIJI_HOME", str(tmp_path / "home"))

    def run(*args: str, at: str = "2026-11-23T09:00", code: int = 0) -> Any:
        monkeypatch.setenv("TIJI_CLOCK", at)
        result = CliRunner().invoke(main, list(args))
        assert result.exit_code == code, (args, result.output, result.exception)
        assert "Traceback" not in result.output
        if code in (0, 3) and "--json" in args:
            return json.loads(result.stdout)
        return result.output

    return run
