"""What a worker does by the clock besides the sweep: calendars that arrive, evidence each hour."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from tests.integration.cases import kinds, opened
from tests.integration.files import PDF

from tiji.app import create_app
from tiji.attachments.actions import accept_upload
from tiji.attachments.queries import pending_files
from tiji.clock import FixedClock
from tiji.db import connected
from tiji.drafts.actions import save_draft
from tiji.drafts.queries import draft_of
from tiji.duties import CHECKPOINT_EVERY_S, new_worker
from tiji.runtime import runtime
from tiji.testing.databases import Databases
from tiji.testing.pytest_plugin import START


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Give a folder that stands for a place outside."""
    folder = tmp_path / "archives"
    folder.mkdir()
    return folder


@pytest.fixture
def city(home: Path, outside: Path, databases: Databases) -> Iterator[Flask]:
    """Give an application whose workers write checkpoints into that folder."""
    app = create_app(databases.settings(home, START, strict=True, checkpoints=outside))
    with app.app_context(), connected():
        yield app


def work(city: Flask, after_s: int = 0) -> None:
    """Let a worker do what is due some seconds later."""
    clock = runtime().clock
    assert isinstance(clock, FixedClock)
    clock.move(timedelta(seconds=after_s))
    assert new_worker(city, threads=2).run(once=True)


def test_a_checkpoint_goes_outside_each_hour(city: Flask, outside: Path) -> None:
    opened()
    for after_s, files in ((0, 1), (CHECKPOINT_EVERY_S - 1, 1), (1, 2)):
        work(city, after_s)
        assert len(list(outside.iterdir())) == files


def test_what_nobody_needs_any_more_is_cleared_away(city: Flask, home: Path) -> None:
    pending = "a-word-of-one-visitor"
    accept_upload(io.BytesIO(PDF), "a.pdf", pending)
    save_draft("officer:housing_fio", "new", {"title": ["路灯"]})
    files = home / "attachments"
    for after_s, file_is_there, draft_is_there in (
        (0, True, True),
        (25 * 3600, False, True),
        (30 * 24 * 3600, False, False),
    ):
        work(city, after_s)
        assert any(path.is_file() for path in files.rglob("*")) == file_is_there
        assert bool(pending_files(pending)) == file_is_there
        assert bool(draft_of("officer:housing_fio", "new")) == draft_is_there


def test_a_years_list_that_arrives_is_read_by_a_worker_that_runs(city: Flask, home: Path) -> None:
    work(city)
    assert not runtime().calendar.is_published(2027)
    folder = home / "calendars"
    folder.mkdir()
    (folder / "cn-2027.toml").write_text('[years.2027]\nrest = ["2027-01-01"]\n', "utf-8")
    work(city, after_s=60)
    assert runtime().calendar.is_published(2027)


def test_a_calendar_that_cannot_be_read_stops_no_sweep(city: Flask, home: Path) -> None:
    number = opened()
    work(city)
    folder = home / "calendars"
    folder.mkdir()
    (folder / "cn-2027.toml").write_text("year = 2027\n", "utf-8")
    work(city, after_s=2 * 24 * 3600)
    assert "case_escalated" in kinds(number)
