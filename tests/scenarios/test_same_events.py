"""The same commands give the same events on both databases, to the last hash."""

from __future__ import annotations

import random
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.integration.cases import (
    HEAD,
    STRANGER,
    WORDS,
    do,
    in_status,
    opened,
    swept,
    vacate,
)

import tiji.demo
from tiji.app import create_app
from tiji.cases import actions
from tiji.cases.actions.reseating import reseat_cases
from tiji.cases.queries import Filter, case_page, heads, search_cases
from tiji.cases.rules import ALLOWED
from tiji.db import connected, db
from tiji.demo.story import play
from tiji.errors import RuleError
from tiji.events.model import EventRow
from tiji.events.rules import KINDS
from tiji.intake.actions import import_ledger
from tiji.organisation import adopt_organisation
from tiji.plugins import migrate
from tiji.runtime import runtime
from tiji.testing.databases import Databases, SqliteFiles, wait_for_no_disk
from tiji.testing.pytest_plugin import CITY, START

BACKLOG = Path(tiji.demo.__file__).parent / "backlog.xlsx"
#: What takes a broken case, a new year's calendar or another ledger.
ELSEWHERE = {
    *("case_quarantined", "client_wrote", "due_recomputed", "import_updated", "import_withdrawn"),
    *("attached", "attachment_removed", "undone"),
}
STATUSES = ("open", "guided", "in_progress", "with_leaders", "paused", "answered")


def live() -> None:
    """Let a city live for weeks: its story, a ledger, every action in every status, the clock."""
    adopt_organisation(CITY)
    play()
    import_ledger("petitions.backlog", BACKLOG)
    for action in WORDS:
        for status in STATUSES:
            if status in ALLOWED[action]:
                _try(in_status(status), action)
    for asked in ("grant", "deny"):
        number = in_status("open", station=2)
        do(number, "extend", days=11)
        do(number, asked, "housing_deputy1")
    do(in_status("guided"), "decline", "natural_resources_fio")
    do(in_status("open"), "pause", until=date(2026, 12, 31))
    for _time in range(2):
        same = opened(data={"id_number": "340705190001010007"})
    one, other, third = opened(), opened(), opened()
    actions.merge(one, HEAD, into=other, reason="同一件事")
    actions.group(other, HEAD, cases=[third], reason="同一栋楼")
    do(other, "complete")
    swept("2026-11-24T09:00")
    do(same, "escalate")
    vacate(HEAD)
    reseat_cases()
    swept("2026-12-16T09:00")
    do(other, "reopen", "housing_principal")
    import_ledger("petitions.backlog", BACKLOG)
    swept("2027-01-20T09:00")
    do(third, "erase", "housing_principal")


def _try(number: str, action: str) -> None:
    """Act as the holder, or where that is another's right, as who may; a refusal is an answer."""
    for actor in (None, HEAD, "housing_principal", STRANGER):
        try:
            do(number, action, actor)
        except (RuleError, TypeError):  # an answered case has no holder
            continue
        return


def remains(databases: Databases, home: Path, key: Path) -> dict[str, list[Any]]:
    """Live in a home with the same secrets; give what can be seen of it afterwards."""
    databases.make(home)
    shutil.copy(key, home / "data.key")
    with create_app(databases.settings(home, START, strict=True)).app_context(), connected():
        wait_for_no_disk(db.engine)
        migrate.upgrade(runtime().plugins)
        live()
        log = select(EventRow.__table__).order_by(EventRow.case_id, EventRow.seq)
        return {
            "log": list(db.session.execute(log)),
            "heads": sorted(heads()),
            "list": case_page(Filter(), 500)["cases"],
            "found": [search_cases(word, 50)["cases"] for word in ("办证", "电梯", "TJ2026", "张")],
        }


def test_the_same_life_leaves_the_same_log(
    databases: Databases,
    template_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if isinstance(databases, SqliteFiles):
        pytest.skip("this compares with PostgreSQL")
    told = []
    for place in (databases, SqliteFiles()):
        chance = random.Random(20261123)
        monkeypatch.setattr("secrets.token_hex", lambda size, by=chance: by.randbytes(size).hex())
        home = tmp_path / type(place).__name__
        home.mkdir()
        told.append(remains(place, home, template_home / "data.key"))
        place.drop(home)
    here, there = told
    kinds = {row.kind for row in here["log"]}
    assert {kind for kind in KINDS if "." not in kind} - kinds <= ELSEWHERE
    assert here == there
