"""The doctor's judgement on each finding, at its edges."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tiji.clock import LOCAL
from tiji.config import VARIABLES
from tiji.watch import rules
from tiji.watch.findings import Finding
from tiji.watch.machine import sqlite

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=LOCAL)


def states(findings: list[Finding]) -> list[str]:
    """Give how each stands."""
    return [finding.state for finding in findings]


def test_a_variable_that_nobody_reads_is_named_with_the_closest() -> None:
    (typo, far) = rules.variables(
        ["TIJI_DATABSE_URL", "TIJI_HOME", "PATH", "TIJI_TEST_LONG", "TIJI_QQQQ"], VARIABLES
    )
    assert (typo.state, typo.advice) == ("warning", "Did you mean TIJI_DATABASE_URL?")
    assert "TIJI_QQQQ" in far.what
    assert states(list(rules.variables(VARIABLES, VARIABLES))) == ["ok"]


@pytest.mark.parametrize(
    ("version", "fits"),
    [("3.1.3", True), ("3.9", True), ("3.1.2", False), ("4.0", False), ("3.10.1", True),
     (None, False)],
)  # fmt: skip
def test_a_library_fits_its_range_or_is_named(version: str | None, fits: bool) -> None:
    found = rules.library("flask", version, ">=3.1.3,<4")
    assert (found is None) is fits
    if found:
        assert found.state == "error"
        assert "pip install" in found.advice


@pytest.mark.parametrize(
    ("kind", "refused"),
    [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("ext4", False), ("tmpfs", False)],
)
def test_a_file_on_a_network_is_refused(kind: str, refused: bool) -> None:
    mounts = {"/": "ext4", "/srv": kind, "/srv/tiji/calendars": "ext4"}
    found = rules.file_system(Path("/srv/tiji"), mounts)
    assert (found is not None and found.state == "error") is refused
    assert rules.file_system(Path("/srv2/tiji"), mounts) is None
    assert rules.file_system(Path("/srv/tiji"), {}) is None


@pytest.mark.parametrize(
    ("free", "total", "state"),
    [(50, 100, "ok"), (10, 100, "ok"), (9.9, 100, "warning"), (0.9, 2, "warning"), (1, 5, "ok")],
)
def test_a_disk_is_watched_before_it_is_full(free: float, total: float, state: str) -> None:
    size = rules.GIGABYTE
    assert rules.disk(Path("/srv"), int(free * size), int(total * size)).state == state


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(0.5, "ok"), (-2, "ok"), (3, "warning"), (-59, "warning"), (61, "error"), (-3600, "error")],
)
def test_two_clocks_are_compared(seconds: float, state: str) -> None:
    assert rules.clocks(timedelta(seconds=seconds)).state == state


@pytest.mark.parametrize(
    ("day", "known", "provisional", "expected"),
    [
        ((2026, 11, 23), (True, True), 0, ["ok", "ok"]),
        ((2026, 11, 23), (True, False), 0, ["ok", "ok"]),
        ((2026, 11, 23), (True, False), 4, ["ok", "warning"]),
        ((2026, 12, 1), (True, False), 0, ["ok", "warning"]),
        ((2027, 1, 1), (False, False), 1001, ["error", "warning"]),
    ],
)
def test_a_years_list_is_missed_in_time(
    day: tuple[int, int, int], known: tuple[bool, bool], provisional: int, expected: list[str]
) -> None:
    today = datetime(*day, tzinfo=LOCAL)
    published = dict(zip((today.year, today.year + 1), known, strict=True))
    found = rules.calendar(today, published, provisional)
    assert states(found) == expected
    if provisional == 1001:
        assert "1000+" in found[0].what


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("last", "oldest", "state"),
    [
        (None, None, "ok"),
        (MINUTE, None, "ok"),
        (MINUTE, MINUTE, "ok"),
        (6 * MINUTE, None, "warning"),
        (None, 6 * MINUTE, "error"),
        (MINUTE, 6 * MINUTE, "error"),
    ],
)
def test_somebody_sweeps(last: timedelta | None, oldest: timedelta | None, state: str) -> None:
    since = [None if ago is None else NOW - ago for ago in (last, oldest)]
    assert rules.sweeping(NOW, *since).state == state


@pytest.mark.parametrize(
    ("workers", "here", "state"), [(2, False, "ok"), (0, True, "warning"), (0, False, "error")]
)
def test_a_worker_lives(workers: int, here: bool, state: str) -> None:
    assert rules.working(workers, here).state == state


def test_what_did_not_arrive_is_counted_by_kind() -> None:
    assert states(rules.deliveries(NOW, 0, 0, NOW - MINUTE)) == ["ok"]
    found = rules.deliveries(NOW, 3, 1001, NOW - 20 * MINUTE)
    assert states(found) == ["warning"] * 3
    assert "3" in found[0].what
    assert "1000+" in found[1].what
    assert all("tiji events failed" in finding.advice for finding in found)


@pytest.mark.parametrize(
    ("version", "state"), [("3.40.1", "warning"), ("3.51.3", "ok"), ("3.50.7", "ok")]
)
def test_a_sqlite_that_may_corrupt_is_named(version: str, state: str) -> None:
    assert sqlite(version).state == state
