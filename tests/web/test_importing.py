"""A ledger's way through the pages: upload, columns, mends, import, withdrawal; and who may."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from tests.web.officers import signed_in
from werkzeug.test import TestResponse

from tiji.cases import actions
from tiji.cases.model import CaseRow
from tiji.db import db
from tiji.duties import new_worker

HEAD = "信访人,联系电话,信访事项,首次信访时间,次数,责任单位,化解状态"
GOOD = "张某某,13900000001,某小区入住多年未办证,2019.3,3,市住建局,化解中"
OTHER = "李某某,,路灯长期不亮无人管,2020年5月,2,城管局,化解中"
BAD = "赵某某,,电梯加装谈不拢,2021.1,1,市虚构局,化解中"
BAD_DATE = "孙某某,,物业收费不明,2021.13,1,市住建局,化解中"
XSS = '<script>alert(1)</script>,,"<img src=x onerror=alert(2)>",2021.13,1,<b>局</b>,化解中'


@pytest.fixture
def browser(web: Flask) -> FlaskClient:
    """Give the browser of an officer of the petitions bureau."""
    return signed_in(web, "petitions_bureau_fio")


def send(
    browser: FlaskClient, *rows: str, head: str = HEAD, name: str = "台账.csv"
) -> TestResponse:
    file = io.BytesIO("\n".join((head, *rows)).encode())
    form = {"ledger": "petitions.backlog", "file": (file, name)}
    return browser.post("/import", data=form, content_type="multipart/form-data")


def work() -> None:
    new_worker(current_app._get_current_object()).run(once=True)  # type: ignore[attr-defined]
    db.session.rollback()


def page(browser: FlaskClient, path: str, **how: Any) -> str:
    answer = browser.get(path, **how)
    assert answer.status_code == 200, (path, answer.status_code, answer.headers.get("Location"))
    return answer.text


def test_a_ledger_is_mended_imported_and_withdrawn(browser: FlaskClient) -> None:
    answer = send(browser, GOOD, OTHER, BAD)
    assert (answer.status_code, answer.location) == (303, "/import/1/run")
    assert 'http-equiv="refresh"' in page(browser, "/import/1/run")
    work()
    assert browser.get("/import/1/run").location == "/import/1/preview"
    shown = page(browser, "/import/1/preview")
    assert "市虚构局" in shown
    (cell,) = re.findall(r'name="(cell-[^"]+)"', shown)
    wrong = browser.post("/import/1/preview", data={"list": "rejected", cell: "市没有局"})
    assert wrong.status_code == 422
    assert 'value="市没有局"' in wrong.text
    mended = browser.post("/import/1/preview", data={"list": "rejected", cell: "交通局"})
    assert mended.status_code == 303
    assert "Import the 3 rows" in page(browser, "/import/1/preview")
    assert browser.post("/import/1/run").location == "/import/1/run"
    work()
    done = page(browser, "/import/1")
    assert "3 rows imported" in done
    assert "DR-20261123-01" in done
    assert "Withdraw the 3 cases" in page(browser, "/import/1/withdraw")
    assert browser.post("/import/1/withdraw").location == "/import/1/run"
    work()
    assert "withdrawn" in page(browser, "/import/1")
    assert set(db.session.scalars(db.select(CaseRow.status))) == {"withdrawn"}


def test_with_a_script_the_card_is_shown_anew_and_leads_on(browser: FlaskClient) -> None:
    send(browser, GOOD, BAD)
    htmx = {"HX-Request": "true"}
    waiting = page(browser, "/import/1/run", headers=htmx)
    assert waiting.lstrip().startswith('<div id="import" hx-get="/import/1/run"')
    work()
    assert browser.get("/import/1/run", headers=htmx).headers["HX-Redirect"] == "/import/1/preview"
    data = {"list": "rejected", "cell-1-departments": "市没有局", "leave": "1"}
    answer = browser.post("/import/1/preview", data=data, headers=htmx)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "left out 1" in answer.text


def test_unknown_columns_are_asked_for(browser: FlaskClient) -> None:
    answer = send(browser, GOOD, head=HEAD.replace("信访人", "谁"))
    assert answer.location == "/import/1/columns"
    shown = page(browser, "/import/1/columns")
    assert "6 of 7 columns" in shown
    # Of what nobody knows only the first sign is shown.
    assert "张***" in shown
    assert "张某某" not in shown
    chosen = {
        f"column-{at}": key for at, key in enumerate(re.findall(r'value="(\w*)" selected', shown))
    }
    missing = browser.post("/import/1/columns", data=chosen)
    assert missing.status_code == 422
    assert "信访人" in missing.text
    done = browser.post("/import/1/columns", data={**chosen, "column-0": "petitioner"})
    assert done.location == "/import/1/run"
    work()
    assert "Import the 1 rows" in page(browser, "/import/1/preview")


def test_what_is_no_ledger_is_told_beside_the_field(browser: FlaskClient) -> None:
    answer = send(browser, name="空.csv", head="")
    assert answer.status_code == 422
    assert "空.csv" in answer.text
    assert browser.post("/import", data={"ledger": "petitions.backlog"}).status_code == 422


def test_what_a_file_says_runs_nowhere(browser: FlaskClient) -> None:
    send(browser, XSS, name="<svg onload=alert(3)>.csv")
    work()
    shown = page(browser, "/import/1/preview")
    for words in ("<script>alert", "<img src=x", "<svg onload", "<b>局"):
        assert words not in shown
    assert "&lt;b&gt;局" in shown


def test_another_departments_officer_finds_nothing(web: Flask, browser: FlaskClient) -> None:
    send(browser, GOOD)
    work()
    stranger = signed_in(web, "transport_fio")
    assert "No ledger is yours" in page(stranger, "/import")
    assert send(stranger, GOOD).status_code == 404
    for path in ("", "/columns", "/preview", "/run", "/rejects", "/withdraw"):
        assert stranger.get(f"/import/1{path}").status_code == 404, path
    for path in ("/columns", "/preview", "/run", "/withdraw"):
        assert stranger.post(f"/import/1{path}").status_code == 404, path
    assert stranger.get("/import/template/petitions.backlog").status_code == 404


def test_a_touched_case_is_named_before_the_rest_is_withdrawn(browser: FlaskClient) -> None:
    send(browser, GOOD, OTHER)
    work()
    browser.post("/import/1/run")
    work()
    case = db.session.scalars(db.select(CaseRow).order_by(CaseRow.id)).first()
    assert case
    actions.take(case.number, str(case.holder))
    # Who did not see that a case stays is asked again.
    assert browser.post("/import/1/withdraw").location == "/import/1/withdraw"
    confirm = page(browser, "/import/1/withdraw")
    assert case.number in confirm
    assert "Withdraw the 1 cases" in confirm
    browser.post("/import/1/withdraw", data={"rest": "yes"})
    work()
    assert "1 cases stay" in page(browser, "/import/1")


def test_workbooks_are_given_as_downloads(browser: FlaskClient) -> None:
    send(browser, BAD_DATE)
    work()
    for path in ("/import/template/petitions.backlog", "/import/1/rejects"):
        answer = browser.get(path)
        assert answer.data.startswith(b"PK")
        assert answer.headers["Content-Disposition"].startswith("attachment")
