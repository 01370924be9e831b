"""The inbox: a platform's export is taken in by a worker, once, and nothing of it is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tiji_data_bureau.plugin import tiji_jobs

Write = Callable[..., Path]


@pytest.fixture
def inbox(city: Any) -> Any:
    """Give the folder in the city's home."""
    path = city.home / "inbox" / "data_bureau"
    path.mkdir(parents=True)
    return path


def work(city: Any, at: str) -> None:
    """Let a worker do what is due at a moment."""
    city.at = at
    city.run("worker", "--once")


def test_a_file_is_taken_in_with_its_report_and_moved(
    city: Any, inbox: Path, messages_csv: Write
) -> None:
    messages_csv({}, {"留言编号": "1.0E+12"}).rename(inbox / "留言.csv")
    work(city, "2026-11-23T09:00+08:00")
    assert [message["external_id"] for message in city.waiting()] == ["1001"]
    assert sorted(path.name for path in (inbox / "done").iterdir()) == [
        "留言.csv", "留言.csv.json", "留言.rejects.xlsx",
    ]  # fmt: skip
    report = json.loads((inbox / "done" / "留言.csv.json").read_text("utf-8"))
    assert (report["imported"], len(report["rejected"])) == (1, 1)
    assert [path for path in inbox.iterdir() if path.is_file()] == []


def test_a_file_that_comes_again_changes_nothing(
    city: Any, inbox: Path, messages_csv: Write
) -> None:
    for at in ("09:00", "09:01"):
        messages_csv({}).rename(inbox / "留言.csv")
        work(city, f"2026-11-23T{at}+08:00")
    assert len(city.waiting()) == 1
    report = json.loads((inbox / "done" / "留言.csv.json").read_text("utf-8"))
    assert (report["imported"], report["unchanged"]) == (0, 1)


def test_what_is_no_ledger_is_put_aside_with_the_reason_and_stops_nothing(
    city: Any, inbox: Path, messages_csv: Write
) -> None:
    (inbox / "a.xlsx").write_text("no workbook")
    messages_csv({}).rename(inbox / "b.csv")
    work(city, "2026-11-23T09:00+08:00")
    assert (inbox / "refused" / "a.xlsx").exists()
    assert (inbox / "refused" / "a.xlsx.txt").read_text("utf-8").strip()
    assert len(city.waiting()) == 1


def test_a_file_that_is_still_being_written_is_left_alone(
    city: Any, inbox: Path, messages_csv: Write
) -> None:
    messages_csv({}).rename(inbox / ".留言.csv")
    (inbox / "留言.csv.part").write_text("half")
    work(city, "2026-11-23T09:00+08:00")
    assert city.waiting() == []
    assert sorted(path.name for path in inbox.iterdir()) == [".留言.csv", "留言.csv.part"]


def test_without_an_inbox_nothing_happens(city: Any) -> None:
    work(city, "2026-11-23T09:00+08:00")
    assert not (city.home / "inbox").exists()


def test_the_job_comes_round_every_minute() -> None:
    (job,) = tiji_jobs()
    assert (job.name, job.every_s) == ("inbox", 60)
