"""A ledger in the browser: columns, a look before, mends in place, an import, and it taken back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, text
from tests.integration.cli import Run, data
from tests.scenarios.invariants import check_case

from tiji import signals
from tiji.accounts.rules import Viewer
from tiji.cases import actions
from tiji.cases.actions.checkpointing import take_checkpoint
from tiji.cases.actions.sweeping import sweep
from tiji.cases.model import CaseRow
from tiji.cases.queries import Filter, case_page, search_cases
from tiji.cases.verifying import verify_log
from tiji.clock import FixedClock
from tiji.db import db
from tiji.duties import new_worker
from tiji.errors import AbsentError, BadInputError, RefusedFileError, RuleError
from tiji.events.checkpoints import Kept
from tiji.events.queries import of_case
from tiji.intake import rules, uploads, working
from tiji.intake.model import FoundRow, MendRow, UploadRow
from tiji.intake.shelf import place_of
from tiji.intake.upload_queries import (
    columns_of,
    counted,
    decides,
    found_rows,
    last_uploads,
    ledgers_for,
    rejects_of,
    upload_for,
)
from tiji.intake.withdrawing import withdraw_import, withdrawable
from tiji.people.queries import officer, seats_of
from tiji.plugins.types import Event
from tiji.runtime import runtime

LEDGER = "petitions.backlog"
HEAD = ("信访人", "联系电话", "信访事项", "首次信访时间", "次数", "责任单位", "化解状态")
GOOD = ("张某某", "13900000001", "某小区入住多年未办证", "2019.3", "3", "市住建局", "化解中")
OTHER = ("李某某", "13900000002", "路灯长期不亮无人管", "2020年5月", "2", "城管局", "化解中")
CLOSED = ("王某某", "", "拖欠工程款", "2018.7", "1", "市住建局", "已化解")
#: Each with one cell that keeps it from entering.
BAD_OFFICE = ("赵某某", "", "电梯加装谈不拢", "2021.1", "1", "市虚构局", "化解中")
BAD_DATE = ("孙某某", "", "物业收费不明", "2021.13", "1", "市住建局", "化解中")
Rows = Sequence[Sequence[str]]

pytestmark = pytest.mark.usefixtures("city")


def viewer(code: str = "petitions_bureau_fio", *roles: str) -> Viewer:
    """Give an officer of the city as somebody who is signed in."""
    found = officer(code)
    assert found
    seats = tuple(seats_of(code, runtime().clock.now()))
    administers = frozenset({found.department} if "department_admin" in roles else ())
    return Viewer(code, found.name, found.department, frozenset(roles), seats, administers)


def sheet(rows: Rows, head: Sequence[str] = HEAD) -> bytes:
    """Write a ledger as text."""
    return "\n".join(",".join(row) for row in (head, *rows)).encode()


def uploaded(rows: Rows, head: Sequence[str] = HEAD, name: str = "积案台账.csv") -> int:
    return uploads.take_in(viewer(), LEDGER, io.BytesIO(sheet(rows, head)), name)


def work() -> None:
    """Let a worker do what waits."""
    from flask import current_app

    assert new_worker(current_app._get_current_object()).run(once=True)  # type: ignore[attr-defined]


def checked(rows: Rows, **how: Any) -> int:
    upload = uploaded(rows, **how)
    work()
    assert state(upload)["state"] == rules.CHECKED, state(upload)["error"]
    return upload


def imported(rows: Rows) -> dict[str, Any]:
    upload = checked(rows)
    uploads.begin(viewer(), upload)
    work()
    return state(upload)


def state(upload: int) -> dict[str, Any]:
    return upload_for(viewer(), upload)


def cases() -> list[Any]:
    wanted = select(CaseRow.__table__).where(CaseRow.import_no.is_not(None)).order_by(CaseRow.id)
    return list(db.session.execute(wanted))


def test_a_known_header_leads_straight_to_what_would_happen() -> None:
    upload = checked([GOOD, OTHER, CLOSED, BAD_OFFICE])
    counts = state(upload)["counts"]
    assert {n: counts[n] for n in ("read", "imported", "rejected")} == {
        "read": 4, "imported": 3, "rejected": 1,
    }  # fmt: skip
    assert cases() == []
    page = found_rows(state(upload))
    (row,) = page["rows"]
    (cell,) = [cell for cell in row.cells if cell.fault]
    assert (row.sheet, row.row, cell.label, cell.text) == ("积案台账", 5, "责任单位", "市虚构局")
    # Who it is about is masked until a cell has to be mended.
    assert {"赵某某", "市虚构局"} <= {cell.text for cell in row.cells}
    assert counted(upload)["rejected"] == 1


def test_bad_rows_are_mended_in_place_and_then_imported() -> None:
    upload = checked([GOOD, BAD_OFFICE, BAD_DATE])
    office, date = (row.no for row in found_rows(state(upload))["rows"])
    still_wrong = uploads.mend(viewer(), upload, {office: {"departments": "市没有局"}})
    assert "市没有局" in still_wrong[office]["departments"]
    assert state(upload)["counts"]["rejected"] == 2
    mended = {office: {"departments": "交通局"}, date: {"first_visit": "2021.12"}}
    assert uploads.mend(viewer(), upload, mended) == {}
    assert state(upload)["counts"]["imported"] == 3
    assert state(upload)["counts"]["rejected"] == 0
    uploads.begin(viewer(), upload)
    work()
    found = state(upload)
    assert (found["state"], found["counts"]["entered"]) == (rules.DONE, 3)
    assert {case.department for case in cases()} == {"housing", "transport"}
    assert {case.import_no for case in cases()} == {found["import_no"]}
    # What was mended is personal as the ledger is: nothing of it can be read in the database.
    sealed = db.session.scalars(select(MendRow.sealed)).all()
    assert len(sealed) == 2
    assert not any("交通局".encode() in cell for cell in sealed)


def test_rows_that_stay_wrong_are_left_out_or_mended_after_the_import() -> None:
    upload = checked([GOOD, BAD_OFFICE, BAD_DATE])
    office, _date = (row.no for row in found_rows(state(upload))["rows"])
    uploads.mend(viewer(), upload, {}, leave=[office])
    assert counted(upload) == {"rejected": 1, "warned": 0, "mended": 0, "left_out": 1}
    uploads.begin(viewer(), upload)
    work()
    found = state(upload)
    assert {n: found["counts"][n] for n in ("entered", "rejected", "left_out")} == {
        "entered": 1, "rejected": 1, "left_out": 1,
    }  # fmt: skip
    (date,) = found_rows(found)["rows"]
    uploads.mend(viewer(), upload, {date.no: {"first_visit": "2021.12"}})
    uploads.mend(viewer(), upload, {office: {"departments": "交通局"}}, take=[office])
    number = found["import_no"]
    uploads.begin(viewer(), upload)
    work()
    found = state(upload)
    assert (found["counts"]["entered"], found["import_no"]) == (3, number)
    assert found["counts"]["unchanged"] == 0


def test_columns_are_asked_for_once_and_known_the_next_time() -> None:
    head = ("谁", "联系电话", "信访事项", "首次信访时间", "次数", "哪个单位", "签字")
    upload = uploaded([GOOD], head)
    assert state(upload)["state"] == rules.COLUMNS
    columns = {column["header"]: column for column in columns_of(state(upload))}
    assert columns["联系电话"]["key"] == "mobile"
    assert columns["联系电话"]["sample"] == "139****0001"
    with pytest.raises(BadInputError, match="信访人"):
        uploads.choose_columns(viewer(), upload, {"信访事项": "subject"})
    chosen = {name: column["key"] for name, column in columns.items()}
    chosen |= {"谁": "petitioner", "哪个单位": "departments", "签字": "-"}
    with pytest.raises(BadInputError, match="both stand for"):
        uploads.choose_columns(viewer(), upload, {**chosen, "签字": "departments"})
    uploads.choose_columns(viewer(), upload, chosen, save_as="滨河的表")
    work()
    assert state(upload)["counts"]["imported"] == 1
    again = checked([OTHER], head=head)
    assert state(again)["counts"]["imported"] == 1
    uploads.begin(viewer(), again)
    work()
    (case,) = cases()
    assert case.client_name == "李某某"
    assert "columns" not in runtime().cipher.open(case.sealed)


def test_warnings_and_cases_that_are_there_already_are_shown_before() -> None:
    imported([GOOD])
    changed = (*GOOD[:4], "9", *GOOD[5:])
    odd_phone = (*OTHER[:1], "12345", *OTHER[2:])
    same_person = (*GOOD[:2], "孩子入学难", *GOOD[3:])
    runtime().clock = FixedClock(runtime().clock.now() + timedelta(hours=1))
    upload = checked([changed, odd_phone, same_person])
    counts = state(upload)["counts"]
    assert (counts["updated"], counts["imported"], counts["warned"]) == (1, 2, 1)
    page = {row.state: row for row in found_rows(state(upload), "warned")["rows"]}
    assert set(page) == {"warned", "resembles"}
    assert page["resembles"].cases == (cases()[0].number,)


def test_formulas_come_back_as_text(tmp_path: Path) -> None:
    upload = checked([("=1+1", "", "@SUM(A1)", "2021.13", "", "+cmd", "")])
    found = state(upload)
    target = tmp_path / "rejects.xlsx"
    target.write_bytes(rejects_of(found))
    book = CalamineWorkbook.from_path(target)
    _head, row = book.get_sheet_by_index(0).to_python()
    assert {"=1+1", "@SUM(A1)", "+cmd"} <= set(row)
    import zipfile

    with zipfile.ZipFile(target) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_a_cell_with_a_formula_counts_as_what_it_shows() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        one = book.add_worksheet("汇总")
        one.write_row(0, 0, HEAD)
        one.write_row(1, 0, GOOD)
        one.write_formula(1, 4, "=1+2", None, 3)
    upload = uploads.take_in(viewer(), LEDGER, io.BytesIO(file.getvalue()), "台账.xlsx")
    work()
    uploads.begin(viewer(), upload)
    work()
    assert cases()[0].form["visits"] == 3


def test_what_is_no_ledger_is_refused_at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = runtime().settings.home / "uploads"
    folder.mkdir(exist_ok=True)
    before = set(folder.rglob("*"))
    with pytest.raises(RefusedFileError, match=r"坏的\.xlsx"):
        uploads.take_in(viewer(), LEDGER, io.BytesIO(b"PK\x03\x04 no workbook"), "坏的.xlsx")
    with pytest.raises(RefusedFileError, match="empty"):
        uploads.take_in(viewer(), LEDGER, io.BytesIO(b""), "空的.csv")
    monkeypatch.setattr("tiji.intake.shelf.MOST_BYTES", 100)
    with pytest.raises(RefusedFileError, match="larger"):
        uploads.take_in(viewer(), LEDGER, io.BytesIO(b"x" * 101), "大的.csv")
    assert set(folder.rglob("*")) == before
    assert db.session.scalar(select(func.count()).select_from(UploadRow)) == 0


def test_a_workbook_that_ends_its_reader_ends_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet().write_row(0, 0, HEAD)
    monkeypatch.setattr("tiji.intake.workbooks._TRIAL", "import os; os.abort()")
    with pytest.raises(RefusedFileError, match="damaged or asks for too much memory"):
        uploads.take_in(viewer(), LEDGER, io.BytesIO(file.getvalue()), "台账.xlsx")


def test_the_file_is_private_and_goes_after_thirty_days() -> None:
    upload = checked([GOOD, BAD_DATE])
    again = checked([GOOD, BAD_DATE])
    place = place_of(state(upload)["sha256"])
    assert place.stat().st_mode & 0o777 == 0o600
    runtime().clock = FixedClock(runtime().clock.now() + timedelta(days=29))
    uploads.mend(viewer(), again, {}, leave=[1])
    runtime().clock = FixedClock(runtime().clock.now() + timedelta(days=2))
    working.clear_uploads()
    assert place.exists()
    runtime().clock = FixedClock(runtime().clock.now() + timedelta(days=30))
    working.clear_uploads()
    assert not place.exists()
    assert db.session.scalar(select(func.count()).select_from(FoundRow)) == 0
    with pytest.raises(RuleError, match="removed"):
        uploads.begin(viewer(), upload)


def test_only_who_it_concerns_sees_an_upload() -> None:
    upload = checked([GOOD])
    for code, *roles in (
        ("petitions_bureau_principal",),
        ("efficiency_office_fio", "efficiency"),
        ("petitions_bureau_head1", "department_admin"),
    ):
        assert upload_for(viewer(code, *roles), upload)["id"] == upload
    for code, *roles in (
        ("transport_fio",),
        ("transport_fio", "department_admin"),
        ("petitions_bureau_head1",),
    ):
        with pytest.raises(AbsentError):
            upload_for(viewer(code, *roles), upload)
        assert last_uploads(viewer(code, *roles)) == []
    looks = viewer("efficiency_office_fio", "efficiency")
    assert not decides(looks, state(upload))
    with pytest.raises(AbsentError):
        uploads.begin(looks, upload)


def test_who_only_looks_sees_no_persons_data() -> None:
    upload = checked([("", "13900000001", "某小区入住多年未办证", "2019.3", "3", "市住建局", "")])
    wrong_phone = checked([(*OTHER[:1], "1390000218", *OTHER[2:])])
    shown = [
        {cell.label: cell.text for cell in row.cells}
        for bare in (True, False)
        for row in found_rows(state(wrong_phone), "warned", bare=bare)["rows"]
    ]
    assert [row["联系电话"] for row in shown] == ["1390000218", "1***"]
    assert "13900000001" not in repr(found_rows(state(upload), bare=False))


def test_a_bureaus_ledgers_are_for_its_own_officers() -> None:
    assert LEDGER in {ledger.code for ledger in ledgers_for(viewer())}
    assert ledgers_for(viewer("transport_fio")) == []
    with pytest.raises(AbsentError):
        uploads.take_in(viewer("transport_fio"), LEDGER, io.BytesIO(sheet([GOOD])), "a.csv")


def test_an_untouched_import_is_withdrawn_as_if_it_had_not_been() -> None:
    found = imported([GOOD, OTHER, CLOSED])
    kept = Kept("before.json", take_checkpoint())
    number = found["import_no"]
    assert withdrawable(number).open
    first = [case.number for case in cases()]
    done = withdraw_import(number, "petitions_bureau_fio")
    assert done == {"number": number, "withdrawn": 3, "kept": 0}
    assert {case.status for case in cases()} == {"withdrawn"}
    assert case_page(Filter())["cases"] == []
    assert search_cases("入住多年")["cases"] == []
    # The bureau's own rows went with the cases; whom they were about is forgotten.
    assert db.session.scalar(text("SELECT count(*) FROM petitions_petition")) == 0
    assert {(case.client_name, case.sealed, case.holder) for case in cases()} == {("", None, None)}
    verified = verify_log([kept])
    assert (verified.bad, verified.broken, verified.cases) == ((), (), 3)
    assert [event["kind"] for event in of_case(cases()[0].id)] == [
        "case_imported", "import_withdrawn",
    ]  # fmt: skip
    for number in first:
        check_case(number)
    # The same rows come in again, as new cases.
    imported([GOOD, OTHER, CLOSED])
    again = [case.number for case in cases() if case.status != "withdrawn"]
    assert len(again) == 3
    assert set(again).isdisjoint(first)
    assert db.session.scalar(text("SELECT count(*) FROM petitions_petition")) == 3


def test_who_listens_hears_of_the_end_and_of_a_withdrawal() -> None:
    heard: list[tuple[str, str, Any]] = []

    def listen(_sender: object, event: Event) -> None:
        heard.append((event.kind, event.actor, event.data["number"]))

    with (
        signals.ledger_finished.connected_to(listen),
        signals.ledger_withdrawn.connected_to(listen),
    ):
        number = imported([GOOD, BAD_DATE])["import_no"]
        withdraw_import(number, "petitions_bureau_principal")
        work()
    assert heard == [
        ("ledger_finished", "petitions_bureau_fio", number),
        ("ledger_withdrawn", "petitions_bureau_principal", number),
    ]


def test_a_case_that_was_worked_on_keeps_its_import_or_stays_behind() -> None:
    number = imported([GOOD, OTHER, CLOSED])["import_no"]
    touched = next(case for case in cases() if case.department == "housing" and case.holder)
    actions.take(touched.number, touched.holder)
    with pytest.raises(RuleError, match=touched.number):
        withdraw_import(number, "petitions_bureau_fio")
    assert {case.status for case in cases()} == {"open", "closed"}
    done = withdraw_import(number, "petitions_bureau_fio", rest=True)
    assert (done["withdrawn"], done["kept"]) == (2, 1)
    statuses = {case.number: case.status for case in cases()}
    assert statuses.pop(touched.number) == "open"
    assert set(statuses.values()) == {"withdrawn"}
    assert verify_log().bad == ()


def test_a_later_import_that_changes_a_case_touches_it() -> None:
    number = imported([GOOD])["import_no"]
    imported([(*GOOD[:4], "9", *GOOD[5:])])
    with pytest.raises(RuleError, match="worked on"):
        withdraw_import(number, "petitions_bureau_fio")


def test_time_alone_touches_nothing() -> None:
    runtime().clock = FixedClock(runtime().clock.now() + timedelta(hours=6))
    number = imported([GOOD])["import_no"]
    runtime().clock = FixedClock(runtime().clock.now() + timedelta(hours=23.5))
    assert sweep().warned == 1
    assert withdraw_import(number, "petitions_bureau_fio")["withdrawn"] == 1


def test_a_withdrawal_has_its_day_and_its_people() -> None:
    number = imported([GOOD])["import_no"]
    with pytest.raises(RuleError, match="principal"):
        withdraw_import(number, "transport_fio")
    runtime().clock = FixedClock(runtime().clock.now() + timedelta(hours=25))
    with pytest.raises(RuleError, match="24 hours"):
        withdraw_import(number, "petitions_bureau_principal")
    assert not withdrawable(number).open


def test_the_command_line_withdraws_too(tiji: Run, tmp_path: Path) -> None:
    file = tmp_path / "积案.csv"
    file.write_bytes(sheet([GOOD, OTHER]))
    report = data(tiji("import", LEDGER, str(file), "--as", "petitions_bureau_fio", "--json"))
    assert report["number"] == "DR-20261123-01"
    tiji("import", LEDGER, str(file), "--withdraw", report["number"], code=2)
    done = tiji("import", "--withdraw", report["number"], "--as", "petitions_bureau_fio")
    assert "2 cases withdrawn" in done.output
