"""Keep the caller's settings out of every test; fixtures come from ``tiji.testing``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Start each test without TIJI_* settings, with messages in English."""
    for name in [name for name in os.environ if name.startswith("TIJI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TIJI_LANG", "en")
    monkeypatch.setenv("TIJI_HOME", str(tmp_path / "home"))
