"""The public's door: a case is brought, found again by its receipt alone, added to and judged."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from tests.integration.cases import WORDS, do, go_to, kinds, last, refused, shown

from tiji.cases import actions as cases
from tiji.cases.model import CaseRow, ClientWordRow
from tiji.clock import FixedClock
from tiji.db import db
from tiji.errors import BadInputError, RuleError
from tiji.people.queries import all_officer_names
from tiji.portal import actions, queries
from tiji.portal.actions import Receipt, look_up, new_token, submit
from tiji.portal.model import ReceiptRow, TryRow
from tiji.portal.rules import Submission, written_code
from tiji.runtime import runtime
from tiji.testing.databases import Databases

pytestmark = pytest.mark.usefixtures("city")

FIO = "petitions_bureau_fio"
WRONG = written_code(bytes(16))
HERE = "192.0.2.1"


def bring(token: str | None = None, **changed: Any) -> Receipt:
    """Bring a case at the public's door."""
    words: dict[str, Any] = {
        "matter": "petitions.other",
        "kind": "citizen",
        "name": "张某某",
        "phone": "138 0000 2046",
        "address": "滨河锦苑 2 号楼 603",
        "title": "安置房十年未办证",
        "content": "去过四次，都说缺验收备案",
    }
    return submit(Submission(**{**words, **changed}), token or new_token())


def number_of(receipt: Receipt) -> str:
    assert receipt.number
    return receipt.number


def count(model: Any) -> int:
    found = db.session.scalar(select(func.count()).select_from(model))
    db.session.rollback()
    return int(found or 0)


def denied(number: str, secret: str, address: str = HERE) -> str:
    """Assert that nothing is found; give the rule's name."""
    with pytest.raises(RuleError) as caught:
        look_up(number, secret, address)
    return caught.value.rule


def test_a_case_is_brought_and_its_receipt_finds_it() -> None:
    receipt = bring(told_no="in_person")
    case = shown(number_of(receipt))
    assert case["first_inquiry_officer"]["code"] == FIO, "the officer on duty owns it"
    assert (case["channel"], case["station"], case["status"]) == ("web", 1, "open")
    assert last(case["number"], "case_opened")["told_no"] == "in_person"
    assert receipt.code
    found = look_up(case["number"].lower(), receipt.code.lower().replace("-", " "), HERE)
    assert (found.number, found.whole) == (case["number"], True)


def test_who_brought_it_is_sealed_and_the_code_is_kept_nowhere(databases: Databases) -> None:
    receipt = bring()
    assert receipt.code
    assert shown(number_of(receipt))["personal"]["mobile"] == "138****2046"
    db.session.remove()
    stored = databases.contents(runtime().settings.home)
    for secret in (
        "13800002046",
        "滨河锦苑 2 号楼 603",
        receipt.code,
        receipt.code.replace("-", ""),
    ):
        assert secret.encode() not in stored


def test_the_phone_fills_what_the_matters_form_asks_for() -> None:
    assert "mobile" not in shown(number_of(bring()))["missing"]


def test_a_form_sent_twice_opens_one_case_and_gives_the_same_receipt() -> None:
    token = new_token()
    assert bring(token) == bring(token, title="改了一个字")
    assert count(CaseRow) == 1
    assert bring() != bring()
    assert count(CaseRow) == 3


def test_what_fails_leaves_neither_case_nor_receipt() -> None:
    token = new_token()
    with pytest.raises(BadInputError):
        bring(token, matter="petitions.nothing")
    with pytest.raises(RuleError):
        bring(token, phone="12")
    with pytest.raises(BadInputError):
        bring(token, data={"leader": "某市长", "nothing": "x"})
    assert (count(CaseRow), count(ReceiptRow)) == (0, 0)
    assert bring(token).number


def test_only_what_the_matter_asks_its_client_is_taken() -> None:
    """Fields that officers fill in are not for whoever sends a form (S7)."""
    with pytest.raises(BadInputError):
        bring(data={"leader": "某市长"})


def test_a_routine_matter_is_answered_with_guidance() -> None:
    receipt = bring(matter="data_bureau.enquiry")
    assert receipt.number is receipt.code is None
    assert set(receipt.guidance) == {"who", "where", "contact"}
    assert (count(CaseRow), count(ReceiptRow)) == (0, 0)


def test_the_same_person_and_subject_does_not_lead_into_anothers_case() -> None:
    """At a desk a repeated petition is counted; here nobody has shown who they are (S3)."""
    first = bring()
    assert bring().number != first.number


def test_the_last_digits_of_the_phone_show_no_more_than_light_and_station() -> None:
    number = number_of(bring())
    found = look_up(number, "2046", HERE)
    assert not found.whole
    glance = queries.glance(found.number)
    assert (glance.light, glance.open) == ("g", True)
    assert "1" in glance.headline
    assert {*glance.__slots__} == {"number", "headline", "light", "open"}


def test_what_does_not_fit_says_the_same_whatever_is_wrong() -> None:
    """A number that nobody has, another's code, a code like a word: one answer (S16)."""
    number, other = number_of(bring()), bring()
    assert other.code
    said = set()
    tries = [("TJ2026999999", WRONG), (number, WRONG), (number, other.code), (number, "0000"),
             ("TJ2026999999", "2046"), (number, "abc"), ("", "")]  # fmt: skip
    for given, secret in tries:
        with pytest.raises(RuleError) as caught:
            look_up(given, secret, HERE)
        said.add((caught.value.rule, str(caught.value)))
    assert len(said) == 1


def asked_for(number: str, secret: str) -> list[str]:
    """Give the statements that a look-up costs."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, sql: str, *_more: object) -> None:
        seen.append(sql)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        denied(number, secret)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return seen


def test_a_number_that_nobody_has_costs_the_same_as_a_wrong_code() -> None:
    number = number_of(bring())
    for secret in (WRONG, "0000"):
        denied("TJ2026999999", secret)  # from now on each try is counted up
        denied(number, secret)
        assert asked_for(number, secret) == asked_for("TJ2026999999", secret)


def test_ten_wrong_codes_from_one_address_are_the_end_for_an_hour() -> None:
    receipt = bring()
    number, code = number_of(receipt), receipt.code
    assert code
    for _time in range(10):
        assert denied(number, WRONG) == "no-match"
    assert denied(number, code) == "too-many-tries", "also the right one"
    assert look_up(number, code, "192.0.2.2").whole, "nobody locks a client out from elsewhere"
    go_to("2026-11-23T10:01")
    assert look_up(number, code, HERE).whole


def test_ten_wrong_phones_for_one_number_are_the_end_from_everywhere() -> None:
    receipt = bring()
    number = number_of(receipt)
    for place in range(10):
        assert denied(number, f"{place:04d}", f"192.0.2.{place}") == "no-match"
    assert denied(number, "2046", "192.0.2.99") == "too-many-tries"
    for place in range(10):
        assert denied("TJ2026999999", "2046", f"198.51.100.{place}") == "no-match"
    assert denied("TJ2026999999", "2046", "198.51.100.99") == "too-many-tries", "as for a real one"
    assert receipt.code
    assert look_up(number, receipt.code, "192.0.2.99").whole, "the code leads in all the same"


def test_being_right_uses_up_no_try() -> None:
    receipt = bring()
    assert receipt.code
    for _time in range(12):
        assert look_up(number_of(receipt), receipt.code, HERE).whole
    go_to("2026-11-23T11:00")
    denied(number_of(receipt), WRONG)
    assert count(TryRow) == 1, "what is older than an hour is forgotten"


def at_once(app: Flask, *works: Callable[[], Any]) -> list[Any]:
    """Do several things at the same moment, each as a process would; give what came of them."""
    gate = Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        with app.app_context():
            gate.wait()
            try:
                return work()
            finally:
                db.session.remove()

    db.session.remove()
    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def test_those_who_try_at_once_do_not_slip_through(city_app: Flask) -> None:
    number = number_of(bring())

    def attempt(place: int) -> str:
        return denied(number, f"{place:04d}", f"192.0.2.{place}")

    rules = at_once(city_app, *(partial(attempt, place) for place in range(16)))
    assert rules.count("no-match") == 10
    assert rules.count("too-many-tries") == 6


def test_a_form_that_is_sent_several_times_at_once_opens_one_case(city_app: Flask) -> None:
    token = new_token()
    receipts = at_once(city_app, *(partial(bring, token) for _time in range(4)))
    assert len({(receipt.number, receipt.code) for receipt in receipts}) == 1
    assert (count(CaseRow), count(ReceiptRow)) == (1, 1)


def later(minutes: int = 31) -> None:
    clock = runtime().clock
    assert isinstance(clock, FixedClock)
    clock.move(timedelta(minutes=minutes))


def names_in(text: str) -> list[str]:
    names = [name for name in all_officer_names() if name in text]
    db.session.rollback()
    return names


def climbed(number: str, station: int) -> None:
    for _step in range(1, station):
        do(number, "escalate", why="余书航认为缺竣工验收备案")


def test_a_client_sees_where_it_is_and_nobodys_name() -> None:
    number = number_of(bring())
    do(number, "take")
    climbed(number, 3)
    do(number, "comment", text="余书航已约周三面谈", public=True)
    do(number, "comment", text="内部意见", public=False)
    seen = queries.progress(number)
    assert "station 3" in seen.headline
    assert seen.client == "张某某"
    assert seen.due == "Mon 7 December, 17:30"
    assert seen.left == "10.9"
    assert [step["state"] for step in seen.ladder] == ["done", "done", "now", "next", "next"]
    assert {step["holder"] for step in seen.ladder} == {None}
    assert {step["note"] for step in seen.ladder} == {None}
    text = repr(seen)
    assert "内部意见" not in text
    assert "缺竣工验收备案" not in text, "analyses are for officers"
    assert "周三面谈" in text
    assert names_in(text) == []
    assert re.search(r"petitions_bureau_\w+", text) is None, "nor by code"
    assert seen.may == {"message", "supplement", "withdraw"}


def test_a_refusal_shows_reasons_basis_and_ways_forward_once_it_stands() -> None:
    number = number_of(bring())
    climbed(number, 4)
    do(number, "refuse")
    seen = queries.progress(number)
    assert seen.answer is None, "it may still be taken back"
    assert seen.may == frozenset()
    assert WORDS["refuse"]["reasons"] not in repr(seen)
    later()
    seen = queries.progress(number)
    assert seen.answer
    assert seen.answer.outcome == "refused"
    assert seen.answer.reasons == WORDS["refuse"]["reasons"]
    assert seen.answer.basis == WORDS["refuse"]["basis"]
    assert seen.answer.ways == (("补齐三分之二业主签字后再申请", "范科长"),)
    assert seen.may == {"message", "rate"}
    assert any("review" in text for text in seen.after)


def test_of_a_case_that_was_taken_in_the_others_way_is_shown_and_not_whose_it_is() -> None:
    number, other = number_of(bring()), number_of(bring(name="欧阳不明", title="同一小区办不了证"))
    climbed(other, 2)
    cases.merge(number, "petitions_bureau_deputy1", into=other, reason="同一件事")
    seen = queries.progress(number)
    assert "station 2" in seen.headline
    assert (seen.title, seen.client) == ("安置房十年未办证", "张某某")
    assert seen.may == frozenset()
    do(other, "complete", feedback="已向欧阳不明说明，证可以领了")
    later(5)
    seen = queries.progress(number)
    assert seen.answer
    assert "证可以领了" in seen.says
    for hidden in ("欧阳不明", other, "同一小区办不了证"):
        assert hidden not in repr(seen)


def test_nobody_outside_reads_an_answer_that_may_be_taken_back() -> None:
    number = number_of(bring())
    do(number, "complete")
    for shown_now in (queries.glance(number), queries.progress(number)):
        assert "being written" in shown_now.headline
    cases.undo(number, FIO)
    assert "station 1" in queries.glance(number).headline
    assert not [line for line in queries.progress(number).lines if "answered" in line.what]


def test_a_stopped_clock_says_why_and_until_when() -> None:
    number = number_of(bring())
    do(number, "pause")
    seen = queries.progress(number)
    assert seen.light == "p"
    assert "wait for something from you" in seen.says
    assert "27 November" in seen.says


def test_what_the_client_writes_is_sealed_and_read_in_the_log(databases: Databases) -> None:
    number = number_of(bring())
    do(number, "pause")
    due = shown(number)["due_at"]
    actions.write(number, "supplement", "备案表找到了，电话 13900001234")
    case = shown(number)
    assert case["status"] == "paused", "whoever stopped the clock lets it run"
    assert case["due_at"] == due
    assert kinds(number)[-1] == "client_wrote"
    assert case["events"][-1]["actor"] == "client"
    assert case["events"][-1]["data"]["text"] == "备案表找到了，电话 139****1234"
    assert queries.progress(number).lines[0].text == "备案表找到了，电话 139****1234"
    db.session.remove()
    assert "备案表找到了".encode() not in databases.contents(runtime().settings.home)


def test_ten_letters_within_an_hour_are_enough() -> None:
    number = number_of(bring())
    with pytest.raises(RuleError, match="words"):
        actions.write(number, "message", "  ")
    for _time in range(10):
        actions.write(number, "message", "请回电")
    with pytest.raises(RuleError, match="10 times"):
        actions.write(number, "message", "请回电")
    later(61)
    actions.write(number, "message", "请回电")


def test_an_officer_who_decides_meanwhile_learns_that_the_client_wrote() -> None:
    number = number_of(bring())
    seen = shown(number)["version"]
    actions.write(number, "message", "材料齐了")
    refused_by = pytest.raises(Exception, match="client")
    with refused_by:
        cases.take(number, FIO, seen=seen)


def test_a_bad_grade_asks_to_open_it_again_and_says_who_said_no() -> None:
    number = number_of(bring())
    do(number, "complete")
    later(5)
    assert "rate" in queries.progress(number).may
    actions.rate(number, 2, "没办成", told_no=True)
    case = shown(number)
    assert (case["grade"], case["reopen_requested"]) == (2, True)
    assert last(number, "case_rated")["told_no"] is True
    assert queries.progress(number).may == {"message"}
    with pytest.raises(RuleError):
        actions.rate(number, 5)


def test_a_client_takes_the_case_back() -> None:
    number = number_of(bring())
    actions.withdraw(number, "已经办好了")
    assert shown(number)["status"] == "withdrawn"
    seen = queries.progress(number)
    assert (seen.open, seen.may) == (False, frozenset())


def test_a_client_is_no_officer() -> None:
    """Only what a client does may be done in the client's name."""
    number = number_of(bring())
    for action in ("take", "agree", "escalate", "complete"):
        with pytest.raises(BadInputError):
            do(number, action, "client")
    refused("not-a-party", number, "comment", "client")


def test_erasing_takes_what_the_client_wrote_and_the_receipt() -> None:
    receipt = bring()
    number = number_of(receipt)
    actions.write(number, "message", "请回电")
    actions.withdraw(number)
    assert count(ClientWordRow) == 1
    do(number, "erase", "petitions_bureau_principal")
    assert (count(ClientWordRow), count(ReceiptRow)) == (0, 0)
    assert receipt.code
    assert denied(number, receipt.code) == "no-match"
    assert "text" not in last(number, "client_wrote")
