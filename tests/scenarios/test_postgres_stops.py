"""PostgreSQL is stopped like a machine without power, under load, and comes back (T5)."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.scenarios.clients import Clients, clients, wait_until
from tests.scenarios.crash_points import install_effects
from tests.scenarios.doses import Figure, dose
from tests.scenarios.invariants import check_case
from tests.scenarios.processes import Place, looking, rows_of

from tiji.app import create_app
from tiji.cases.queries import heads
from tiji.cases.verifying import verify_log
from tiji.crypto import make_key
from tiji.db import connected
from tiji.organisation import adopt_organisation
from tiji.plugins import migrate
from tiji.runtime import runtime
from tiji.testing.databases import Databases, PostgresDatabases
from tiji.testing.postgres import PostgresServer
from tiji.testing.pytest_plugin import CITY, START

STOPS = dose(2, 100)
CLIENTS = 4
#: So much is done between two stops.
DONE = 40
WAITING = "SELECT count(*) FROM tj_job WHERE every_s IS NULL"
TOLD = """
    SELECT number, seq, kind FROM tj_event JOIN tj_case ON tj_case.id = tj_event.case_id
    ORDER BY number, seq
"""


@pytest.fixture
def place(
    databases: Databases,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Place]:
    """Give a city on a server of its own, which waits for the disk as a city's must."""
    if not isinstance(databases, PostgresDatabases):
        pytest.skip("SQLite has no server to stop")
    install_effects(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with (server.data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("fsync = on\nfull_page_writes = on\n")
    server.stop()
    server.start()
    own = PostgresDatabases(server.url())
    home = tmp_path / "home"
    home.mkdir()
    make_key(home)
    own.make(home)
    with create_app(own.settings(home, START)).app_context(), connected():
        migrate.upgrade(runtime().plugins)
        adopt_organisation(CITY)
    yield Place(own, home)
    sys.modules.pop("effects_bureau", None)


def test_all_that_was_acknowledged_outlives_every_stop(
    place: Place, postgres_server: PostgresServer, tmp_path: Path, figure: Figure
) -> None:
    settings = place.databases.settings(place.home, deliver="worker")
    effects, away = tmp_path / "effects", []
    with clients(settings, tmp_path / "clients", effects) as office:
        office.start(CLIENTS)
        office.start_worker()
        for _no in range(STOPS):
            before = office.done()
            wait_until(lambda before=before: office.done() >= before + DONE)
            postgres_server.stop("immediate")
            postgres_server.start()
            up, known = time.monotonic(), office.done()
            wait_until(lambda known=known: office.done() > known + CLIENTS)
            away.append(time.monotonic() - up)
        said = office.stop()
        # The worker goes on by itself; what failed while the server was away is due again.
        wait_until(lambda: rows_of(place, START, WAITING) == [(0,)], 120)
        office.stop_workers()
    check(place, office, effects)
    errors = sum(bool(each.error) for each in said)
    figure(
        f"{STOPS} stops, {len(said) - errors} acknowledged, {errors} told that it failed, 0 lost; "
        f"on again after at most {max(away):.1f} s"
    )


def check(place: Place, office: Clients, effects: Path) -> None:
    """Assert that what was acknowledged is there, whole, and was delivered, once by its key."""
    told = rows_of(place, START, TOLD)
    kept = Counter((number, kind) for number, _seq, kind in told)
    names = {"open": "opened", "take": "taken", "comment": "commented", "escalate": "escalated"}
    acknowledged = Counter(
        (said.case, f"case_{names[said.what]}")
        for said in office.said()
        if not said.error and said.what in names
    )
    assert acknowledged
    assert not acknowledged - kept, "an acknowledged action is gone"
    assert max(kept.values()) == 1, "an action was done twice"
    lines = effects.read_text(encoding="utf-8").split()
    first = list(dict.fromkeys(lines))
    assert sorted(first) == sorted(f"{number}/{seq}" for number, seq, _kind in told)
    last: Counter[str] = Counter()
    for line in first:
        case, _slash, seq = line.partition("/")
        assert int(seq) == last[case] + 1, "not in order"
        last[case] += 1
    with looking(place, START):
        assert verify_log().bad == ()
        for head in heads():
            check_case(head.number)
