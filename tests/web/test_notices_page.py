"""The bell and the page of notices: each officer sees and marks his or her own."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from tests.integration.cases import FIO, HEAD, STRANGER, do, opened

from tiji.cases.model import CaseRow
from tiji.db import db
from tiji.notices.actions import ToTell, tell
from tiji.notices.queries import choice, unread_count
from tiji.testing.browsing import send, sign_in

pytestmark = pytest.mark.sqlite("pages call what is tested on both")


@pytest.fixture
def head(client: FlaskClient) -> FlaskClient:
    """Give the section's head at the desk, to whom one case came."""
    do(opened(title="安置房十年未办证"), "escalate")
    sign_in(client, HEAD)
    return client


def test_the_bell_counts_and_a_look_at_a_notice_marks_it(head: FlaskClient) -> None:
    bell = head.get("/notices/count").text
    assert re.search(r'<b id="notices-count" hx-get="/notices/count"[^>]*>1<', bell)
    page = head.get("/notices").text
    assert "安置房十年未办证" in page
    [opens] = re.findall(r'action="(/notices/\d+/open)"', page)
    leads = re.search(r'name="to" value="([^"]+)"', page)
    assert leads
    assert unread_count(HEAD) == "1", "looking at the list marks nothing"
    there = send(head, opens, to=leads[1])
    assert (there.status_code, there.location) == (303, "/cases/TJ2026000001")
    assert " hidden" in head.get("/notices/count").text


def test_nobody_marks_anothers_or_is_led_away(head: FlaskClient) -> None:
    tell([ToTell(FIO, "arrived", "x/1")])
    for notice in (1, 2):
        gone = send(head, f"/notices/{notice}/open", to="https://example.org/")
        assert gone.location == "/notices"
    assert unread_count(FIO) == "1"
    send(head, "/notices/read")
    assert unread_count(FIO) == "1"


def test_who_may_not_see_a_case_any_more_reads_no_title(head: FlaskClient) -> None:
    case_id = db.session.scalar(select(CaseRow.id))
    db.session.rollback()
    tell([ToTell(STRANGER, "arrived", "x/1", case_id)])
    sign_in(head, STRANGER)
    page = head.get("/notices").text
    assert "TJ2026000001" in page
    assert "安置房十年未办证" not in page


def test_many_notices_stand_on_pages(head: FlaskClient) -> None:
    tell(ToTell(HEAD, "arrived", f"x/{no}") for no in range(40))
    page = head.get("/notices").text
    after = re.search(r'rel="next" href="([^"]+)"', page)
    assert after
    assert "TJ2026000001" not in page
    assert "TJ2026000001" in head.get(after[1]).text
    assert ">41<" in head.get("/notices/count").text


def test_an_address_is_kept_or_what_is_wrong_is_said(head: FlaskClient) -> None:
    assert "no mail yet" in head.get("/notices/choice").text
    wrong = send(head, "/notices/choice", mail="fan@", kind=["missed"])
    assert wrong.status_code == 422
    assert 'value="fan@"' in wrong.text
    assert re.search(r'value="missed" checked', wrong.text), "what was ticked is ticked still"
    assert send(head, "/notices/choice", mail="fan@example.org", kind=["missed"]).status_code == 303
    assert (choice(HEAD).mail, choice(HEAD).kinds) == ("fan@example.org", ("missed",))
    assert "fan@example.org" in head.get("/notices/choice").text
    send(head, "/notices/choice", mail="", kind=[])
    assert choice(HEAD).mail == ""


def test_a_stranger_is_led_to_the_door(client: FlaskClient) -> None:
    assert client.get("/notices").status_code == 303
    assert client.get("/notices/count", headers={"HX-Request": "true"}).status_code == 401
