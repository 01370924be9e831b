"""An address of a database with which nothing can be done is answered with what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tiji.cli import main
from tiji.crypto import make_key


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("a file", "unset it"),
        ("mysql://tiji:a-secret@host/tiji", "unset it"),
        ("oracle+nonsense://tiji:a-secret@host/tiji", "unset it"),
        ("postgresql://tiji:a-secret@host/tiji", "needs psycopg"),
        ("postgresql+psycopg2://tiji:a-secret@host/tiji", "needs psycopg2"),
    ],
)
def test_what_cannot_be_reached_is_said_before_anything_is_tried(
    url: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_key(tmp_path / "home")
    monkeypatch.setenv("TIJI_DATABASE_URL", url)
    for package in ("psycopg", "psycopg2", "MySQLdb"):
        monkeypatch.setitem(sys.modules, package, None)
    for command in (["init"], ["case", "list"]):
        result = CliRunner().invoke(main, command)
        assert (result.exit_code, result.stdout) == (1, "")
        assert said in result.stderr
        assert "secret" not in result.stderr
