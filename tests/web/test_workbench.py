"""The workbench as officers use it: their cases by light, a glance, many at once, the search."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, insert, select

from tiji.cases import actions
from tiji.cases.actions.opening import case_id, number_of
from tiji.cases.model import CaseRow, StayRow
from tiji.cases.sheet import case_detail
from tiji.clock import FixedClock, parse_moment
from tiji.db import db, rows, transaction
from tiji.runtime import runtime
from tiji.testing.browsing import send, sign_in

FIO, HEAD, PRINCIPAL, OTHER = "housing_fio", "housing_head1", "housing_principal", "transport_fio"
HTML = {"Accept": "text/html"}
WHY: dict[str, Any] = {"why": "缺竣工验收备案", "judgement": "unsure", "suggestion": "会同核验"}


def opened(title: str = "安置房十年未办证", actor: str = FIO, **more: Any) -> str:
    words = {
        "matter_code": "petitions.circumstances_passed",
        "content": "开发单位已注销，三十户无法办证",
        "client_name": "沈某某",
        "client_kind": "citizen",
    }
    number = actions.open_case(**{**words, "title": title, "actor": actor, **more}).number
    assert number
    return number


def go_to(moment: str) -> None:
    clock = runtime().clock
    assert isinstance(clock, FixedClock)
    clock.move(parse_moment(moment) - clock.now())


def page(browser: FlaskClient, path: str = "/desk") -> str:
    answer = browser.get(path, headers=HTML)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.text


def shown(text: str) -> list[str]:
    """List the cases of a page in their order."""
    return re.findall(r'<tr data-number="(TJ\d+)"', text)


def counts(text: str) -> list[str]:
    found = re.search(r'id="counts".*?</nav>', text, re.S)
    assert found
    return re.findall(r"<b>([^<]+)</b>", found[0])


def next_page(text: str) -> str:
    found = re.search(r'rel="next" href="([^"]+)"', text)
    assert found
    return found[1].replace("&amp;", "&")


def test_an_officer_finds_his_or_her_cases_by_light(client: FlaskClient) -> None:
    soon, waits = opened("先到期的"), opened("等人的")
    actions.pause(waits, FIO, reason="awaiting_client", until=date(2026, 12, 1))
    opened("别人的", "housing_fio2")
    go_to("2026-11-24T14:00")
    later = opened("后到期的")
    sign_in(client, FIO)
    text = page(client)
    assert shown(text) == [soon, later, waits]
    assert counts(text) == ["3", "0", "1", "1", "1"]
    headings = re.findall(r'scope="rowgroup">([^<]+)<', text)
    assert headings == ["Due soon 1", "In time 1", "Waiting (clock stopped) 1"]
    assert "3 h 30 min left" in text
    assert "due today 17:30" in text
    for light, number in (("a", soon), ("g", later), ("p", waits)):
        assert shown(page(client, f"/desk?light={light}")) == [number]
    assert counts(page(client, "/desk/counts")) == ["3", "0", "1", "1", "1"]


def test_filters_stand_in_the_address_and_in_every_link(client: FlaskClient) -> None:
    lift = opened("电梯停运", matter_code="petitions.other")
    lamp = opened("路灯不亮")
    sign_in(client, FIO)
    text = page(client, "/desk?matter=petitions.other&q=电梯")
    assert shown(text) == [lift]
    assert 'value="petitions.other" selected' in text
    cells = re.search(r'id="counts".*?</nav>', text, re.S)
    assert cells
    assert cells[0].count("matter=petitions.other") == 6
    assert shown(page(client, "/desk?q=路灯")) == [lamp]
    assert shown(page(client, "/desk?category=no_precedent")) == []
    assert "No case fits this filter" in page(client, "/desk?category=no_precedent")
    assert shown(page(client, "/desk?today=1")) == []


def test_what_nobody_offers_filters_nothing(client: FlaskClient) -> None:
    number = opened()
    sign_in(client, FIO)
    odd = ("light=x", "of=all", "of=nobody", "view=9", "station=99", "status=gone", "matter=%00")
    for query in odd:
        assert shown(page(client, f"/desk?{query}")) == [number], query


def test_a_cursor_that_no_page_gave_is_refused(client: FlaskClient) -> None:
    sign_in(client, FIO)
    assert client.get("/desk?after=x", headers=HTML).status_code in (400, 404, 422)


def test_whose_cases_are_listed_is_chosen_among_what_may_be_seen(client: FlaskClient) -> None:
    mine, theirs, far = opened(), opened("别人的", "housing_fio2"), opened("远处的", OTHER)
    sign_in(client, FIO)
    assert {*shown(page(client, "/desk?of=department"))} == {mine, theirs}
    assert {*shown(page(client, "/desk?of=department&department=transport"))} == {mine, theirs}
    sign_in(client, "efficiency_office_head1", "efficiency")
    assert {*shown(page(client, "/desk?of=all"))} == {mine, theirs, far}
    assert shown(page(client, "/desk?of=all&department=transport")) == [far]
    leads = client.get("/desk?of=all&q=远处", headers=HTML)
    assert leads.headers["Location"].startswith("/search?")


def test_a_glance_shows_where_a_case_stands_and_what_can_be_done(client: FlaskClient) -> None:
    number = opened()
    actions.escalate(number, FIO, **WHY)
    sign_in(client, HEAD)
    text = page(client, f"/desk/peek/{number}")
    assert "缺竣工验收备案" in text
    assert f'href="/cases/{number}?do=escalate#act"' in text
    assert "沈某某" not in text, "the matter is confidential"
    sign_in(client, OTHER)
    assert client.get(f"/desk/peek/{number}", headers=HTML).status_code == 404


def test_what_clients_write_is_text_and_nothing_else(client: FlaskClient) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    number = opened(evil)
    sign_in(client, FIO)
    for path in ("/desk", f"/desk/peek/{number}", f"/search?q={evil}", f"/desk?q={evil}"):
        text = page(client, path)
        assert "<script>alert" not in text
        assert "<img" not in text
    assert shown(page(client, f"/search?q={evil}")) == [number]


def test_the_answered_and_the_closed_are_listed_too(client: FlaskClient) -> None:
    number = opened()
    actions.complete(number, FIO, result="已办证", outcome="done", feedback="已送达")
    sign_in(client, FIO)
    assert shown(page(client)) == []
    assert "Nothing waits for you" in page(client)
    assert shown(page(client, "/desk?view=answered")) == [number]
    assert "Nothing here yet" in page(client, "/desk?view=over")


def test_many_are_escalated_each_by_itself(client: FlaskClient) -> None:
    good, gone, high = opened(), opened(), opened()
    for _step in range(3):
        actions.escalate(high, case_detail(high)["holder"]["code"], **WHY)
    sign_in(client, FIO)
    asked = send(client, "/desk/many", action="escalate", number=[good, gone, high])
    assert asked.status_code == 200
    assert "Escalate together: 2 cases" in asked.text
    assert high in asked.text, "it is said before that this one stays"
    seen = re.findall(r'name="seen" value="([^"]+)"', asked.text)
    assert case_detail(good)["station"] == 1, "nothing is done before it is confirmed"
    lacks = send(client, "/desk/many/do", action="escalate", number=[good, gone], seen=seen)
    assert lacks.status_code == 422
    actions.handover(gone, PRINCIPAL, to="housing_fio4", reason="岗位调整")
    words = {**WHY, "number": [good, gone], "seen": seen}
    done = send(client, "/desk/many/do", action="escalate", **words)
    assert "1 done, 1 not" in done.text
    assert (case_detail(good)["station"], case_detail(gone)["station"]) == (2, 1)
    again = send(client, "/desk/many/do", action="escalate", **words)
    assert "0 done" in again.text, "sent twice, it is done once"
    assert case_detail(good)["station"] == 2


def test_all_that_match_are_meant_where_that_is_ticked(client: FlaskClient) -> None:
    first, second = opened("电梯停运"), opened("电梯异响")
    opened("路灯不亮")
    sign_in(client, FIO)
    done = send(client, "/desk/many/do", action="comment", all="1", q="电梯", text="一并核查")
    assert "2 done, 0 not" in done.text
    for number in (first, second):
        assert case_detail(number)["events"][-1]["data"]["text"] == "一并核查"


def test_one_answer_is_let_serve_many_by_their_superior(client: FlaskClient) -> None:
    lead, other = opened(), opened("另一户")
    sign_in(client, FIO)
    denied = send(client, "/desk/many/do", action="group", number=[lead, other], reason="同一小区")
    assert denied.status_code == 422
    assert "Only a superior" in denied.text
    sign_in(client, HEAD)
    done = send(client, "/desk/many/do", action="group", number=[lead, other], reason="同一小区")
    assert "2 done, 0 not" in done.text
    assert case_detail(other)["grouped_with"] == lead


def test_nobody_acts_on_what_he_or_she_may_not_see(client: FlaskClient) -> None:
    number = opened()
    sign_in(client, OTHER)
    version = case_detail(number)["version"]
    answer = send(client, "/desk/many/do", action="comment", number=[number], text="看一看")
    assert number not in answer.text
    assert case_detail(number)["version"] == version
    assert send(client, "/desk/many", action="erase", number=[number]).status_code == 404
    assert send(client, "/desk/many", action="comment").status_code == 303


def test_the_search_finds_only_what_may_be_seen(client: FlaskClient) -> None:
    mine, far = opened("电梯停运"), opened("电梯无人管", OTHER)
    sign_in(client, FIO)
    assert shown(page(client, "/search?q=电梯")) == [mine]
    assert shown(page(client, f"/search?q={far}")) == []
    assert "Nothing was found" in page(client, f"/search?q={far}")
    assert shown(page(client, f"/search?q={mine}&open=1")) == [mine]
    assert shown(page(client, "/search")) == []
    sign_in(client, OTHER)
    assert shown(page(client, "/search?q=电梯")) == [far]


def copies(number: str, count: int) -> None:
    """Put copies of a case beside it, as many as an office never has."""
    own = case_id(number)
    (case,) = rows(db.session.execute(select(CaseRow.__table__).where(CaseRow.id == own)))
    (stay,) = rows(db.session.execute(select(StayRow.__table__).where(StayRow.case_id == own)))
    ids = range(own + 1000, own + 1000 + count)
    with transaction() as session:
        session.execute(insert(CaseRow), [{**case, "id": i, "number": number_of(i)} for i in ids])
        session.execute(insert(StayRow), [{**stay, "case_id": i} for i in ids])


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """Note the statements that the database gets."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_page_costs_six_statements_whatever_it_shows(
    client: FlaskClient, asked: list[str]
) -> None:
    copies(opened(), 1002)
    sign_in(client, FIO)
    found = {}
    for count in (25, 100):
        for _again in range(2):  # the first may have to look up a ladder
            asked.clear()
            text = page(client, f"/desk?rows={count}")
            found[count] = len(asked)
        assert len(shown(text)) == count
        assert counts(text)[0] == "1,000+"
    assert found[25] == found[100] <= 6
    further = page(client, next_page(text))
    assert len(shown(further)) == 100
    assert not {*shown(further)} & {*shown(text)}
