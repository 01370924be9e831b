"""Signing in with a browser: what it asks, what it tells, what it refuses, what ends it."""

from __future__ import annotations

import re
import statistics
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update
from tests.integration.cases import FIO, HEAD

from tiji.accounts import actions, passwords
from tiji.accounts.queries import second_factor, signed_in
from tiji.clock import FixedClock
from tiji.db import db, transaction
from tiji.people.model import Officer
from tiji.runtime import runtime
from tiji.testing.browsing import PASSWORD, account, send, sign_in, token_of
from tiji.web.headers import limiter
from tiji.web.viewer import COOKIE

pytestmark = pytest.mark.sqlite("pages call what is tested on both")

WEB = {"Accept": "text/html"}


def enter(client: FlaskClient, name: str = FIO, password: str = PASSWORD, **more: str) -> Any:
    """Send the form of the sign-in page."""
    return send(client, "/signin", name=name, password=password, **more)


def token(client: FlaskClient) -> str | None:
    """Give the client's session token."""
    found = client.get_cookie(COOKIE)
    return found.value if found else None


def later(**step: int) -> None:
    """Move the clock."""
    clock = runtime().clock
    assert isinstance(clock, FixedClock)
    clock.move(timedelta(**step))


def is_in(client: FlaskClient) -> bool:
    """Tell whether the client's own account shows itself."""
    answer = client.get("/account", headers=WEB)
    assert answer.status_code in (200, 303)
    return answer.status_code == 200


def followed(client: FlaskClient, answer: Any) -> str:
    """Follow redirects; say where they lead."""
    for _step in range(4):
        if answer.status_code != 303:
            break
        path = answer.location
        answer = client.get(path, headers=WEB)
    assert answer.status_code == 200
    return str(path)


def test_name_and_password_lead_to_where_one_wanted_to_go(client: FlaskClient) -> None:
    account(FIO)
    asked = client.get("/account?lang=en", headers=WEB)
    assert (asked.status_code, asked.location) == (303, "/signin?next=/account?lang%3Den")
    page = client.get(asked.location, headers=WEB)
    assert 'value="/account?lang=en"' in page.text
    done = enter(client, next="/account?lang=en")
    assert followed(client, done) == "/account?lang=en"
    assert is_in(client)


def test_the_cookie_is_out_of_scripts_reach_and_of_other_sites(client: FlaskClient) -> None:
    account(FIO)
    cookie = next(c for c in enter(client).headers.getlist("Set-Cookie") if COOKIE in c)
    assert "HttpOnly" in cookie
    assert "Expires" not in cookie, "it ends with the browser"
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)",
     "\\\\evil.example", "http:evil.example", "/\t/evil.example", " //evil.example"],
)  # fmt: skip
def test_a_sign_in_leads_nowhere_else(client: FlaskClient, elsewhere: str) -> None:
    account(FIO)
    done = enter(client, next=elsewhere)
    assert "evil" not in done.location
    assert "javascript" not in done.location
    direct = client.get("/arrive", query_string={"next": elsewhere}, headers=WEB)
    assert "evil" not in direct.location
    assert direct.location.startswith("/")


def test_what_is_wrong_is_said_the_same_for_a_name_that_nobody_has(client: FlaskClient) -> None:
    account(FIO)
    heard = []
    for name in (FIO, "nobodynobod"):
        assert len(name) == len(FIO)
        answers = [enter(client, name, "not the password") for _time in range(6)]
        assert {answer.status_code for answer in answers} == {422}
        heard.append([answer.text.replace(name, "NAME") for answer in answers])
    assert heard[0] == heard[1]
    assert "name or the password is wrong" in heard[0][0]
    assert "4 tries are left" in heard[0][0]
    assert enter(client).status_code == 422, "locked, though the password is right"
    later(minutes=15)
    assert enter(client).status_code == 303


def test_a_name_that_nobody_has_takes_as_long(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    account(FIO)
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(1, 4096, 1))
    actions.set_password(FIO, PASSWORD, must_change=False)
    times: dict[str, list[float]] = {FIO: [], "nobodynobod": []}
    for name in (*times, *times):
        enter(client, name, "warm")
    for _round in range(12):
        for name, taken in times.items():
            began = perf_counter()
            enter(client, name, "not the password")
            taken.append(perf_counter() - began)
        later(minutes=16)
    known, unknown = (statistics.median(taken) for taken in times.values())
    assert abs(known - unknown) < 0.010


def test_a_token_from_before_the_sign_in_is_worth_nothing(client: FlaskClient) -> None:
    account(FIO)
    client.set_cookie(COOKIE, "chosen-by-somebody-else")
    enter(client)
    first = token(client)
    assert first
    assert first != "chosen-by-somebody-else"
    enter(client)
    assert token(client) != first
    assert signed_in(first) is None, "who signs in anew leaves no session behind"


def test_one_is_signed_out_for_good(client: FlaskClient) -> None:
    account(FIO)
    enter(client)
    kept = token(client)
    assert kept
    assert send(client, "/signout").status_code == 303
    assert token(client) is None
    assert signed_in(kept) is None


def test_fifteen_minutes_end_a_session_and_reading_prolongs_it(client: FlaskClient) -> None:
    sign_in(client, FIO)
    for _time in range(3):
        later(minutes=14)
        assert is_in(client)
    later(minutes=15)
    assert not is_in(client)


def test_a_session_is_noted_once_a_minute_and_reading_writes_nothing_else(
    client: FlaskClient,
) -> None:
    sign_in(client, FIO)
    written: list[str] = []

    def note(_connection: object, _cursor: object, sql: str, *_more: object) -> None:
        if not sql.lstrip().upper().startswith(("SELECT", "WITH")):
            written.append(sql)

    event.listen(db.engine, "before_cursor_execute", note)
    later(seconds=30)
    assert is_in(client)
    assert written == []
    later(seconds=31)
    assert is_in(client)
    assert is_in(client)
    event.remove(db.engine, "before_cursor_execute", note)
    assert len([sql for sql in written if sql.startswith("UPDATE tj_session")]) == 1


@pytest.mark.parametrize("how", ["left", "disabled", "role"])
def test_access_ends_at_the_next_request(client: FlaskClient, how: str) -> None:
    sign_in(client, FIO, "efficiency")
    assert is_in(client)
    if how == "disabled":
        actions.disable(FIO)
    elif how == "role":
        actions.revoke_role(FIO, "efficiency")
    else:
        with transaction() as session:
            officer = update(Officer).where(Officer.code == FIO)
            session.execute(officer.values(ends_at=runtime().clock.now()))
    assert not is_in(client)


def test_a_temporary_password_leads_to_one_of_ones_own(client: FlaskClient) -> None:
    account(FIO, must_change=True)
    enter(client)
    assert followed(client, client.get("/account", headers=WEB)).startswith("/signin/password")
    new = "nine cups 云 of tea"
    assert "not the same" in send(client, "/signin/password", new=new, again="x").text
    assert "characters" in send(client, "/signin/password", new="short", again="short").text
    before = token(client)
    done = send(client, "/signin/password", new=new, again=new)
    assert done.status_code == 303
    assert token(client) != before
    assert is_in(client)
    assert followed(client, client.get("/signin/password", headers=WEB)) != "/signin/password"


def enrol(client: FlaskClient) -> tuple[pyotp.TOTP, list[str]]:
    """Set the second factor up as the pages say."""
    send(client, "/account/factor/begin")
    page = client.get("/account/factor", headers=WEB).text
    secret = second_factor(FIO).secret
    assert secret
    assert "<path d=" in page
    assert secret in page.replace(" ", "")
    totp = pyotp.TOTP(secret)
    assert send(client, "/account/factor", code="12345").status_code == 422
    shown = send(client, "/account/factor", code=totp.at(runtime().clock.now())).text
    codes = re.findall(r"<li>(\w{5}-\w{5})</li>", shown)
    assert len(codes) == 10
    later(seconds=30)
    return totp, codes


def test_the_second_step_asks_for_a_code_that_counts_once(client: FlaskClient, web: Flask) -> None:
    sign_in(client, FIO)
    totp, codes = enrol(client)
    assert is_in(client)
    other = web.test_client()
    enter(other, next="/account")
    assert followed(other, other.get("/account", headers=WEB)).startswith("/signin/second")
    before, code = token(other), totp.at(runtime().clock.now())
    assert "wrong or was used" in send(other, "/signin/second", code="000000").text
    assert followed(other, send(other, "/signin/second", code=code, next="/account")) == "/account"
    assert token(other) != before
    again = web.test_client()
    enter(again)
    assert send(again, "/signin/second", code=code).status_code == 422
    assert not is_in(again)
    assert send(again, "/signin/second", code=codes[0]).status_code == 303
    assert is_in(again)


def test_half_a_sign_in_opens_nothing(client: FlaskClient, web: Flask) -> None:
    sign_in(client, FIO)
    enrol(client)
    other = web.test_client()
    enter(other)
    for path in ("/account", "/account/factor", "/arrive", "/signin/password"):
        assert other.get(path, headers=WEB).location.startswith("/signin/second"), path
    answer = send(other, "/account/factor/off", code="000000")
    assert answer.status_code == 401


def test_the_city_can_ask_everybody_for_the_second_step(client: FlaskClient) -> None:
    here = runtime()
    here.settings = replace(here.settings, require_totp=True)
    account(FIO)
    enter(client)
    assert followed(client, client.get("/account", headers=WEB)).startswith("/account/factor")
    enrol(client)
    assert is_in(client)


def test_a_form_without_its_token_is_refused(client: FlaskClient) -> None:
    account(FIO)
    fields = {"name": FIO, "password": PASSWORD}
    assert client.post("/signin", data=fields, headers=WEB).status_code == 400
    assert token(client) is None
    sign_in(client, FIO)
    for path in ("/signout", "/account/password", "/account/preferences"):
        assert client.post(path, headers=WEB).status_code == 400
    assert is_in(client)


def test_many_tries_from_one_address_are_slowed_down(client: FlaskClient) -> None:
    account(FIO)
    answers = [enter(client, FIO, "not the password").status_code for _time in range(21)]
    assert answers[-1] == 429
    limiter.reset()


def test_a_part_of_a_page_is_not_answered_with_a_page(client: FlaskClient) -> None:
    asked = {**WEB, "HX-Request": "true", "HX-Current-URL": "http://localhost/account?lang=en"}
    answer = client.get("/account", headers=asked)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/signin?next=/account?lang%3Den"
    assert answer.data == b""


def test_an_act_after_the_end_of_the_session_changes_nothing_and_says_so(
    client: FlaskClient,
) -> None:
    sign_in(client, FIO)
    form = token_of(client)
    later(minutes=20)
    sent = {"keys": "off", "undo": "120", "csrf_token": form}
    answer = client.post("/account/preferences", data=sent, headers=WEB)
    assert answer.status_code == 401
    assert "signed out" in answer.text
    sign_in(client, FIO)
    found = signed_in(str(token(client)))
    assert found
    assert found.preferences.keys is True
    assert client.post("/account/preferences", data=sent, headers=WEB).status_code == 303, (
        "the page that was left open can be sent after a new sign-in"
    )


def test_ones_own_account(client: FlaskClient, web: Flask) -> None:
    sign_in(client, FIO)
    other = web.test_client()
    sign_in(other, FIO)
    page = client.get("/account", headers=WEB).text
    ends = re.findall(r"/account/sessions/(\d+)/end", page)
    assert len(ends) == 1, "the session one is in has no such button"
    send(client, f"/account/sessions/{ends[0]}/end")
    assert not is_in(other)
    send(client, "/account/preferences", language="en", keys="off", undo="120")
    found = signed_in(str(token(client)))
    assert found
    assert (found.preferences.keys, found.preferences.undo) == (False, 120)
    new = "nine cups 云 of tea"
    wrong = send(client, "/account/password", current="x", new=new, again=new)
    assert "present password is wrong" in wrong.text
    done = send(client, "/account/password", current=PASSWORD, new=new, again=new)
    assert done.status_code == 303
    assert "has ended" not in page
    assert is_in(client)


def test_anothers_session_is_not_mine_to_end(client: FlaskClient, web: Flask) -> None:
    sign_in(client, FIO)
    other = web.test_client()
    sign_in(other, HEAD)
    theirs = signed_in(str(token(other)))
    assert theirs
    send(client, f"/account/sessions/{theirs.session}/end")
    assert is_in(other)


def test_public_pages_look_up_no_session(client: FlaskClient) -> None:
    sign_in(client, FIO)
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", note := lambda *a: asked.append(a[2]))
    client.get("/healthz")
    client.get("/static/css/tiji.css").close()
    event.remove(db.engine, "before_cursor_execute", note)
    assert [sql for sql in asked if "tj_session" in sql] == []


def test_no_password_and_no_name_is_in_a_log_line(
    client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    from tiji import logs

    logs.start("debug", "json")
    account(FIO)
    enter(client, "lin@example.cn", "my secret words")
    enter(client)
    text = capfd.readouterr().err
    logs.start("warning", "json")
    assert '"signed in"' in text
    assert '"sign-in refused"' in text
    for word in ("my secret words", PASSWORD, "lin@example", str(token(client))):
        assert word not in text
