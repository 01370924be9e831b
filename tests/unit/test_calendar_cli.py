"""The command ``tiji calendar due``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tiji.cli import main


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TIJI_HOME", str(tmp_path))
    monkeypatch.setenv("TIJI_LANG", "en")
    return tmp_path


def due(*args: str) -> Result:
    return CliRunner().invoke(main, ["calendar", "due", *args])


@pytest.mark.parametrize("start", ["2026-09-24", "2026/9/24", "2026.9.24", "2026年9月24日"])
def test_a_date_is_read_as_people_write_it(start: str) -> None:
    result = due(start, "5", "--json")
    assert result.exit_code == 0
    assert json.loads(result.output) == {"due": "2026-10-09", "provisional": False}


def test_natural_days_roll_forward() -> None:
    result = due("2026-09-16", "60", "--natural", "--json")
    assert json.loads(result.output) == {"due": "2026-11-16", "provisional": False}


def test_people_get_a_sentence_and_no_warning_for_a_published_year() -> None:
    result = due("2026-09-24", "5")
    assert "2026-10-09 at 17:30" in result.stdout
    assert result.stderr == ""


def test_an_unpublished_year_is_warned_of_until_its_list_is_put_down(home: Path) -> None:
    result = due("2098-12-31", "1")
    assert result.exit_code == 0
    assert "list for 2099 is not published yet" in result.stderr
    assert json.loads(due("2098-12-31", "1", "--json").output)["provisional"] is True
    (home / "calendars").mkdir()
    (home / "calendars" / "cn-2099.toml").write_text('[years.2099]\nrest = ["2099-01-01"]')
    assert json.loads(due("2098-12-31", "1", "--json").output)["provisional"] is False


@pytest.mark.parametrize(
    ("args", "advice"),
    [
        (("2026-02-30", "5"), "write it like 2026-09-24"),
        (("tomorrow", "5"), "write it like 2026-09-24"),
        (("2026-09-24", "0"), "from 1 to 5000"),
        (("2026-09-24", "-1"), "from 1 to 5000"),
        (("2026-09-24", "5001"), "from 1 to 5000"),
        (("2026-09-24", "five"), "integer"),
        (("9999-12-31", "5"), "check the date"),
    ],
)
def test_bad_input_says_what_to_do(args: tuple[str, str], advice: str) -> None:
    result = due(*args)
    assert result.exit_code == 2
    assert advice in result.stderr


def test_a_faulty_override_file_is_named(home: Path) -> None:
    (home / "calendars").mkdir()
    (home / "calendars" / "city.toml").write_text("[day]")
    result = due("2026-09-24", "5")
    assert result.exit_code == 2
    assert "city.toml: day: unknown key" in result.stderr


@pytest.mark.parametrize("command", [[], ["due"]])
def test_help_has_an_example(command: list[str]) -> None:
    result = CliRunner().invoke(main, ["calendar", *command, "--help"])
    assert "Example: tiji calendar due 2026-09-24 5" in result.output
