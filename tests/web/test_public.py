"""The public's pages: a case from its first word to its grade, without scripts or names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, insert, select
from tests.integration.cases import at_station, do, last, opened, shown
from werkzeug.test import TestResponse

from tiji.cases.model import CaseRow
from tiji.clock import FixedClock
from tiji.db import db, transaction
from tiji.people.queries import all_officer_names
from tiji.portal.actions import new_token, submit
from tiji.portal.published import CAP, figures, published
from tiji.portal.rules import Submission, written_code
from tiji.runtime import runtime
from tiji.testing.browsing import Visitor

pytestmark = pytest.mark.sqlite("pages call what is tested on both")

HTML = {"Accept": "text/html"}
WHAT = {"title": "安置房十年未办证", "content": "去过四次，都说缺验收备案", "told_no": "in_person"}
WHO = {"kind": "citizen", "name": "张三丰", "phone": "138 0000 2046", "address": "滨河锦苑 603"}
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


class Citizen(Visitor):
    """Ask for pages, and send each form with the token of the page that it stands on."""

    def get(self, *args: Any, **how: Any) -> TestResponse:
        return super().get(*args, headers=HTML, **how)

    def post(self, *args: Any, **how: Any) -> TestResponse:
        token = re.search(r'"X-CSRFToken": "([^"]+)"', self.get("/privacy").text)
        assert token
        return super().post(*args, headers={**HTML, "X-CSRFToken": token[1]}, **how)


@pytest.fixture
def client(web: Flask) -> Citizen:
    """Give somebody at home."""
    web.test_client_class = Citizen
    found = web.test_client()
    assert isinstance(found, Citizen)
    return found


def brought(**changed: Any) -> tuple[str, str]:
    """Bring a case at the public's door; give its number and code."""
    words: dict[str, Any] = {
        "matter": "petitions.other",
        **{name: WHAT[name] for name in ("title", "content")},
        **{name: WHO[name] for name in ("kind", "name", "phone")},
    }
    receipt = submit(Submission(**{**words, **changed}), new_token())
    assert receipt.number and receipt.code
    return receipt.number, receipt.code


def told(client: FlaskClient, **changed: str) -> TestResponse:
    """Go the three steps."""
    client.post("/submit", data={**WHAT, "matter": "petitions.other", **changed})
    client.post("/submit/who", data={**WHO, **changed})
    return client.post("/submit/send")


def found(client: FlaskClient, number: str, secret: str) -> TestResponse:
    """Look a case up, and give the page that it leads to."""
    return client.post("/track", data={"number": number, "secret": secret}, follow_redirects=True)


def later(**by: int) -> None:
    clock = runtime().clock
    assert isinstance(clock, FixedClock)
    clock.move(timedelta(**by))


def text_of(answer: TestResponse) -> str:
    """Give what is read on a page."""
    return unescape(re.sub(r"<[^>]+>", " ", answer.text))


def count(model: Any) -> int:
    return int(db.session.scalar(select(func.count()).select_from(model)) or 0)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Note the statements that reach the database."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, sql: str, *_more: object) -> None:
        seen.append(sql)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_three_steps_to_a_case_and_its_receipt(client: FlaskClient) -> None:
    answer = client.post("/submit", data={**WHAT, "matter": "petitions.other"})
    assert (answer.status_code, answer.location) == (303, "/submit/who")
    answer = client.post("/submit/who", data=WHO)
    assert (answer.status_code, answer.location) == (303, "/submit/check")
    check = text_of(client.get("/submit/check"))
    for said in (WHAT["title"], WHAT["content"], "Yes, face to face", WHO["name"], WHO["phone"]):
        assert said in check
    assert count(CaseRow) == 0, "nothing is sent before it is checked"
    assert client.post("/submit/send").location == "/submit/done"
    done = client.get("/submit/done")
    number = re.search(r"TJ\d{10}", done.text)
    code = re.search(r"(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}", done.text)
    assert number and code
    case = shown(number[0])
    assert (case["title"], case["channel"]) == (WHAT["title"], "web")
    assert last(number[0], "case_opened")["told_no"] == "in_person"
    assert "Tue 24 November, 17:30" in text_of(done), "until when somebody calls"
    assert client.get("/submit/receipt.svg").mimetype == "image/svg+xml"
    kept = client.get("/submit/receipt.txt")
    assert "attachment" in kept.headers["Content-Disposition"]
    assert code[0] in kept.text
    assert code[0] not in client.get("/submit").text, "the next one begins with empty fields"
    assert WHO["name"] not in client.get("/submit/who", follow_redirects=True).text
    assert WHAT["title"] in found(client, number[0], code[0]).text


def test_the_receipt_goes_from_the_screen_after_half_an_hour(client: FlaskClient) -> None:
    told(client)
    assert client.get("/submit/done").status_code == 200
    later(minutes=31)
    assert client.get("/submit/done").location == "/track"
    for path in ("/submit/receipt.svg", "/submit/receipt.txt"):
        assert client.get(path).status_code == 404


def test_sending_twice_opens_one_case(client: FlaskClient) -> None:
    client.post("/submit", data={**WHAT, "matter": "petitions.other"})
    client.post("/submit/who", data=WHO)
    before = client.get_cookie("tiji_form")
    client.post("/submit/send")
    first = client.get("/submit/done").text
    assert before
    client.set_cookie("tiji_form", before.value)  # the answer was lost, the form is sent again
    client.post("/submit/send")
    assert count(CaseRow) == 1
    number = re.search(r"TJ\d{10}", first)
    assert number and number[0] in client.get("/submit/done").text


def test_what_is_wrong_is_said_twice_in_the_same_words(client: FlaskClient) -> None:
    client.post("/submit", data=WHAT)
    answer = client.post("/submit/who", data={**WHO, "phone": "138 0000 204", "name": ""})
    assert answer.status_code == 422
    assert re.search(r"<title>Error: ", answer.text)
    assert answer.text.count("A mobile number has 11 digits, this one has 10.") == 2
    assert '<a href="#phone">' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "138 0000 204" in answer.text, "what was typed stays"
    assert client.get("/submit/check").location == "/submit/who", "no step is passed by"
    answer = client.post("/submit", data={**WHAT, "content": " "})
    assert answer.status_code == 422
    assert client.get("/submit/who").location == "/submit"


def test_words_find_the_matter_and_its_form_is_asked(client: FlaskClient) -> None:
    words = {"title": "补发产权证", "content": "购房合同和发票遗失，原始材料缺失"}
    offered = client.post("/submit/matters", data=words).text
    assert "natural_resources.papers_missing" in offered
    asked = client.post("/submit", data={**words, "do": "find"})
    assert asked.status_code == 200, "without scripts a button finds them"
    assert "natural_resources.papers_missing" in asked.text
    client.post("/submit", data={**words, "matter": "natural_resources.papers_missing"})
    form = client.get("/submit/who").text
    assert 'name="m-missing_papers"' in form
    assert "id_number" not in form, "who one is, an officer asks where it is needed"
    assert 'name="m-state"' not in form, "nor what is the office's"
    client.post("/submit/who", data={**WHO, "m-missing_papers": "购房发票", "m-state": "已办结"})
    client.post("/submit/send")
    case = db.session.scalars(select(CaseRow)).one()
    assert case.form["missing_papers"] == "购房发票"
    assert "state" not in case.form


def test_who_does_not_know_leaves_it_to_the_office(client: FlaskClient) -> None:
    told(client, matter="")
    case = db.session.scalars(select(CaseRow)).one()
    assert case.matter.endswith(".other")


def test_a_routine_matter_leads_to_its_guideline(client: FlaskClient) -> None:
    answer = client.post("/submit", data={**WHAT, "matter": "natural_resources.enquiry"})
    assert answer.location == "/matters/natural_resources.enquiry"
    page = text_of(client.get(answer.location))
    assert "needs no case" in page
    assert "12345" in page


def test_files_come_before_the_case_and_are_bound_to_it(client: FlaskClient) -> None:
    file = (BytesIO("购房合同".encode()), "合同<b>.txt")
    answer = client.post("/submit", data={**WHAT, "file": [file], "do": "add"})
    assert answer.status_code == 200
    assert "合同_b_.txt" in answer.text
    assert WHAT["content"] in answer.text, "what was typed stays"
    bad = client.post("/submit", data={**WHAT, "file": [(BytesIO(b"MZ\0\0"), "x.exe")]})
    assert bad.status_code == 422
    assert "x.exe is of no kind that is taken" in text_of(bad)
    told(client)
    number = db.session.scalars(select(CaseRow.number)).one()
    code = re.search(r"(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}", client.get("/submit/done").text)
    assert code
    page = found(client, number, code[0])
    link = re.search(r"/track/files/\d+", page.text)
    assert link
    sent = client.get(link[0])
    assert sent.data.decode() == "购房合同"
    assert "attachment" in sent.headers["Content-Disposition"]
    assert "sandbox" in sent.headers["Content-Security-Policy"]
    assert client.get("/track/files/999").status_code == 404


def test_a_file_can_be_taken_back_before_it_is_sent(client: FlaskClient) -> None:
    file = (BytesIO(b"text"), "a.txt")
    page = client.post("/submit", data={**WHAT, "file": [file], "do": "add"}).text
    drop = re.search(r'value="(drop:\d+)"', page)
    assert drop
    assert "a.txt" not in client.post("/submit", data={**WHAT, "do": drop[1]}).text


def test_somebody_else_at_the_machine_finds_nothing(client: FlaskClient, web: Flask) -> None:
    client.post("/submit", data=WHAT)
    assert WHAT["title"] in client.get("/submit").text
    assert WHAT["title"] not in web.test_client().get("/submit").text
    later(hours=3)
    assert WHAT["title"] not in client.get("/submit").text
    client.post("/submit", data=WHAT)
    client.post("/submit/clear")
    assert WHAT["title"] not in client.get("/submit").text


def test_a_case_is_followed_written_to_and_rated(client: FlaskClient) -> None:
    number, code = brought()
    page = found(client, number.lower(), code.lower())
    assert page.request.path == "/track/case"
    assert WHO["name"] not in page.text
    assert "张某某" in page.text
    answer = client.post("/track/message", data={"text": "请回电"}, follow_redirects=True)
    assert "请回电" in answer.text
    file = (BytesIO(b"text"), "备案表.txt")
    data = {"text": "备案表找到了", "file": [file]}
    answer = client.post("/track/supplement", data=data, follow_redirects=True)
    assert "备案表.txt" in answer.text
    assert client.get("/track/rate").location == "/track/case", "there is no answer yet"
    do(number, "complete")
    later(minutes=31)
    found(client, number, code)
    assert client.get("/track/rate").status_code == 200
    assert client.post("/track/rate", data={"text": "好"}).status_code == 422
    answer = client.post(
        "/track/rate", data={"grade": "1", "told_no": "yes"}, follow_redirects=True
    )
    assert "You gave 1 of 5" in text_of(answer)
    case = shown(number)
    assert (case["grade"], case["reopen_requested"]) == (1, True)


def test_a_case_is_taken_back(client: FlaskClient) -> None:
    number, code = brought()
    found(client, number, code)
    assert client.get("/track/withdraw").status_code == 200
    assert shown(number)["status"] == "open", "asking ends nothing"
    answer = client.post("/track/withdraw", data={"text": ""}, follow_redirects=True)
    assert "It was taken back" in text_of(answer)
    assert shown(number)["status"] == "withdrawn"


def test_the_phone_shows_the_light_and_nothing_else(client: FlaskClient) -> None:
    number, _code = brought()
    page = found(client, number, "2046")
    assert "station 1" in text_of(page)
    for hidden in (WHAT["title"], WHAT["content"], "张某某", "petitions"):
        assert hidden not in page.text
    for path in ("/track/message", "/track/rate", "/track/withdraw", "/track/files/1"):
        assert client.get(path).location == "/track"
        if "files" not in path:
            assert client.post(path, data={"text": "x", "grade": "5"}).location == "/track"
    assert shown(number)["version"] == 1


def test_nobody_reads_a_case_without_its_receipt(client: FlaskClient, web: Flask) -> None:
    number, code = brought()
    assert client.get("/track/case").location == "/track"
    for path in ("/track/message", "/track/supplement", "/track/rate", "/track/withdraw"):
        assert client.post(path, data={"text": "x", "grade": "5"}).location == "/track"
    found(client, number, code)
    assert web.test_client().get("/track/case").location == "/track"
    client.post("/track/leave")
    assert client.get("/track/case").location == "/track"


def test_a_page_left_alone_asks_again(client: FlaskClient) -> None:
    number, code = brought()
    found(client, number, code)
    for _time in range(3):
        later(minutes=20)
        assert client.get("/track/case").status_code == 200
    later(minutes=31)
    assert client.get("/track/case").location == "/track"


def test_ten_wrong_codes_are_the_end_even_for_the_right_one(client: FlaskClient) -> None:
    number, code = brought()
    said = set()
    for place in range(10):
        wrong = written_code(bytes([place] * 16))
        answer = client.post("/track", data={"number": number, "secret": wrong})
        assert answer.status_code == 422
        said.add(text_of(answer))
    assert len(said) == 1
    answer = client.post("/track", data={"number": number, "secret": code})
    assert answer.status_code == 429
    assert "Come back in an hour" in text_of(answer)
    assert "trouble" not in answer.text


def test_a_number_that_nobody_has_looks_like_a_wrong_code(client: FlaskClient) -> None:
    number, _code = brought()
    pages = {
        client.post("/track", data={"number": n, "secret": s}).text.replace(n, "…")
        for n in (number, "TJ2026999999")
        for s in (written_code(bytes(16)), "0000")
    }
    tokens = re.compile(r'value="[\w.-]{60,}"|"X-CSRFToken": "[^"]+"')
    assert len({tokens.sub("", page) for page in pages}) == 1


def test_no_address_tells_of_a_person_or_a_code(client: FlaskClient, web: Flask) -> None:
    """What is typed goes by POST, and what is found stays in the cookie (S36)."""
    told(client)
    rules = {rule.rule for rule in web.url_map.iter_rules() if rule.endpoint[:5] == "track"}
    assert not [rule for rule in rules if "number" in rule or "code" in rule]
    number, code = brought()
    page = found(client, number, code)
    assert (page.request.path, page.request.query_string) == ("/track/case", b"")
    for answer in (page, client.get("/submit/done"), client.get("/track")):
        assert answer.headers["Cache-Control"] == "no-store"
        links = re.findall(r'(?:href|src|action)="([^"]+)"', answer.text)
        assert not [link for link in links if number in link or code in link]


def everything(client: FlaskClient) -> dict[str, TestResponse]:
    """Open every public page that somebody can come to."""
    number, code = brought(title="张三丰的房子")
    do(number, "take")
    for _step in range(3):
        do(number, "escalate", why="钱泊远查过：缺备案")
    do(number, "comment", text="白明澜已联系您", public=True)
    pages = {path: client.get(path) for path in ("/", "/submit", "/track", "/matters", "/privacy")}
    codes = [entry.code for entry in published()]
    for path in [f"/matters/{one}{more}" for one in codes for more in ("", "/print")]:
        pages[path] = client.get(path)
    client.post("/submit", data={**WHAT, "matter": "petitions.other"})
    pages["/submit/who"] = client.get("/submit/who")
    client.post("/submit/who", data=WHO)
    pages["/submit/check"] = client.get("/submit/check")
    client.post("/submit/send")
    pages["/submit/done"] = client.get("/submit/done")
    pages["light"] = found(client, number, "2046")
    pages["station 4"] = found(client, number, code)
    for path in ("/track/message", "/track/supplement", "/track/withdraw"):
        pages[path] = client.get(path)
    do(number, "refuse", feedback="沈一川、雷南乔已当面说明")
    later(minutes=31)
    pages["refused"] = found(client, number, code)
    pages["/track/rate"] = client.get("/track/rate")
    return pages


def test_no_officer_is_named_and_every_page_has_the_hotline(client: FlaskClient) -> None:
    names = all_officer_names()
    assert len(names) > 100
    pages = everything(client)
    for where, page in pages.items():
        assert page.status_code == 200, where
        assert [name for name in names if name in page.text] == [], where
        assert re.search(r"\w+_(?:fio|head|deputy|principal)\d?\b", page.text) is None, where
        text = text_of(page)
        assert "12345" in text and "0:00-24:00" in text, where
        assert "style=" not in page.text, where
        assert page.text.count("<h1") == 1, where
    assert "补齐三分之二业主签字后再申请" in pages["refused"].text
    assert "the officer已联系您" in pages["station 4"].text


def test_both_languages_stand_on_every_page(client: FlaskClient) -> None:
    for path in ("/", "/submit", "/track", "/matters", "/privacy"):
        page = client.get(path)
        assert f'href="{path}?lang=zh"' in page.text
        assert '<html lang="en">' in page.text
    page = client.get("/track?lang=zh")
    assert '<html lang="zh-CN">' in page.text
    assert '<html lang="zh-CN">' in client.get("/submit").text, "it is remembered"


def test_what_people_type_is_shown_as_they_typed_it(client: FlaskClient) -> None:
    """Scripts and tags in every field, file name and argument come out as text (S17)."""
    texts = {"title": XSS, "content": XSS, "name": XSS, "address": XSS}
    shown_again = client.post("/submit", data={"title": XSS, "content": XSS, "do": "find"})
    wrong = client.post("/submit/who", data={**WHO, **texts, "phone": XSS, "credit_code": XSS})
    client.post("/submit", data={**WHAT, **texts, "matter": "natural_resources.papers_missing"})
    client.post("/submit/who", data={**WHO, **texts, "m-missing_papers": XSS})
    pages = [shown_again, wrong, client.get("/submit/who"), client.get("/submit/check")]
    number, code = brought(title=XSS, content=XSS, name=XSS)
    pages.append(found(client, number, code))
    for what in ("message", "supplement"):
        file = (BytesIO(b"text"), f"{XSS}.txt")
        answer = client.post(
            f"/track/{what}", data={"text": XSS, "file": [file]}, follow_redirects=True
        )
        pages.append(answer)
    pages.append(client.get(f"/matters?q={XSS}&department={XSS}&audience={XSS}"))
    pages.append(client.post("/track", data={"number": XSS, "secret": XSS}))
    pages.append(client.post("/submit/matters", data={"title": XSS, "matter": XSS}))
    for page in pages:
        assert "<script>alert" not in page.text, page.request.path
        assert "<img src=x" not in page.text, page.request.path
    assert "&lt;script&gt;alert(1)" in pages[3].text


def test_looking_writes_nothing(client: FlaskClient) -> None:
    number, code = brought()
    found(client, number, code)
    client.post("/submit", data=WHAT)
    paths = ["/", "/submit", "/submit/who", "/submit/check", "/matters", "/track", "/track/case",
             "/track/message", "/track/withdraw", "/privacy", "/submit/done"]  # fmt: skip
    with statements() as seen:
        for path in paths:
            client.get(path)
    assert [sql for sql in seen if not sql.lstrip().upper().startswith("SELECT")] == []


def test_a_form_without_its_token_changes_nothing(web: Flask) -> None:
    number, code = brought()
    web.test_client_class = Visitor
    client = web.test_client()
    for path in ("/submit", "/submit/send", "/track", "/track/message", "/track/leave"):
        answer = client.post(path, data={**WHAT, "number": number, "secret": code})
        assert answer.status_code == 400, path


def many(number: int) -> None:
    """Copy a case so many times, some of them answered."""
    row = dict(db.session.execute(select(CaseRow.__table__)).mappings().first() or {})
    now = runtime().clock.now()
    copies = [
        {
            **row,
            "id": row["id"] + place,
            "number": f"TJ2026{500000 + place:06d}",
            **({"answered_at": now, "grade": 1 + place % 5, "outcome": "done",
                "answered_station": 1 + place % 4} if place % 2 else {}),
        }
        for place in range(1, number + 1)
    ]  # fmt: skip
    with transaction() as session:
        session.execute(insert(CaseRow), copies)


def test_home_and_tracking_cost_the_same_however_many_cases(client: FlaskClient) -> None:
    number, code = brought()
    found(client, number, code)
    counted = []
    for more in (0, 60):
        if more:
            many(more)
            for _time in range(6):
                do(number, "comment", text="已约周三面谈", public=True)
            later(minutes=2)
        client.get("/track/case")
        for path in ("/", "/track/case", "/matters"):
            with statements() as seen:
                client.get(path)
            counted.append((path, len(seen)))
    assert counted[:3] == counted[3:]
    assert dict(counted)["/"] <= 8
    assert dict(counted)["/track/case"] <= 10


def test_figures_are_capped_kept_for_a_minute_and_can_be_hidden(
    client: FlaskClient, web: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened()
    assert (figures().satisfied, figures().refused) == (None, None), "of so few nothing is said"
    many(CAP + 99)
    later(minutes=2)
    page = text_of(client.get("/"))
    assert "1,000+" in page
    assert "60.0%" in page, "grades 3 to 5 are satisfied"
    with statements() as seen:
        client.get("/")
    assert not [sql for sql in seen if "tj_case" in sql], "the figures of the last minute"
    settings = web.extensions["tiji"].settings
    for left_out, word in [("open", "being worked on"), ("satisfied", "are satisfied"),
                           ("refused", "were a no"), ("stations", "end here")]:  # fmt: skip
        kept = tuple(name for name in settings.publish if name != left_out)
        later(minutes=2)
        assert word in text_of(client.get("/"))
        monkeypatch.setattr(web.extensions["tiji"], "settings", replaced(settings, kept))
        later(minutes=2)
        assert word not in text_of(client.get("/")), left_out
        monkeypatch.setattr(web.extensions["tiji"], "settings", settings)


def replaced(settings: Any, publish: tuple[str, ...]) -> Any:
    from dataclasses import replace

    return replace(settings, publish=publish)


@pytest.mark.sqlite("it tells its plan in words")
def test_each_figure_comes_from_an_index(web: Flask) -> None:
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, sql: str, values: Any, *_more: object) -> None:
        seen.append((sql, values))

    event.listen(db.engine, "before_cursor_execute", note)
    figures()
    event.remove(db.engine, "before_cursor_execute", note)
    assert len(seen) == 3
    for sql, values in seen:
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        steps = [row[3] for row in plan]
        assert not [s for s in steps if re.search(r"SCAN tj_\w+$", s) or "TEMP B-TREE" in s], steps


def test_the_list_is_searched_and_filtered(client: FlaskClient) -> None:
    everything = text_of(client.get("/matters"))
    assert "企业" in everything or "信访" in everything
    page = text_of(client.get("/matters?q=信访&department=petitions_bureau"))
    assert "信访积案" in page
    assert "办证难" not in page
    assert "Nothing on the list" in text_of(client.get("/matters?q=没有这样的事项"))
    assert client.get("/matters/nothing.here").status_code == 404
    assert client.get("/matters/nothing.here/print").status_code == 404


def test_a_guideline_draws_the_ladder_that_the_matter_has(client: FlaskClient) -> None:
    page = client.get("/matters/natural_resources.papers_missing")
    drawn = re.search(r"<svg class=\"workflow\".*?</svg>", page.text, re.DOTALL)
    assert drawn
    stations = re.findall(r'class="wf-title"[^>]*>([^<]+)', drawn[0])
    assert stations == ["First-inquiry officer", "Section head", "Deputy head in charge",
                        "Head of the department", "City leaders"]  # fmt: skip
    assert drawn[0].count('class="wf-no"') == 2, "only two may say no"
    assert drawn[0].count('class="wf-up"') == 4


def test_a_refused_case_shows_every_word_of_the_answer(client: FlaskClient) -> None:
    number = at_station(4, matter_code="petitions.other")
    do(number, "refuse")
    assert client.get("/track/case").location == "/track", "an officer's case has no receipt"
