"""What is printed: the sheet of a case and the way of a matter, on paper that stays inside."""

from __future__ import annotations

import pytest
from flask import Flask
from tests.web.officers import signed_in

from tiji.cases import actions

pytestmark = pytest.mark.sqlite("pages call what is tested on both")

FIO, STRANGER = "housing_fio", "transport_fio"
HTML = {"Accept": "text/html"}


def test_a_case_sheet_holds_the_case_and_no_personal_data(web: Flask) -> None:
    number = actions.open_case(
        matter_code="natural_resources.developer_gone",
        title="安置房十年未办证<b>",
        content="请打 13812345678",
        client_name="欧阳晓某",
        client_kind="citizen",
        actor=FIO,
        data={"id_number": "340705190001010007", "developer": "某某公司"},
    ).number
    assert number
    actions.escalate(number, FIO, why="缺备案", judgement="unsure", suggestion="会同核验")
    page = signed_in(web, FIO).get(f"/cases/{number}/print", headers=HTML)
    assert page.status_code == 200 and 'class="pl"' in page.text
    for text in (
        number,
        "安置房十年未办证&lt;b&gt;",
        "欧某某",
        "某某公司",
        "缺备案",
        "孟望舒",
        "138****5678",
        "2026-11-23 09:00",  # paper is read on another day: no "today" on it
    ):
        assert text in page.text, text
    for text in ("欧阳晓", "340705190001010007", "13812345678", "<b>安置房十年未办证<b>"):
        assert text not in page.text, text
    assert signed_in(web, STRANGER).get(f"/cases/{number}/print").status_code == 404


def test_a_matters_way_is_printed_with_its_stations(web: Flask) -> None:
    browser = signed_in(web, FIO)
    page = browser.get("/desk/matters/natural_resources.developer_gone/print", headers=HTML)
    assert page.status_code == 200
    for text in ("开发单位灭失的办证难", "雷南乔", "Supervision hotline", "City leaders"):
        assert text in page.text, text
    routine = browser.get("/desk/matters/petitions.enquiry/print", headers=HTML)
    assert routine.status_code == 200 and "<svg" not in routine.text
    assert browser.get("/desk/matters/no.such/print", headers=HTML).status_code == 404
