"""A log that cannot be changed in silence: every kind of tampering is found and named."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.integration.cases import at_station, do, opened, shown, swept

from tiji.cases.actions.opening import number_of
from tiji.cases.queries import heads
from tiji.db import db
from tiji.errors import TijiError
from tiji.events.queries import all_links
from tiji.events.rules import Verification, register, verify_chains

ONE, TWO = 2026 * 10**9 + 1, 2026 * 10**9 + 2


@pytest.fixture
def home(city: Path) -> Path:
    """Give two cases with six and three events."""
    first = at_station(5)
    do(first, "comment")
    second = opened()
    do(second, "take")
    do(second, "complete")
    return city


def verify() -> Verification:
    """Verify all logs."""
    found = verify_chains(heads(), all_links(), number_of)
    db.session.rollback()
    return found


def tamper(home: Path, *statements: str) -> None:
    """Change the database behind the program's back."""
    db.session.remove()
    with sqlite3.connect(home / "tiji.db") as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_an_honest_log_is_whole(home: Path) -> None:
    swept("2026-12-18T09:00")
    found = verify()
    assert found.bad == ()
    assert (found.cases, found.events) == (2, sum(head.seq for head in heads()))


EVENT = "update tj_event set {what} where case_id = {case} and seq = {seq}"
TAMPERING: dict[str, tuple[tuple[str, ...], str, int]] = {
    **{
        f"edited {column}": (
            (EVENT.format(what=f"{column} = {value}", case=ONE, seq=3),), "TJ2026000001", 3,
        )
        for column, value in {
            "kind": "'case_refused'",
            "at": "'2026-11-23T00:00:00.000000Z'",
            "actor": "'somebody'",
            "data": "replace(data, '缺', '有')",
            "change": "'{}'",
            "prev": "'0'",
            "hash": "'0'",
        }.items()
    },
    "data of bytes": ((EVENT.format(what="data = x'00ff'", case=ONE, seq=2),), "TJ2026000001", 2),
    "the first deleted": (
        (f"delete from tj_event where case_id = {ONE} and seq = 1",), "TJ2026000001", 1,
    ),
    "one deleted": ((f"delete from tj_event where case_id = {ONE} and seq = 4",),
                    "TJ2026000001", 4),
    "the end cut off": (
        (f"delete from tj_event where case_id = {ONE} and seq >= 5",), "TJ2026000001", 5,
    ),
    "a whole log deleted": ((f"delete from tj_event where case_id = {TWO}",), "TJ2026000002", 1),
    "two swapped": (
        (
            EVENT.format(what="seq = 99", case=ONE, seq=2),
            EVENT.format(what="seq = 2", case=ONE, seq=3),
            EVENT.format(what="seq = 3", case=ONE, seq=99),
        ),
        "TJ2026000001", 2,
    ),
    "renumbered": ((EVENT.format(what="seq = 7", case=ONE, seq=6),), "TJ2026000001", 6),
    "one repeated at the end": (
        (
            "insert into tj_event select case_id, 7, kind, at, actor, data, change, prev, hash "
            f"from tj_event where case_id = {ONE} and seq = 6",
        ),
        "TJ2026000001", 7,
    ),
    "moved to another case": (
        (EVENT.format(what=f"case_id = {TWO}, seq = 4", case=ONE, seq=6),), "TJ2026000001", 6,
    ),
    "the case's row knows less": (
        (f"update tj_case set version = 5 where id = {ONE}",), "TJ2026000001", 6,
    ),
    "the case's row knows another end": (
        (f"update tj_case set head = 'x' where id = {ONE}",), "TJ2026000001", 6,
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_names_the_case_and_its_first_bad_event(home: Path, how: str) -> None:
    statements, case, seq = TAMPERING[how]
    tamper(home, *statements)
    bad = verify().bad
    assert (bad[0].case, bad[0].seq) == (case, seq), bad
    assert bad[0].why


def test_two_logs_exchanged_are_both_named(home: Path) -> None:
    tamper(
        home,
        f"update tj_event set case_id = 9 where case_id = {ONE}",
        f"update tj_event set case_id = {ONE} where case_id = {TWO}",
        f"update tj_event set case_id = {TWO} where case_id = 9",
    )
    assert {fault.case for fault in verify().bad} == {"TJ2026000001", "TJ2026000002"}


def test_a_log_without_its_case_is_named(home: Path) -> None:
    tamper(
        home,
        f"delete from tj_stay where case_id = {ONE}",
        f"delete from tj_case where id = {ONE}",
    )
    assert [(fault.case, fault.seq) for fault in verify().bad] == [("TJ2026000001", 1)]


def test_a_log_rewritten_with_good_hashes_does_not_reach_its_case(home: Path) -> None:
    from tiji.events.rules import link_hash

    db.session.remove()
    connection = sqlite3.connect(home / "tiji.db")
    prev = ""
    for row in connection.execute(
        "select seq, kind, at, actor, data, change from tj_event where case_id = ? order by seq",
        (TWO,),
    ).fetchall():
        seq, kind, at, actor, said, change = row
        said = said.replace("已办证", "没有办")
        digest = link_hash(TWO, seq, kind, at, actor, said, change, prev)
        connection.execute(
            "update tj_event set data = ?, prev = ?, hash = ? where case_id = ? and seq = ?",
            (said, prev, digest, TWO, seq),
        )
        prev = digest
    connection.commit()
    connection.close()
    assert [(fault.case, fault.seq) for fault in verify().bad] == [("TJ2026000002", 3)]


def test_random_tampering_is_always_found(home: Path) -> None:
    chance = random.Random(20261123)
    whole = (home / "tiji.db").read_bytes()
    columns: list[Callable[[str], str]] = [
        lambda where: f"update tj_event set data = data || ' ' {where}",
        lambda where: f"update tj_event set actor = actor || 'x' {where}",
        lambda where: f"update tj_event set at = replace(at, '2026', '2025') {where}",
        lambda where: f"update tj_event set hash = lower(hex(randomblob(32))) {where}",
        lambda where: f"delete from tj_event {where}",
        lambda where: f"update tj_event set change = replace(change, 'o', '0') || '' {where}",
    ]
    lengths = {ONE: 6, TWO: 3}
    for _dose in range(40):
        case = chance.choice([ONE, TWO])
        seq = chance.randint(1, lengths[case])
        change = chance.choice(columns)
        tamper(home, change(f"where case_id = {case} and seq = {seq}"))
        bad = verify().bad
        changed = bool(bad) or _same(home, whole)
        assert changed, (case, seq, change(""))
        if bad:
            assert (bad[0].case, bad[0].seq) == (f"TJ2026{case % 1000:06d}", seq)
        db.session.remove()
        db.engine.dispose()
        (home / "tiji.db").write_bytes(whole)


def _same(home: Path, whole: bytes) -> bool:
    """Tell whether a change changed nothing after all."""
    return shown("TJ2026000001")["version"] == 6 and (home / "tiji.db").stat().st_size > 0 < len(
        whole
    )


def test_a_kind_has_the_fields_that_it_was_registered_with() -> None:
    assert register("case_taken", "station") == "case_taken"
    with pytest.raises(TijiError, match="other fields"):
        register("case_taken", "station", "more")


def test_times_never_go_back_within_a_case(city: Path) -> None:
    from tests.integration.cases import go_to

    number = opened()
    go_to("2026-11-23T08:00")
    do(number, "take")
    at = [event["at"] for event in shown(number)["events"]]
    assert at == sorted(at)
    assert verify().bad == ()
