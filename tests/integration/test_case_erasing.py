"""Personal data go for good when a case is over; what was done stays, and stays provable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.integration.cases import (
    FIO,
    HEAD,
    LEADER,
    PRINCIPAL,
    STRANGER,
    do,
    go_to,
    last,
    on_leave,
    opened,
    refused,
    shown,
)
from tests.integration.cli import Run, data
from tests.scenarios.invariants import check_case

from tiji.cases import actions
from tiji.cases.actions.checkpointing import take_checkpoint
from tiji.cases.model import CaseRow
from tiji.cases.queries import search_cases
from tiji.cases.verifying import verify_log
from tiji.db import db, disconnect
from tiji.errors import RuleError
from tiji.events.checkpoints import Kept
from tiji.intake.actions import import_ledger
from tiji.intake.queries import similar_cases
from tiji.testing.databases import Databases

NAME = "欧阳不明"
PERSONAL = {
    "id_number": "340705190001010007",
    "mobile": "13900001234",
    "location": "铜官区示例小区 1 栋 101 室",
}
PLAIN = {
    "households_affected": "3",
    "id_type": "居民身份证",
    "purchase_date": "2016-03-05",
    "project_name": "示例小区",
    "building": "1",
    "room": "101",
    "remark": "其子欧阳小明代办",
}
TITLE = "加装电梯谈不拢"
CONTENT = f"{NAME}反映：住{PERSONAL['location']}，电话{PERSONAL['mobile']}，邻居不同意"


def over(**more: Any) -> str:
    """Give a case that is over, of a client who told much."""
    said = {"title": TITLE, "content": CONTENT, "client_name": NAME}
    matter = "natural_resources.other"
    number = opened(**{**said, "matter_code": matter, "data": {**PERSONAL, **PLAIN}, **more})
    do(number, "comment")
    actions.withdraw(number, STRANGER)
    return number


def found(words: str) -> list[str]:
    """Give the numbers of the cases that a search finds."""
    numbers = [case["number"] for case in search_cases(words)["cases"]]
    db.session.rollback()
    return numbers


@pytest.mark.usefixtures("city")
def test_who_the_client_was_is_told_nowhere_any_more() -> None:
    number, other = over(), over(actor="housing_fio2")
    assert shown(number)["client"]["name"] == "欧某某"
    assert found(NAME) == [other, number]
    assert [case["number"] for case in similar_cases(number)["similar"]] == [other]
    erased = do(number, "erase", PRINCIPAL)
    assert erased["client"]["name"] == "(erased)"
    assert erased["personal"] == {}
    assert erased["erased_at"] == "2026-11-23T09:00:00+08:00"
    assert erased["form"] == {
        "households_affected": 3, "id_type": "居民身份证", "purchase_date": "2016-03-05",
    }  # fmt: skip
    assert (erased["title"], erased["status"]) == (TITLE, "withdrawn")
    assert erased["content"] == "欧某某反映：住***，电话139****1234，邻居不同意"
    assert found(NAME) == [other]
    assert found("示例小区") == [other], "nor by what the form said"
    assert found("加装电梯") == [other, number]
    assert "person" not in {case["why"] for case in similar_cases(number)["similar"]}


def test_it_is_gone_from_the_database_too(city: Path, databases: Databases) -> None:
    number = over()
    before = rows_of(number)
    assert before["client_name"] == NAME
    do(number, "erase", PRINCIPAL)
    after = rows_of(number)
    assert (after["salt"], after["client_name"]) == ("", "")
    assert [after[name] for name in ("sealed", "person_key", "name_key", "source_digest")] == (
        [None] * 4
    )
    disconnect()
    kept = databases.contents(city)
    for text in (NAME, "小明", before["salt"], before["person_key"], *PERSONAL.values()):
        assert text.encode() not in kept, text
    assert before["sealed"] not in kept


@pytest.mark.sqlite("its index of words keeps what was deleted until it merges")
def test_the_index_of_words_forgets_the_name_too(city: Path) -> None:
    number = over()
    for _case in range(3):
        opened()
    token = "阳".encode("utf-16-be").hex().encode()
    assert token in pages_of_index()
    do(number, "erase", PRINCIPAL)
    assert token not in pages_of_index()
    assert found("加装电梯") == [number]


def pages_of_index() -> bytes:
    """Give all that the index keeps, deleted words too until they are merged away."""
    with db.engine.begin() as connection:
        return b"".join(connection.exec_driver_sql("select block from tj_search_data").scalars())


def rows_of(number: str) -> dict[str, Any]:
    """Give a case's columns as they are stored."""
    one = db.session.execute(select(CaseRow.__table__).where(CaseRow.number == number))
    row = dict(one.mappings().one())
    db.session.rollback()
    return row


@pytest.mark.usefixtures("city")
def test_the_log_stays_whole_and_says_who_erased_and_why() -> None:
    number = over()
    kept = [Kept("before", take_checkpoint())]
    go_to("2026-11-24T09:00")
    do(number, "erase", PRINCIPAL, why="保存期限已满，申请人电话13900001234")
    kept.append(Kept("after", take_checkpoint()))
    verified = verify_log(kept)
    assert (verified.bad, verified.broken) == ((), ())
    case = check_case(number)
    assert case.state.erased_at
    assert (case.told[-1].kind, case.told[-1].link.actor) == ("personal_erased", PRINCIPAL)
    assert last(number, "personal_erased") == {"reason": "保存期限已满，申请人电话139****1234"}


@pytest.mark.usefixtures("city")
def test_only_the_departments_principal_or_who_acts_for_it_erases() -> None:
    number = over()
    for other in (FIO, HEAD, LEADER, "petitions_bureau_principal", STRANGER):
        assert PRINCIPAL in refused("not-principal", number, "erase", other)
    on_leave(PRINCIPAL, "housing_deputy2")
    assert do(number, "erase", "housing_deputy2")["erased_at"]


@pytest.mark.usefixtures("city")
def test_an_erased_case_is_over_for_good() -> None:
    number = opened(title=TITLE, client_name=NAME)
    do(number, "complete")
    refused("status", number, "erase", PRINCIPAL)
    from tiji.cases.actions.sweeping import sweep

    go_to("2026-12-15T09:00")
    sweep()
    do(number, "erase", PRINCIPAL)
    refused("erased", number, "erase", PRINCIPAL)
    refused("erased", number, "reopen", LEADER)


@pytest.mark.usefixtures("city")
def test_a_confidential_or_enterprise_case_is_erased_alike() -> None:
    number = over(matter_code="petitions.other", data={}, client_kind="enterprise")
    assert shown(number)["client"]["name"] == "(confidential)"
    assert do(number, "erase", PRINCIPAL)["client"] == {"kind": "enterprise", "name": "(erased)"}


def test_the_command_asks_unless_it_is_told_not_to(tiji: Run, city: Path) -> None:
    number = over()
    words = ("case", "erase", number, "--as", PRINCIPAL, "--why", "保存期限已满")
    said = tiji(*words, code=2)
    assert "--yes" in said.stderr
    assert number in said.stderr
    assert shown(number)["erased_at"] is None
    assert data(tiji(*words, "--yes", "--json"))["client"]["name"] == "(erased)"
    text = tiji("case", "show", number).stdout
    assert "personal data erased" in text
    assert "(erased)" in text
    assert NAME not in text


LEDGER = """信访人姓名,身份证号,联系电话,住址,信访事项,责任单位,次数
欧阳不明,340705190001010007,13900001234,铜官区示例小区 1 栋 101 室,{subject},市住建局,3
"""


def test_a_ledger_does_not_bring_back_what_was_erased(
    tiji: Run, city: Path, tmp_path: Path
) -> None:
    file = tmp_path / "积案.csv"
    file.write_text(LEDGER.format(subject="加装电梯谈不拢"), encoding="utf-8")
    assert import_ledger("petitions.backlog", file).imported == 1
    number = found("加装电梯")[0]
    actions.withdraw(number, STRANGER)
    do(number, "erase", PRINCIPAL)
    before = rows_of(number)
    for visits in ("3", "4"):
        said = LEDGER.format(subject="加装电梯谈不拢").replace(",3\n", f",{visits}\n")
        file.write_text(said, encoding="utf-8")
        report = import_ledger("petitions.backlog", file)
        assert (report.read, report.unchanged, report.imported, report.conflicts) == (1, 1, 0, 0)
        assert [(e["row"], e["case"]) for e in report.erased_cases] == [(2, number)]
        assert rows_of(number) == before
    assert found(NAME) == []
    text = tiji("import", "petitions.backlog", str(file)).stdout
    assert f"row 2: the personal data of {number} were erased" in text
    assert NAME not in text


@pytest.mark.usefixtures("city")
def test_nobody_erases_a_case_that_is_not_over() -> None:
    number = opened(client_name=NAME)
    with pytest.raises(RuleError, match="not possible now"):
        actions.erase(number, PRINCIPAL, why="保存期限已满")
