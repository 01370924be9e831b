"""The demo city driven as people drive it: by its commands, at a moment that a test sets."""

from __future__ import annotations

import json
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from click import Command
from click.testing import CliRunner, Result

MORNING = "2026-11-23T09:00+08:00"


class City:
    """Run commands on a database of the test's own; ``at`` is the moment of the next one."""

    def __init__(self, home: Path) -> None:
        (script,) = entry_points(group="console_scripts", name="tiji")
        self._main: Command = script.load()
        self.home = home
        self.at = MORNING

    @property
    def env(self) -> dict[str, str]:
        """What a command finds in its environment."""
        return {"TIJI_CLOCK": self.at, "TIJI_HOME": str(self.home)}

    def run(self, *args: str, code: int = 0) -> Result:
        """Run a command; its exit code is checked."""
        result = CliRunner().invoke(self._main, args, env=self.env)
        assert result.exit_code == code, result.output
        return result

    def json(self, *args: str, code: int = 0) -> Any:
        """Run a command and read what it prints."""
        return json.loads(self.run(*args, "--json", code=code).stdout)
