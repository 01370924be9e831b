"""A log that cannot be changed in silence: every kind of tampering is found and named."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from tests.integration.cases import at_station, change_behind, do, go_to, opened, shown, swept

from tiji.cases.actions.opening import number_of
from tiji.cases.queries import heads
from tiji.db import db
from tiji.errors import TijiError
from tiji.events.model import EventRow
from tiji.events.queries import all_links
from tiji.events.rules import Verification, link_hash, register, verify_chains

ONE, TWO = 2026 * 10**9 + 1, 2026 * 10**9 + 2


@pytest.fixture(autouse=True)
def two_cases(city: Path) -> None:
    """Make two cases with six and three events."""
    first = at_station(5)
    do(first, "comment")
    second = opened()
    do(second, "take")
    do(second, "complete")


def verify() -> Verification:
    """Verify all logs."""
    found = verify_chains(heads(), all_links(), number_of)
    db.session.rollback()
    return found


def test_an_honest_log_is_whole() -> None:
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
def test_tampering_names_the_case_and_its_first_bad_event(how: str) -> None:
    statements, case, seq = TAMPERING[how]
    change_behind(*statements)
    bad = verify().bad
    assert (bad[0].case, bad[0].seq) == (case, seq), bad
    assert bad[0].why


@pytest.mark.sqlite("columns have types elsewhere")
def test_bytes_in_place_of_words_are_named() -> None:
    change_behind(EVENT.format(what="data = x'00ff'", case=ONE, seq=2))
    assert [(fault.case, fault.seq) for fault in verify().bad] == [("TJ2026000001", 2)]


def test_two_logs_exchanged_are_both_named() -> None:
    change_behind(
        f"update tj_event set case_id = 9 where case_id = {ONE}",
        f"update tj_event set case_id = {ONE} where case_id = {TWO}",
        f"update tj_event set case_id = {TWO} where case_id = 9",
    )
    assert {fault.case for fault in verify().bad} == {"TJ2026000001", "TJ2026000002"}


def test_a_log_without_its_case_is_named() -> None:
    change_behind(
        f"insert into tj_event select {ONE} + 8, seq, kind, at, actor, data, change, prev, hash "
        f"from tj_event where case_id = {ONE}"
    )
    assert [(fault.case, fault.seq) for fault in verify().bad] == [("TJ2026000009", 1)]


def test_a_log_rewritten_with_good_hashes_does_not_reach_its_case() -> None:
    prev = ""
    with db.engine.begin() as connection:
        log = select(EventRow).where(EventRow.case_id == TWO).order_by(EventRow.seq)
        for row in connection.execute(log).all():
            said = row.data.replace("已办证", "没有办")
            digest = link_hash(TWO, row.seq, row.kind, row.at, row.actor, said, row.change, prev)
            event = update(EventRow).where(EventRow.case_id == TWO, EventRow.seq == row.seq)
            connection.execute(event.values(data=said, prev=prev, hash=digest))
            prev = digest
    assert [(fault.case, fault.seq) for fault in verify().bad] == [("TJ2026000002", 3)]


def test_random_tampering_is_always_found() -> None:
    chance = random.Random(20261123)
    changes = (
        "update tj_event set data = data || ' ' {where}",
        "update tj_event set actor = actor || 'x' {where}",
        "update tj_event set at = replace(at, '2026', '2025') {where}",
        "update tj_event set hash = '{digest}' {where}",
        "update tj_event set change = replace(change, '\"', '\"\"') {where}",
        "delete from tj_event {where}",
    )
    lengths = {ONE: 6, TWO: 3}
    for _dose in range(40):
        case = chance.choice([ONE, TWO])
        seq = chance.randint(1, lengths[case])
        where = f"where case_id = {case} and seq = {seq}"
        change = chance.choice(changes).format(where=where, digest=chance.randbytes(32).hex())
        # What this transaction changes, only it sees; `verify` ends it.
        assert db.session.execute(text(change)).rowcount == 1  # type: ignore[attr-defined]
        bad = verify().bad
        assert [(fault.case, fault.seq) for fault in bad[:1]] == [
            (f"TJ2026{case % 1000:06d}", seq)
        ], change
    assert verify().bad == ()


def test_a_kind_has_the_fields_that_it_was_registered_with() -> None:
    assert register("case_taken", "station") == "case_taken"
    with pytest.raises(TijiError, match="other fields"):
        register("case_taken", "station", "more")


def test_times_never_go_back_within_a_case() -> None:
    number = opened()
    go_to("2026-11-23T08:00")
    do(number, "take")
    at = [event["at"] for event in shown(number)["events"]]
    assert at == sorted(at)
    assert verify().bad == ()
