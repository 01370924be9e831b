"""Accounts without a browser: signing in, what ends it, roles, the second factor."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import event, update
from tests.integration.cases import FIO, HEAD, on_leave
from tests.integration.cli import Run

from tiji.accounts import actions, passwords
from tiji.accounts.model import SessionRow, TryRow
from tiji.accounts.queries import accounts, second_factor, sessions, signed_in
from tiji.accounts.rules import SignedIn
from tiji.clock import FixedClock
from tiji.db import db, transaction
from tiji.errors import BadInputError, RuleError
from tiji.people.model import Officer
from tiji.runtime import runtime

GOOD = "三个词 horse battery"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a hash cost next to nothing."""
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(1, 8, 1))


@pytest.fixture
def officer(city: object) -> str:
    """Give an officer with an account whose password is not temporary."""
    actions.set_password(FIO, GOOD, must_change=False)
    return FIO


def later(**step: int) -> None:
    """Move the clock."""
    clock = runtime().clock
    assert isinstance(clock, FixedClock)
    clock.move(timedelta(**step))


def session(officer: str = FIO) -> SignedIn:
    """Sign in and give the session."""
    found = signed_in(actions.sign_in(officer, GOOD).token)
    db.session.remove()  # a command ends all connections but those in use
    assert found
    return found


def said(name: str, password: str) -> tuple[str, str]:
    """Give the rule and the words with which a sign-in is refused."""
    with pytest.raises(RuleError) as caught:
        actions.sign_in(name, password)
    db.session.remove()
    return caught.value.rule, str(caught.value)


def test_who_signs_in_is_the_officer_with_his_seats(officer: str) -> None:
    found = signed_in(actions.sign_in(f" {officer}　", GOOD).token)
    assert found and found.step is None
    assert (found.viewer.code, found.viewer.department) == (FIO, "housing")
    assert [seat.station for seat in found.viewer.seats] == [1]
    assert signed_in("") is None
    assert signed_in("somebody's guess") is None


def test_the_viewer_costs_two_statements(officer: str) -> None:
    on_leave(HEAD, acting=officer)
    actions.grant_role(officer, "window")
    actions.grant_role(officer, "department_admin", "housing")
    token = actions.sign_in(officer, GOOD).token
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", note := lambda *args: seen.append(args[2]))
    found = signed_in(token)
    event.remove(db.engine, "before_cursor_execute", note)
    assert found and len(seen) == 2
    assert found.viewer.roles == {"window", "department_admin"}
    assert found.viewer.administers == {"housing"}
    assert found.viewer.stations == {1, 2}
    assert found.viewer.holders == {officer, HEAD}
    assert {seat.name for seat in found.viewer.seats} == {found.viewer.name}


def test_no_account_and_no_default_password(city: object) -> None:
    assert accounts() == []
    assert said(FIO, GOOD)[0] == "sign-in-refused"


def test_known_and_unknown_names_hear_the_same_until_they_are_locked(officer: str) -> None:
    heard = [[said(name, "not the password") for _time in range(7)] for name in (officer, "nobody")]
    assert heard[0] == heard[1]
    assert [rule for rule, _words in heard[0]] == ["sign-in-refused"] * 5 + ["sign-in-locked"] * 2
    assert "4 tries are left" in heard[0][0][1]
    assert "15 minutes" in heard[0][4][1]
    assert said(officer, GOOD)[0] == "sign-in-locked", "the right password does not help"
    later(minutes=15)
    assert actions.sign_in(officer, GOOD).token


def test_a_success_begins_the_count_anew(officer: str) -> None:
    for _round in range(3):
        for _time in range(4):
            said(officer, "not the password")
        actions.sign_in(officer, GOOD)


def test_many_tries_at_once_are_no_more_than_their_number(officer: str, city_app: Flask) -> None:
    db.session.remove()

    def guess(_number: int) -> str:
        with city_app.app_context():
            try:
                return said(officer, "not the password")[0]
            finally:
                db.session.remove()

    with ThreadPoolExecutor(12) as crowd:
        heard = list(crowd.map(guess, range(12)))
    assert Counter(heard) == {"sign-in-refused": 5, "sign-in-locked": 7}


def test_names_that_were_typed_are_not_kept(officer: str) -> None:
    said("my password by mistake", "x")
    (row,) = db.session.query(TryRow).all()
    assert "mistake" not in row.name
    later(minutes=15)
    said("another", "x")
    assert db.session.query(TryRow).count() == 1, "what locks nothing any more is gone"


def test_a_session_ends_after_a_quarter_of_an_hour_without_a_sign_of_life(officer: str) -> None:
    token = actions.sign_in(officer, GOOD).token
    for _time in range(4):
        later(minutes=14)
        found = signed_in(token)
        assert found and found.is_to_be_noted(runtime().clock.now())
        actions.note_seen(found)
    later(minutes=15)
    assert signed_in(token) is None


def test_a_session_ends_after_twelve_hours_whatever_was_done(officer: str) -> None:
    token = actions.sign_in(officer, GOOD).token
    for _time in range(71):
        later(minutes=10)
        found = signed_in(token)
        assert found
        actions.note_seen(found)
    later(minutes=10)
    assert signed_in(token) is None


def test_leaving_office_ends_access_at_once(officer: str) -> None:
    token = actions.sign_in(officer, GOOD).token
    with transaction() as work:
        ended = update(Officer).where(Officer.code == officer)
        work.execute(ended.values(ends_at=runtime().clock.now()))
    assert signed_in(token) is None
    assert said(officer, GOOD)[0] == "sign-in-refused"
    with pytest.raises(BadInputError):
        actions.set_password(officer, GOOD)
    assert [view.state for view in accounts()] == ["left"]


def test_disabling_ends_access_at_once(officer: str) -> None:
    token = actions.sign_in(officer, GOOD).token
    actions.disable(officer)
    assert signed_in(token) is None
    assert said(officer, GOOD)[0] == "sign-in-refused"
    actions.enable(officer)
    assert signed_in(token) is None, "the old session stays ended"
    assert session().step is None


def test_a_role_counts_from_the_next_sign_in_and_goes_at_once(officer: str) -> None:
    token = actions.sign_in(officer, GOOD).token
    assert actions.grant_role(officer, "efficiency") is True
    assert signed_in(token) is None
    assert actions.grant_role(officer, "efficiency") is False
    token = actions.sign_in(officer, GOOD).token
    found = signed_in(token)
    assert found and found.viewer.sees_all
    actions.revoke_role(officer, "efficiency")
    assert signed_in(token) is None
    assert session().viewer.roles == frozenset()
    with pytest.raises(BadInputError, match="does not hold"):
        actions.revoke_role(officer, "efficiency")


def test_no_account_holds_two_of_the_three_powers(city: object) -> None:
    actions.grant_role(FIO, "security")
    for other in ("system", "audit"):
        with pytest.raises(RuleError) as caught:
            actions.grant_role(FIO, other)
        assert caught.value.rule == "separate-powers"
    actions.grant_role(FIO, "window")
    actions.revoke_role(FIO, "security")
    actions.grant_role(FIO, "audit")


@pytest.mark.parametrize(
    ("role", "department"),
    [("king", None), ("department_admin", None), ("window", "housing"),
     ("department_admin", "nowhere")],
)  # fmt: skip
def test_a_role_is_granted_as_it_must_be(city: object, role: str, department: str | None) -> None:
    with pytest.raises(BadInputError):
        actions.grant_role(FIO, role, department)


def test_a_temporary_password_is_changed_first(city: object) -> None:
    actions.set_password(FIO, GOOD)
    found = session()
    assert (found.step, found.viewer.seats) == ("password", ())
    for same in (GOOD, "short", FIO * 2, "password1234", "abcdefghijkl", "aaaabbbbaaaabbbb"):
        with pytest.raises(RuleError):
            actions.change_password(found, None, same)
    token = actions.change_password(found, None, f"{GOOD} 2")
    changed = signed_in(token)
    assert changed and changed.step is None
    assert said(FIO, GOOD)[0] == "sign-in-refused"


def test_a_changed_password_ends_all_that_was_begun_with_the_old_one(officer: str) -> None:
    other = actions.sign_in(officer, GOOD).token
    mine = actions.sign_in(officer, GOOD).token
    found = signed_in(mine)
    assert found
    with pytest.raises(RuleError, match="present password is wrong"):
        actions.change_password(found, "guess", f"{GOOD} 2")
    renewed = actions.change_password(found, GOOD, f"{GOOD} 2")
    assert (signed_in(other), signed_in(mine)) == (None, None)
    assert signed_in(renewed)


def test_one_ends_ones_own_sessions_only(officer: str) -> None:
    actions.set_password(HEAD, GOOD, must_change=False)
    theirs = actions.sign_in(HEAD, GOOD).token
    mine, other = session(), actions.sign_in(officer, GOOD).token
    number = next(view.id for view in sessions(HEAD))
    actions.end_session(mine, number)
    assert signed_in(theirs), "another's session is not mine to end"
    assert len(sessions(officer)) == 2
    actions.end_session(mine, next(v.id for v in sessions(officer) if v.id != mine.session))
    assert signed_in(other) is None
    assert [view.id for view in sessions(officer)] == [mine.session]


def with_factor(officer: str = FIO) -> tuple[pyotp.TOTP, list[str]]:
    """Set a second factor up, and give what its phone knows and the recovery codes."""
    found = session(officer)
    actions.begin_factor(found)
    secret = second_factor(officer).secret
    assert secret
    totp = pyotp.TOTP(secret)
    _token, recovery = actions.confirm_factor(found, code_now(totp))
    later(seconds=30)
    db.session.remove()
    return totp, recovery


def code_now(totp: pyotp.TOTP, off: int = 0) -> str:
    """Give the code that a phone shows, which may be wrong by some seconds."""
    return totp.at(runtime().clock.now() + timedelta(seconds=off))


def awaiting() -> SignedIn:
    """Sign in up to the code."""
    found = session()
    assert (found.step, found.viewer.seats) == ("code", ())
    return found


def test_a_code_counts_once_and_gives_a_new_token(officer: str) -> None:
    totp, _recovery = with_factor()
    admitted = actions.sign_in(officer, GOOD)
    assert admitted.awaits_code
    half = signed_in(admitted.token)
    assert half and half.step == "code"
    token = actions.prove(half, code_now(totp))
    assert signed_in(admitted.token) is None, "who knew the old token gains nothing"
    found = signed_in(token)
    assert found and found.step is None
    with pytest.raises(RuleError, match="wrong or was used"):
        actions.prove(awaiting(), code_now(totp))
    with pytest.raises(RuleError):
        actions.prove(awaiting(), code_now(totp, -30))
    later(seconds=30)
    assert actions.prove(awaiting(), f" {code_now(totp)[:3]} {code_now(totp)[3:]} ")


@pytest.mark.parametrize(("off", "good"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_phones_clock_may_be_half_a_minute_off(officer: str, off: int, good: bool) -> None:
    totp, _recovery = with_factor()
    later(minutes=5)
    if good:
        assert actions.prove(awaiting(), code_now(totp, off))
    else:
        with pytest.raises(RuleError):
            actions.prove(awaiting(), code_now(totp, off))


def test_five_wrong_codes_lock_and_end_the_session(officer: str) -> None:
    totp, _recovery = with_factor()
    half = awaiting()
    for _time in range(5):
        with pytest.raises(RuleError):
            actions.prove(half, "000000")
    assert [view for view in sessions(officer) if view.id == half.session] == []
    with pytest.raises(RuleError) as caught:
        actions.prove(awaiting(), code_now(totp))
    assert caught.value.rule == "sign-in-locked"


def test_a_recovery_code_stands_once_for_the_phone(officer: str) -> None:
    _totp, recovery = with_factor()
    assert len(set(recovery)) == 10
    assert actions.prove(awaiting(), recovery[3].upper().replace("-", " "))
    assert second_factor(officer).codes_left == 9
    with pytest.raises(RuleError):
        actions.prove(awaiting(), recovery[3])


def test_the_secret_and_the_codes_are_not_in_the_database_as_they_are(officer: str) -> None:
    found = session()
    actions.begin_factor(found)
    secret = second_factor(officer).secret
    assert secret
    token = actions.sign_in(officer, GOOD).token
    text = repr(db.session.execute(db.text("SELECT * FROM tj_account")).all())
    text += repr(db.session.execute(db.text("SELECT * FROM tj_session")).all())
    assert secret not in text
    assert token not in text
    assert GOOD not in text


def test_a_secret_that_no_code_proved_asks_nobody(officer: str) -> None:
    actions.begin_factor(session())
    assert session().step is None


def test_the_city_may_ask_everybody_for_a_second_factor(
    officer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    here = runtime()
    monkeypatch.setattr(here, "settings", replace(here.settings, require_totp=True))
    assert session().step == "enrol"
    totp, _recovery = with_factor()
    found = signed_in(actions.prove(awaiting(), code_now(totp)))
    assert found and found.step is None
    later(seconds=60)
    with pytest.raises(RuleError) as caught:
        actions.give_up_factor(found, code_now(totp))
    assert caught.value.rule == "factor-required"
    actions.reset_factor(officer)
    assert session().step == "enrol"


def test_the_factor_is_given_up_with_a_code_only(officer: str) -> None:
    totp, _recovery = with_factor()
    found = signed_in(actions.prove(awaiting(), code_now(totp)))
    assert found
    with pytest.raises(RuleError):
        actions.give_up_factor(found, code_now(totp))
    later(seconds=30)
    token = actions.give_up_factor(found, code_now(totp))
    assert signed_in(token)
    assert session().step is None


def test_old_sessions_are_forgotten(officer: str) -> None:
    actions.sign_in(officer, GOOD)
    later(days=31)
    actions.sign_in(officer, GOOD)
    assert db.session.query(SessionRow).count() == 1


def test_a_hash_of_yesterdays_cost_is_made_anew(
    officer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(2, 16, 1))
    assert session().step is None
    stored = db.session.execute(db.text("SELECT password FROM tj_account")).scalar_one()
    assert "m=16,t=2,p=1" in stored
    assert session().step is None


def test_a_password_by_command(tiji: Run) -> None:
    assert "Nobody has an account" in tiji("officer", "accounts").stdout
    command = ("officer", "set-password", FIO)
    assert "--stdin" in tiji(*command, code=2).stderr
    for weak in ("short\n", "password1234\n", "\n"):
        assert "password" in tiji(*command, "--stdin", code=4, typed=weak).stderr
    nobody = tiji("officer", "set-password", "nobody", "--stdin", code=2, typed=f"{GOOD}\n")
    assert "tiji org show" in nobody.stderr
    tiji(*command, "--stdin", typed=f"{GOOD}\n")
    assert "temporary" in tiji("officer", "accounts").stdout
    assert session().step == "password"
    tiji(*command, "--stdin", "--lasting", typed=f"{GOOD}\n")
    assert session().step is None


def test_roles_and_locks_by_command(tiji: Run) -> None:
    tiji("officer", "set-password", FIO, "--stdin", "--lasting", typed=f"{GOOD}\n")
    department = ("department_admin", "--department", "housing")
    tiji("officer", "grant", FIO, *department)
    assert "already" in tiji("officer", "grant", FIO, *department).stdout
    tiji("officer", "grant", FIO, "audit")
    assert "another officer" in tiji("officer", "grant", FIO, "system", code=4).stderr
    (listed,) = json.loads(tiji("officer", "accounts", "--json").stdout)
    assert listed["roles"] == [
        {"role": "department_admin", "department": "housing"},
        {"role": "audit", "department": None},
    ]
    tiji("officer", "revoke", FIO, "audit")
    assert "Held: department_admin" in tiji("officer", "revoke", FIO, "audit", code=2).stderr
    tiji("officer", "disable", FIO)
    assert "disabled" in tiji("officer", "accounts").stdout
    tiji("officer", "enable", FIO)
    for _time in range(5):
        said(FIO, "not the password")
    assert "locked" in tiji("officer", "accounts").stdout
    tiji("officer", "enable", FIO)
    assert session().step is None
    assert "set-password" in tiji("officer", "disable", HEAD, code=2).stderr
    with_factor()
    tiji("officer", "reset-factor", FIO)
    assert session().step is None


def test_a_secret_that_was_left_is_not_shown_at_the_next_sign_in(officer: str) -> None:
    actions.begin_factor(session())
    assert second_factor(officer).secret
    found = session()
    assert second_factor(officer).secret is None
    with pytest.raises(RuleError) as caught:
        actions.confirm_factor(found, "000000")
    assert caught.value.rule == "no-secret"
