"""The figures: what was done, how things stand, and nothing about anybody."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from tests.integration.cases import FIO, STRANGER, do, opened, refused
from tests.integration.test_sweep import copies

from tiji import metrics
from tiji.cases.actions.sweeping import sweep
from tiji.clock import FixedClock
from tiji.db import db
from tiji.errors import ConflictError
from tiji.runtime import runtime
from tiji.watch import queries


def figures(client: FlaskClient) -> dict[str, float]:
    """Read the figures by name and labels."""
    text = client.get("/metrics").text
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _space, value in lines}


def later(**step: int) -> None:
    """Move the clock."""
    clock = runtime().clock
    assert isinstance(clock, FixedClock)
    clock.move(timedelta(**step))


def test_actions_are_counted_by_name_and_outcome(client: FlaskClient) -> None:
    before = figures(client)
    number = opened()
    refused("not-holder", number, "take", STRANGER)
    do(number, "escalate")
    with pytest.raises(ConflictError):
        do(number, "escalate", seen=1)
    after = figures(client)
    for action, outcome, more in (
        ("open", "done", 1), ("take", "refused", 1), ("escalate", "done", 1),
        ("escalate", "conflict", 1), ("take", "done", 0),
    ):  # fmt: skip
        name = f'tiji_actions_total{{action="{action}",outcome="{outcome}"}}'
        assert after.get(name, 0) - before.get(name, 0) == more, name


def test_sweeps_and_what_they_did(client: FlaskClient) -> None:
    before = figures(client)
    opened()
    later(days=2)
    sweep()
    after = figures(client)
    for name in ('tiji_sweeps_total{outcome="done"}', 'tiji_swept_total{what="escalated"}',
                 "tiji_sweep_seconds_count"):  # fmt: skip
        assert after[name] - before.get(name, 0) == 1


def test_deliveries_by_target_outcome_and_delay(client: FlaskClient) -> None:
    metrics.delivered("petitions.follow", "done", 2.0)
    metrics.delivered("petitions.follow", "failed", 9.0)
    found = figures(client)
    assert found['tiji_deliveries_total{outcome="done",target="petitions.follow"}'] >= 1
    assert found['tiji_deliveries_total{outcome="failed",target="petitions.follow"}'] >= 1
    assert found['tiji_delivery_delay_seconds_bucket{le="5.0",target="petitions.follow"}'] >= 1


def test_requests_by_rule_and_status(client: FlaskClient) -> None:
    name = 'tiji_http_requests_total{route="/healthz",status="200"}'
    before = figures(client).get(name, 0)
    client.get("/healthz")
    assert figures(client)[name] == before + 1


def test_how_things_stand(client: FlaskClient) -> None:
    opened()
    found = figures(client)
    assert found["tiji_cases_overdue"] == found["tiji_cases_quarantined"] == 0
    assert found["tiji_deliveries_parked"] == 0
    assert found["tiji_database_up"] == 1
    assert found['tiji_calendar_published{year="2026"}'] == 1
    later(days=3)
    assert figures(client)["tiji_cases_overdue"] == 1


def test_no_figure_counts_a_whole_table(client: FlaskClient) -> None:
    copies(opened(), queries.CAP + 300)
    later(days=3)
    assert figures(client)["tiji_cases_overdue"] == queries.CAP


@pytest.mark.sqlite("it tells its plan in words")
def test_each_figure_of_the_database_comes_from_an_index(client: FlaskClient) -> None:
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, sql: str, values: Any, *_more: object) -> None:
        seen.append((sql, values))

    event.listen(db.engine, "before_cursor_execute", note)
    figures(client)
    event.remove(db.engine, "before_cursor_execute", note)
    assert len(seen) >= 5
    for sql, values in seen:
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        steps = [row[3] for row in plan]
        scanned = [s for s in steps if re.search(r"SCAN tj_\w+$", s) and "tj_worker" not in s]
        assert scanned == [], sql


def test_nothing_about_a_case_or_a_person_is_in_a_figure(client: FlaskClient) -> None:
    number = opened(actor=FIO)
    do(number, "escalate")
    text = client.get("/metrics").text
    assert not re.search(rf"TJ\d{{4}}|{FIO}|张某某|housing", text)


PROCESS = dedent(
    """
    import sys
    from tiji import metrics
    metrics.start()
    for _time in range(int(sys.argv[1])):
        metrics.acted("take", "done")
        metrics.swept("done", 0.2, {"escalated": 2})
    sys.stdout.write(metrics.exposition(()).decode() if sys.argv[2] == "scrape" else "")
    """
)


def test_processes_that_share_a_folder_are_summed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(metrics.SHARED, str(tmp_path / "shared"))

    def run(times: int, then: str) -> str:
        command = [sys.executable, "-c", PROCESS, str(times), then]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    run(3, "end")
    text = run(4, "scrape")
    assert 'tiji_actions_total{action="take",outcome="done"} 7.0' in text
    assert 'tiji_swept_total{what="escalated"} 14.0' in text
    assert "tiji_sweep_seconds_count 7.0" in text


def test_a_command_that_ends_at_once_keeps_no_figures() -> None:
    code = (
        "import sys\nfrom tiji import metrics\nmetrics.acted('take', 'done')\n"
        "metrics.served('/', 200, 0.1)\nprint('prometheus_client' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
