"""Log lines: one JSON object each, with what is bound, and no word that a person said."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator

import pytest

from tiji import logs

log = logs.Log("tiji.tests")
WORDS = "张某某 13812345678"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave the process's logging as it was."""
    root, ours = logging.getLogger(), logging.getLogger("tiji")
    handlers, level = root.handlers[:], ours.level
    yield
    root.handlers[:] = handlers
    ours.setLevel(level)


def read(text: str) -> list[dict[str, object]]:
    """Read lines of JSON."""
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_has_time_level_event_and_what_is_bound(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start("info", "json")
    with logs.bound(case="TJ2026000001", officer="housing_fio"):
        with logs.bound(officer="housing_head1"):
            log.info("action done", action="take", ms=1.5)
        log.warning("slow")
    log.info("nothing bound")
    first, second, third = read(capsys.readouterr().err)
    assert str(first.pop("time")).endswith("+08:00")
    assert first == {
        "level": "info", "logger": "tiji.tests", "event": "action done", "action": "take",
        "case": "TJ2026000001", "officer": "housing_head1", "ms": 1.5,
    }  # fmt: skip
    assert (second["level"], second["officer"]) == ("warning", "housing_fio")
    assert "case" not in third


def test_an_exception_is_its_type_and_our_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start("info", "json")
    try:
        logs.start("no such level")
    except ValueError as error:
        error.args = (WORDS,)
        log.error("failed", error=error)
        logging.getLogger("somebody.else").error("it broke", exc_info=True)
    text = capsys.readouterr().err
    assert WORDS not in text
    for line in read(text):
        assert line["error"] == "ValueError"
        assert str(line["at"]).startswith("tiji.logs:")


def test_a_database_error_says_its_own_name(app, capsys: pytest.CaptureFixture[str]) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    from tiji.db import db

    logs.start("info", "json")
    with pytest.raises(DBAPIError) as caught:
        db.session.execute(text("select * from nowhere where x = :x"), {"x": WORDS})
    log.error("failed", error=caught.value)
    (line,) = read(capsys.readouterr().err)
    assert line["code"] in ("SQLITE_ERROR", "42P01")
    assert WORDS not in str(line)


@pytest.mark.parametrize("typed", [WORDS, "13812345678", "340000190001010001", "", "a" * 65])
def test_what_is_no_code_is_not_written(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.start("info", "json")
    with logs.bound(case=typed, officer=typed):
        log.info("action refused")
    (line,) = read(capsys.readouterr().err)
    assert (line["case"], line["officer"]) == ("?", "?")


def test_people_get_text(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start("info", "text")
    with logs.bound(case="TJ2026000001"):
        log.info("action done", action="take")
    (line,) = capsys.readouterr().err.splitlines()
    assert "action done" in line
    assert "case=TJ2026000001" in line
    assert "\x1b" not in line, "no colours where there is no terminal"


def test_a_second_start_changes_level_and_style_and_doubles_no_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.start("info", "json")
    logs.start("warning", "json", again=False)
    log.info("still")
    logs.start("warning", "json")
    log.info("silent")
    log.warning("loud")
    assert [line["event"] for line in read(capsys.readouterr().err)] == ["still", "loud"]


def test_threads_do_not_see_each_others_cases(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start("info", "json")
    bound, said = threading.Event(), threading.Event()

    def other() -> None:
        with logs.bound(case="TJ2026000002"):
            bound.set()
            said.wait(10)
            log.info("mine")

    thread = threading.Thread(target=other)
    with logs.bound(case="TJ2026000001"):
        thread.start()
        assert bound.wait(10)
        log.info("mine")
        said.set()
        thread.join()
    cases = [line["case"] for line in read(capsys.readouterr().err)]
    assert cases == ["TJ2026000001", "TJ2026000002"]
