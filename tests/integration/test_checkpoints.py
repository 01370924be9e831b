"""Evidence outside: whoever owns the database, and rewrites the log well, is found out (T15)."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, text, update
from tests.integration.cases import Json, at_station, change_behind, do, go_to, opened, shown
from tests.integration.cli import Run, data

from tiji.cases.actions import checkpointing
from tiji.cases.actions.checkpointing import take_checkpoint, write_checkpoint_into
from tiji.cases.model import CaseRow
from tiji.cases.queries import heads
from tiji.cases.verifying import verify_log
from tiji.db import db, transaction
from tiji.errors import TijiError
from tiji.events.checkpoints import Checkpoint, Kept
from tiji.events.model import CheckpointRow, EventRow, WitnessRow
from tiji.events.rules import Fault, Verification, make_link

# Read here: inside a test the TIJI_* settings of the caller are gone.
DOSES = 1000 if "TIJI_TEST_LONG" in os.environ else 40

_EVENT = EventRow.__table__


@dataclass
class Evidence:
    """A few cases, how long each was when it was witnessed, and the checkpoints of two moments."""

    witnessed: dict[str, int]
    kept: list[Kept]

    def verify(self) -> Verification:
        """Verify the log against both checkpoints."""
        return verify_log(self.kept)

    def checkpoint(self) -> Checkpoint:
        """Give the later checkpoint."""
        return self.kept[-1].checkpoint


@pytest.fixture
def evidence(city: Path) -> Evidence:
    """Give six cases that were witnessed, some of them twice, and that went on afterwards."""
    numbers = [at_station(station) for station in (1, 2, 3, 4, 5)]
    first = take_checkpoint()
    go_to("2026-11-23T10:00")
    numbers.append(opened())
    for number in numbers[2:]:
        do(number, "comment")
        do(number, "comment", text="再补充一句")
    second = take_checkpoint()
    witnessed = {number: shown(number)["version"] for number in numbers}
    for number in numbers[::2]:
        do(number, "comment", text="此后")
    opened()
    found = Evidence(witnessed, [Kept("first.json", first), Kept("second.json", second)])
    assert (found.verify().bad, found.verify().broken) == ((), ())
    return found


class Log:
    """A case's log in the hands of somebody who may write the database."""

    def __init__(self, number: str) -> None:
        columns = (CaseRow.id, CaseRow.version, CaseRow.head)
        row = db.session.execute(select(*columns).where(CaseRow.number == number)).one()
        self.id, self.version, self.head = row
        own = select(_EVENT).where(EventRow.case_id == self.id).order_by(EventRow.seq)
        self.events: list[Json] = [dict(event) for event in db.session.execute(own).mappings()]
        db.session.rollback()

    def put(self, events: list[Json], version: int, head: str) -> None:
        """Put other events and another end in place of the log."""
        with transaction() as session:
            session.execute(delete(EventRow).where(EventRow.case_id == self.id))
            if events:
                session.connection().execute(insert(EventRow), events)
            own = update(CaseRow).where(CaseRow.id == self.id)
            session.execute(own.values(version=version, head=head))

    def restore(self) -> None:
        """Put the honest log back."""
        self.put(self.events, self.version, self.head)

    def put_well(self, events: list[Json]) -> None:
        """Put other events in place, numbered and hashed as if they had always been there."""
        head, well = "", []
        for seq, event in enumerate(events, start=1):
            said = event["data"], event["change"], head
            link = make_link(self.id, seq, event["kind"], event["at"], event["actor"], *said)
            head = link.hash
            well.append(link._asdict())
        self.put(well, len(well), head)


def edited(events: list[Json], at: int, chance: random.Random) -> list[Json]:
    column, said = chance.choice(
        [("kind", "case_refused"), ("at", "2026-11-23T00:59:59.999999Z"), ("actor", "somebody"),
         ("data", '{"text":"不是这样说的"}'), ("change", '{"case":{"grade":5}}')]
    )  # fmt: skip
    return [*events[:at], {**events[at], column: said}, *events[at + 1 :]]


def deleted(events: list[Json], at: int, _chance: random.Random) -> list[Json]:
    return [*events[:at], *events[at + 1 :]]


def swapped(events: list[Json], at: int, _chance: random.Random) -> list[Json]:
    other = at - 1 if at else len(events) - 1
    turned = [*events]
    turned[at] = {**events[other], "seq": events[at]["seq"]}
    turned[other] = {**events[at], "seq": events[other]["seq"]}
    return turned


def cut_off(events: list[Json], at: int, _chance: random.Random) -> list[Json]:
    return events[:at]


WAYS: list[Callable[[list[Json], int, random.Random], list[Json]]] = [
    edited,
    deleted,
    swapped,
    cut_off,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("well", [False, True], ids=["clumsily", "with good hashes"])
def test_whoever_writes_the_database_is_found_and_the_case_is_named(
    evidence: Evidence, way: Callable[..., list[Json]], well: bool
) -> None:
    chance = random.Random(f"{way.__name__} {well}")
    for _dose in range(DOSES // len(WAYS) // 2):
        number = chance.choice([n for n, seq in evidence.witnessed.items() if seq > 1])
        log = Log(number)
        at = chance.randrange(evidence.witnessed[number])
        forged = way(log.events, at, chance)
        assert forged != log.events
        if well:
            log.put_well(forged)
        else:
            log.put(forged, log.version, log.head)
        assert [fault.case for fault in evidence.verify().bad] == [number], (at, forged)
        log.restore()
    assert evidence.verify().bad == ()


def test_without_a_checkpoint_at_hand_the_witness_inside_still_tells(
    evidence: Evidence, tiji: Run
) -> None:
    number = next(iter(evidence.witnessed))
    log = Log(number)
    log.put_well(edited(log.events, 0, random.Random(1)))
    said = tiji("events", "verify", code=1)
    assert f"{number}: event 1 is bad: it is another event" in said.stdout


def without(number: str) -> None:
    """Delete a case with all that hangs on it."""
    case_id = Log(number).id
    change_behind(
        *(f"delete from {table} where case_id = {case_id}" for table in
          ("tj_event", "tj_stay", "petitions_petition")),
        f"delete from tj_case where id = {case_id}",
    )  # fmt: skip


def test_a_case_that_was_deleted_with_its_log_is_named(evidence: Evidence) -> None:
    number = list(evidence.witnessed)[2]
    without(number)
    found = evidence.verify()
    assert [fault.case for fault in found.bad] == [number]
    # The one that was opened after the checkpoint stands for the one that is gone.
    assert found.broken == ()


def test_a_case_that_was_deleted_with_its_log_and_its_leaves_is_named(evidence: Evidence) -> None:
    number = list(evidence.witnessed)[2]
    case_id = Log(number).id
    without(number)
    change_behind(f"delete from tj_witness where case_id = {case_id}")
    found = evidence.verify()
    assert found.bad == (Fault(number, 1, "the case itself is gone"),)
    assert {broken.file for broken in found.broken} >= {"first.json", "second.json"}


def test_cases_cut_off_at_the_end_with_all_that_knew_of_them_are_missed(evidence: Evidence) -> None:
    for number in shown_numbers()[-2:]:
        case_id = Log(number).id
        without(number)
        change_behind(f"delete from tj_witness where case_id = {case_id}")
    change_behind(
        "update tj_sequence set value = 5 where name = '2026'",
        "update tj_sequence set value = (select max(n) from tj_witness) where name = 'witness'",
        "delete from tj_checkpoint where size > 5",
    )
    found = evidence.verify()
    assert any(broken.file == "second.json" for broken in found.broken)
    assert any("6 cases, and now 5" in broken.why for broken in found.broken)


def shown_numbers() -> list[str]:
    numbers = [head.number for head in heads()]
    db.session.rollback()
    return numbers


def test_leaves_cut_off_with_the_databases_own_checkpoints_are_missed(evidence: Evidence) -> None:
    size = evidence.checkpoint().leaves
    change_behind(
        f"delete from tj_witness where n >= {size}",
        f"delete from tj_checkpoint where size >= {size}",
        f"update tj_sequence set value = {size - 1} where name = 'witness'",
    )
    found = evidence.verify()
    assert [(broken.file, broken.leaves) for broken in found.broken] == [("second.json", size)]
    take_checkpoint()  # the next one fills the place with other leaves
    assert [broken.file for broken in evidence.verify().broken] == ["second.json"]


@pytest.mark.parametrize("remembered", [True, False], ids=["by the database too", "outside alone"])
def test_a_leaf_that_was_changed_with_its_event_breaks_the_checkpoint(
    evidence: Evidence, tiji: Run, tmp_path: Path, remembered: bool
) -> None:
    number = list(evidence.witnessed)[3]
    log = Log(number)
    log.put_well(edited(log.events, evidence.witnessed[number] - 1, random.Random(2)))
    forged = Log(number).events[evidence.witnessed[number] - 1]["hash"]
    with transaction() as session:
        leaf = (WitnessRow.case_id == log.id) & (WitnessRow.seq == evidence.witnessed[number])
        session.execute(update(WitnessRow).where(leaf).values(hash=forged))
        if not remembered:
            session.execute(delete(CheckpointRow))
    found = evidence.verify()
    assert found.bad == ()
    assert [b.file for b in found.broken if b.file] == ["second.json"], "the first one holds"
    assert number in found.broken[0].cases, "it is among those witnessed since"
    assert next(iter(evidence.witnessed)) not in found.broken[0].cases
    file = tmp_path / "kept.json"
    file.write_text(evidence.checkpoint().text())
    said = tiji("events", "verify", "--against", str(file), code=1).stdout
    assert f"{file} does not hold" in said
    assert number in said
    if remembered:
        assert "of this database does not hold" in tiji("events", "verify", code=1).stdout


def test_a_leaf_that_is_missing_is_missed(evidence: Evidence) -> None:
    change_behind("delete from tj_witness where n = 2")
    assert "leaf 2 of the witness is missing" in [b.why for b in verify_log().broken]


def test_what_grew_is_witnessed_once_and_what_did_not_is_left(city: Path) -> None:
    one, two = opened(), opened()
    assert take_checkpoint().leaves == 2
    assert take_checkpoint().leaves == 2
    do(one, "take")
    do(one, "comment")
    third = take_checkpoint()
    assert (third.leaves, third.cases) == (3, 2)
    assert leaves() == [(1, one, 1), (2, two, 1), (3, one, 3)]
    assert verify_log().leaves == 3


def leaves() -> list[tuple[int, str, int]]:
    """Give all leaves with the numbers of their cases."""
    joined = select(WitnessRow.n, CaseRow.number, WitnessRow.seq).join(
        CaseRow, CaseRow.id == WitnessRow.case_id
    )
    found = [tuple(row) for row in db.session.execute(joined.order_by(WitnessRow.n))]
    db.session.rollback()
    return found  # type: ignore[return-value]


def test_every_earlier_checkpoint_holds_for_ever(city: Path) -> None:
    kept = [Kept("empty", take_checkpoint())]
    numbers = [opened() for _case in range(3)]
    for turn in range(12):
        do(numbers[turn % 3], "comment", text=f"第 {turn} 次")
        if turn % 5 == 4:
            numbers.append(opened())
        kept.append(Kept(str(turn), take_checkpoint()))
    assert len({k.checkpoint.root for k in kept}) == len(kept)
    found = verify_log(kept)
    assert (found.broken, found.bad, found.checkpoints) == ((), (), 13)
    with transaction() as session:
        session.execute(delete(CheckpointRow))
    assert take_checkpoint().root == kept[-1].checkpoint.root, "it can be had from the leaves"


def test_killed_between_two_batches_it_goes_on(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _case in range(5):
        opened()
    monkeypatch.setattr(checkpointing, "BATCH", 2)
    with transaction() as session:
        checkpointing._witness(session, 0)  # and then nothing more
    assert len(leaves()) == 2
    assert verify_log().bad == ()
    assert take_checkpoint().leaves == 5
    assert [n for n, _case, _seq in leaves()] == [1, 2, 3, 4, 5]
    assert verify_log().broken == ()


def test_two_at_once_lose_and_double_nothing(
    city: Path, city_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [opened() for _case in range(12)]
    monkeypatch.setattr(checkpointing, "BATCH", 2)
    together, taken = Barrier(2), []

    def run() -> None:
        with city_app.app_context():
            together.wait()
            taken.append(take_checkpoint())
            db.session.remove()

    threads = [Thread(target=run) for _side in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken.append(take_checkpoint())
    assert sorted(case for _n, case, _seq in leaves()) == numbers
    assert [n for n, _case, _seq in leaves()] == list(range(1, 13))
    kept = [Kept(str(no), checkpoint) for no, checkpoint in enumerate(taken)]
    found = verify_log(sorted(kept, key=lambda k: k.checkpoint.leaves))
    assert (found.broken, found.bad) == ((), ())


# The files and the commands.


def test_a_checkpoint_is_a_small_file_that_names_nobody(
    tiji: Run, case: Any, tmp_path: Path
) -> None:
    case("open")
    file = tmp_path / "kept.json"
    said = data(tiji("events", "checkpoint", str(file), "--json"))
    kept = json.loads(file.read_text())
    assert said == {"file": str(file), **kept}
    assert kept.keys() == {"format", "version", "at", "leaves", "root", "cases", "tiji"}
    assert (kept["leaves"], kept["cases"], kept["at"][:16]) == (1, 1, "2026-11-23T01:00")
    assert list(tmp_path.glob(".*")) == []
    verified = data(tiji("events", "verify", "--against", str(file), "--json"))
    assert (verified["checkpoints"], verified["leaves"], verified["broken"]) == (1, 1, [])
    assert json.loads(tiji("events", "checkpoint", "-").stdout) == kept


def test_evidence_is_never_overwritten(tiji: Run, case: Any, tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    file.write_text("evidence")
    assert "already" in tiji("events", "checkpoint", str(file), code=2).stderr
    assert file.read_text() == "evidence"
    assert "no folder" in tiji("events", "checkpoint", str(tmp_path / "a" / "b"), code=2).stderr


def test_a_folder_collects_checkpoints_by_their_time(tiji: Run, case: Any, tmp_path: Path) -> None:
    case("open")
    for at in ("2026-11-23T09:00", "2026-11-23T10:00", "2026-11-23T10:00"):
        tiji("events", "checkpoint", str(tmp_path), at=at)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "tiji-checkpoint-20261123T010000Z.json",
        "tiji-checkpoint-20261123T020000Z-2.json",
        "tiji-checkpoint-20261123T020000Z.json",
    ]
    assert "3 checkpoints" in tiji("events", "verify", "--against", str(tmp_path)).stdout


def test_the_worker_writes_into_a_folder_that_is_there(city: Path, tmp_path: Path) -> None:
    opened()
    assert write_checkpoint_into(tmp_path).parent == tmp_path
    with pytest.raises(TijiError, match="not there"):
        write_checkpoint_into(tmp_path / "unmounted")
    assert not (tmp_path / "unmounted").exists()


def test_no_proof_is_not_taken_for_one(tiji: Run, tmp_path: Path) -> None:
    assert "no checkpoint" in tiji("events", "verify", "--against", str(tmp_path), code=2).stderr
    for said in ("", "{}", "[]", '{"format": "tiji-checkpoint", "version": 2}', "\0"):
        file = tmp_path / "tiji-checkpoint-x.json"
        file.write_text(said)
        assert "damaged" in tiji("events", "verify", "--against", str(file), code=1).stderr
    damaged = {"format": "tiji-checkpoint", "version": 1, "at": "", "root": "ab", "tiji": ""}
    file.write_text(json.dumps({**damaged, "leaves": 0, "cases": 0}))
    assert "damaged" in tiji("events", "verify", "--against", str(tmp_path), code=1).stderr


def test_a_log_that_moves_is_verified_stretch_by_stretch(
    city: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiji.cases.verifying.CASES", 2)
    numbers = [at_station(station) for station in (1, 3, 2, 4, 1)]
    seen: list[int] = []

    def moving(cases: int) -> None:
        seen.append(cases)
        do(numbers[0], "comment", text="已经查过的")
        do(numbers[-1], "comment", text="还没查到的")

    found = verify_log(progress=moving)
    assert (found.bad, found.cases, seen) == ((), 5, [2, 2, 1])
    assert found.events == 1 + 3 + 2 + 4 + 1 + 2
    db.session.execute(text("select 1"))
