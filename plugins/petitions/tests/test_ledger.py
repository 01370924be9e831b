"""The backlog ledger: columns as documented, rows as cases, clocks from the import on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from tiji.api import PartialDate, db
from tiji_petitions.ledgers import BACKLOG, matter_of, short_title, to_case

SHARED = Path(__file__).parents[4] / "shared"
LEDGERS = SHARED / "data" / "ledgers"
SAMPLES = sorted(
    path.name.removesuffix(".expected.json") for path in LEDGERS.glob("*.expected.json")
)


def test_the_columns_are_those_of_the_rules() -> None:
    rules = SHARED / "ledgers.md"
    if not rules.is_file():
        pytest.skip("the shared rules are not here")
    table = rules.read_text(encoding="utf-8").split("## Columns of `petitions.backlog`")[1]
    rows = re.findall(r"^\| (\S+) \| (.+?) \|$", table, re.M)
    documented = {
        name: [alias.split(" (")[0].strip() for alias in aliases.split(", ")]
        for name, aliases in rows
        if name not in ("column", "---")
    }
    documented["化解状态"] = ["办理状态", "化解情况", "状态"]
    assert {column.name: list(column.aliases) for column in BACKLOG.columns} == documented
    assert [c.name for c in BACKLOG.columns if c.required] == ["信访人", "信访事项", "责任单位"]


ROW: dict[str, Any] = {
    "petitioner": "孙某某",
    "subject": "集资房无法办证",
    "departments": ("housing",),
    "first_visit": PartialDate(date(2019, 3, 1), "month"),
}


def test_an_open_row_is_a_case_of_the_lead_department() -> None:
    case = to_case({**ROW, "departments": ("housing", "finance"), "visits": 12, "state": "化解中"})
    assert case.matter == "petitions.cross_department"
    assert case.departments == ("housing", "finance")
    assert case.first_at == date(2019, 3, 1)
    assert (case.closed, case.outcome) == (False, None)
    assert case.form == {
        "visits": 12,
        "first_visit": "2019-03",
        "departments": ["housing", "finance"],
        "state": "化解中",
    }


def test_a_resolved_row_is_closed_history() -> None:
    case = to_case({**ROW, "state": "已化解"})
    assert (case.closed, case.outcome) == (True, "done")


def test_personal_values_stay_out_of_the_form() -> None:
    case = to_case(
        {
            **ROW,
            "id_number": "340711190001010004",
            "mobile": "13900000000",
            "address": "铜官区示例小区",
            "measures": "已电话 13900000000 告知",
        }
    )
    assert "13900000000" not in json.dumps(dict(case.form), ensure_ascii=False)
    assert case.personal == {
        "id_number": "340711190001010004",
        "mobile": "13900000000",
        "address": "铜官区示例小区",
        "measures": "已电话 13900000000 告知",
    }


@pytest.mark.parametrize(
    ("subject", "matter"),
    [
        ("外摆经营申请因没有明确依据被多次退回", "petitions.no_precedent"),
        ("入住多年,开发单位已注销,多部门互相推诿", "petitions.cross_department"),
        ("两区交界道路路灯无人管养", "petitions.cross_department"),
        ("征地补偿款至今未发放,原经办人员已调离", "petitions.personnel_change"),
        ("企业改制后社会保险断缴", "petitions.policy_change"),
        ("集资建房手续不全,房款票据遗失", "petitions.circumstances_passed"),
        ("安置房未通过规划核实,二百余户无法办证", "petitions.other"),
    ],
)
def test_the_subject_chooses_the_matter(subject: str, matter: str) -> None:
    assert matter_of(subject, ("housing",)) == matter


def test_a_long_subject_is_cut_at_a_clause() -> None:
    assert short_title("短事项") == "短事项"
    clauses = "幸福里二期入住多年无法办理不动产权证,开发单位已注销,原经办人员已经调离"
    assert short_title(f"{clauses},{'多部门互相推诿' * 12}") == f"{clauses}…"
    assert len(short_title("无" * 190)) == 100


@pytest.mark.skipif(not SAMPLES, reason="the shared samples are not here")
@pytest.mark.parametrize("name", [n for n in SAMPLES if not n.endswith((".xls", ".ods"))])
def test_the_samples_give_their_answers(city: Any, name: str) -> None:
    answer = json.loads((LEDGERS / f"{name}.expected.json").read_text(encoding="utf-8"))
    path = str(LEDGERS / name)
    if answer.get("refused"):
        city.run("import", "petitions.backlog", path, code=1)
        return
    code = 3 if answer["rejected"] else 0
    done = json.loads(city.run("import", "petitions.backlog", path, "--json", code=code).stdout)
    assert {key: done[key] for key in ("read", "imported", "skipped")} == {
        key: answer[key] for key in ("read", "imported", "skipped")
    }
    assert {str(r["row"]): r["column"] for r in done["rejected"]} == answer["rejected"]
    assert [r["row"] for r in done["warned"]] == answer["warned"]
    again = json.loads(city.run("import", "petitions.backlog", path, "--json", code=code).stdout)
    assert again["unchanged"] == answer["imported"]


def _import(city: Any, path: Path, code: int = 0) -> Any:
    return json.loads(
        city.run("import", "petitions.backlog", str(path), "--json", code=code).stdout
    )


def test_an_imported_petition_counts_from_the_import(
    city: Any, backlog_csv: Callable[..., Path]
) -> None:
    path = backlog_csv(
        {
            "信访事项": "甲",
            "化解时限": "2027-03-31",
            "次数": "12次",
            "人数": "86",
            "信访形式": "来访",
        },
        {"信访事项": "乙", "化解时限": "2025-12-31", "包案领导": "甲副市长"},
        {"信访事项": "丙", "化解状态": "已化解"},
    )
    assert _import(city, path)["imported"] == 3
    found = city.json("petitions", "list")["petitions"]
    assert [(p["title"], p["conclude_by"]) for p in found] == [
        ("乙", "2027-01-22"),
        ("甲", "2027-03-31"),
    ]
    assert (found[1]["visits"], found[1]["collective"], found[1]["way"]) == (12, True, "来访")
    assert found[0]["leader"] == "甲副市长"
    assert all(not p["overdue"] and p["accept_by"] is None for p in found)
    number = found[1]["number"]
    shown = city.show(number)
    assert (shown["registered_on"], shown["first_visit"]) == ("2026-11-23", "2019-03")
    city.run("petitions", "accept", number, "--as", "housing_fio", code=4)
    extend = ("--as", "housing_principal", "--reason", "等待鉴定")
    assert city.json("petitions", "extend", number, *extend)["conclude_by"] == "2027-04-30"


def test_a_changed_row_updates_facts_and_moves_the_clock_only_by_the_ledger(
    city: Any, backlog_csv: Callable[..., Path]
) -> None:
    _import(city, backlog_csv({"次数": "3", "化解时限": "2027-03-31"}, {"信访人": "周某"}))
    city.at = "2026-12-01T09:00+08:00"
    changed = backlog_csv(
        {"次数": "4", "化解时限": "2027-04-30"}, {"信访人": "周某", "化解状态": "已化解"}
    )
    assert _import(city, changed)["updated"] == 2
    (left,) = city.json("petitions", "list")["petitions"]
    assert (left["visits"], left["conclude_by"]) == (4, "2027-04-30")
    reopened = backlog_csv(
        {"次数": "5", "化解时限": "2025-01-31"}, {"信访人": "周某", "化解状态": "反弹"}
    )
    assert _import(city, reopened)["updated"] == 2
    found = {p["state"]: p for p in city.json("petitions", "list")["petitions"]}
    assert found["relapsed"]["conclude_by"] == "2027-02-01"  # 60 days from this import
    assert found["unresolved"]["conclude_by"] == "2027-04-30"


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Give the statements that reach the plugin's table."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "petitions_petition" in statement:
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_batch_is_stored_in_one_statement(
    app: Flask, city: Any, backlog_csv: Callable[..., Path], statements: list[str]
) -> None:
    from tiji.api import StoredRow, transaction
    from tiji_petitions.ledgers import store

    _import(city, backlog_csv(*({"信访事项": f"事项{n}"} for n in range(30))))
    with transaction() as session:
        ids = list(session.scalars(text("select case_id from petitions_petition")))
        session.execute(text("delete from petitions_petition"))
    statements.clear()
    rows = [StoredRow(case_id, True, ROW, to_case(ROW)) for case_id in ids]
    with transaction():
        store(rows)
    assert len(statements) == 1
    statements.clear()
    known = [StoredRow(case_id, False, ROW, to_case(ROW)) for case_id in ids]
    with transaction():
        store(known)
    assert len(statements) <= 4


def test_the_example_row_is_a_row(city: Any, tmp_path: Path) -> None:
    path = tmp_path / "example.csv"
    path.write_text(
        ",".join(BACKLOG.example) + "\n" + ",".join(f'"{v}"' for v in BACKLOG.example.values())
    )
    done = _import(city, path)
    assert (done["imported"], done["rejected"], done["warned"]) == (1, [], [])
