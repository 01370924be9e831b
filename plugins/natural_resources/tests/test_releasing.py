"""A solved blocker releases its households: one event a case, a hundred a transaction."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from tiji.api import db
from tiji_natural_resources import actions

HOUSEHOLDS = 300
BY = ("--as", "natural_resources_head1")

#: Runs a release that is killed after its second batch is written, before that commits.
KILLED = """
import os
from tiji_natural_resources import actions
record, batches = actions.record_in_bulk, []

def dying(*args, **kwargs):
    numbers = record(*args, **kwargs)
    batches.append(numbers)
    if len(batches) == 2:
        os._exit(9)
    return numbers

actions.record_in_bulk = dying
from tiji.cli import main
main(["natural-resources", "release", "KD0001", "--as", "natural_resources_head1", "--yes"])
"""


@pytest.fixture
def big(city: Any, ledger_csv: Callable[..., Path]) -> Any:
    """Give a city with 300 households held by one blocker, a tenth of them by another too."""
    rows = [
        {
            "楼栋": f"{1 + n % 13}号楼",
            "房号": f"{1 + n // 13}01",
            "难点": "缺竣工验收备案" + (";开发单位欠税" if n % 10 == 0 else ""),
        }
        for n in range(HOUSEHOLDS)
    ]
    assert city.load(ledger_csv(*rows))["imported"] == HOUSEHOLDS
    return city


def _released() -> list[int]:
    """Count the events of each released case, and leave the database to others."""
    query = "select count(*) from tj_event where kind = :kind group by case_id"
    found = db.session.scalars(text(query), {"kind": "natural_resources.released"})
    counts = [int(count) for count in found]
    db.session.rollback()
    return counts


def test_300_households_are_released_in_three_transactions(app: Any, big: Any) -> None:
    commits: list[int] = []

    def note(_connection: Any) -> None:
        commits.append(1)

    event.listen(db.engine, "commit", note)
    done = actions.release("KD0001", "natural_resources_head1")
    event.remove(db.engine, "commit", note)
    assert len(commits) == 3
    assert (done["released"], done["recorded"], done["held"]) == (300, 300, 0)
    assert done["solved_by"] == "natural_resources_head1"
    assert _released() == [1] * HOUSEHOLDS
    shown = big.estate()
    assert shown["progress"]["ready"] == 270
    assert shown["progress"]["blocked"] == 30
    assert [(b["code"], b["frees"]) for b in shown["blockers"]] == [("KD0002", 30), ("KD0001", 0)]
    big.run("events", "verify")


def test_a_killed_release_goes_on_where_it_stopped(app: Any, big: Any) -> None:
    env = {**os.environ, **big.env}
    killed = subprocess.run([sys.executable, "-c", KILLED], env=env, capture_output=True, text=True)
    assert killed.returncode == 9, killed.stderr
    assert sum(_released()) == 100
    assert big.estate()["progress"]["blocked"] == 210
    big.at = "2026-11-24T09:00+08:00"
    done = big.json("natural-resources", "release", "KD0001", *BY, "--yes")
    assert (done["released"], done["held"]) == (200, 0)
    assert done["solved_at"].startswith("2026-11-23")
    assert _released() == [1] * HOUSEHOLDS
    again = big.json("natural-resources", "release", "KD0001", *BY, "--yes")
    assert (again["released"], again["recorded"]) == (0, 0)
    big.run("events", "verify")


def test_what_is_over_gets_no_event(city: Any, ledger_csv: Callable[..., Path]) -> None:
    city.load(ledger_csv(*({"房号": f"10{n}", "难点": "缺验收"} for n in range(3))))
    first = city.json("case", "list")["cases"][0]["number"]
    done = ("--result", "已办证", "--outcome", "done", "--feedback", "已电话告知")
    city.run("case", "complete", first, *done, "--as", "natural_resources_fio")
    assert city.estate()["blockers"][0]["households"] == 2
    result = city.json("natural-resources", "release", "KD0001", *BY, "--yes")
    assert (result["released"], result["recorded"]) == (3, 2)
    assert sorted(city.states().values()) == ["issued", "ready", "ready"]


def test_a_solved_blocker_holds_nobody_who_names_it_later(
    city: Any, ledger_csv: Callable[..., Path]
) -> None:
    city.load(ledger_csv({"房号": "101", "难点": "缺验收"}))
    city.run("natural-resources", "release", "KD0001", *BY, "--yes")
    city.load(ledger_csv({"房号": "102", "难点": "缺验收"}))
    assert city.states() == {"1-1-101": "ready", "1-1-102": "ready"}


def test_a_ledger_updates_what_a_release_alone_has_touched(
    city: Any, ledger_csv: Callable[..., Path]
) -> None:
    held = {"难点": "缺验收"}
    city.load(ledger_csv(*({"房号": f"10{n}", **held} for n in range(3))))
    worked_on = city.json("case", "list")["cases"][0]["number"]
    city.run("case", "take", worked_on, "--as", "natural_resources_fio")
    city.run("natural-resources", "release", "KD0001", *BY, "--yes")
    changed = [{"房号": f"10{n}", **held, "开发单位": "示例置业公司"} for n in range(2)]
    report = city.load(ledger_csv(*changed, {"房号": "102", "难点": "缺验收;开发单位欠税"}))
    assert (report["updated"], report["conflicts"]) == (2, 1)
    assert report["conflict_cases"][0]["case"] == worked_on
    # What was solved stays solved; what is new blocks.
    assert city.states() == {"1-1-100": "accepted", "1-1-101": "ready", "1-1-102": "blocked"}
    city.run("events", "verify")


@pytest.mark.parametrize("actor", ["housing_principal", "vice_mayor_2", "petitions_bureau_fio"])
def test_only_the_bureau_releases(city: Any, ledger_csv: Callable[..., Path], actor: str) -> None:
    city.load(ledger_csv({"房号": "101", "难点": "缺验收"}))
    asked = ("natural-resources", "release", "KD0001", "--yes", "--as")
    assert "bureau" in city.run(*asked, actor, code=4).stderr
    city.run(*asked, "nobody", code=2)
    assert city.states() == {"1-1-101": "blocked"}
    city.run(*asked, "registration_centre_fio")  # a centre below the bureau
    assert city.states() == {"1-1-101": "ready"}


def test_nobody_is_released_unasked(city: Any, ledger_csv: Callable[..., Path]) -> None:
    city.load(ledger_csv({"房号": "101", "难点": "缺验收"}))
    refused = city.run("natural-resources", "release", "KD0001", *BY, code=2)
    assert "--yes" in refused.stderr
    assert city.estate()["blockers"][0]["solved_at"] is None
    city.run("natural-resources", "release", "KD0009", *BY, "--yes", code=2)
