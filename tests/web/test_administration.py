"""What administrators see and change: each in an own office, and asked twice where it is final."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from tests.integration.cases import FIO, HEAD, PRINCIPAL, STRANGER, opened, shown

from tiji.accounts.queries import accounts
from tiji.cases.actions.sweeping import sweep
from tiji.cases.model import ReadingRow
from tiji.db import db, transaction
from tiji.duties import new_worker
from tiji.jobs.actions import enqueue, settle
from tiji.jobs.model import JobRow
from tiji.jobs.rules import TRIES, NewJob, Outcome
from tiji.matters.model import MatterRow
from tiji.matters.queries import matter
from tiji.people.model import Post
from tiji.people.queries import seat_holder
from tiji.plugins.loader import PluginState
from tiji.runtime import runtime
from tiji.testing.browsing import send, sign_in

pytestmark = pytest.mark.sqlite("pages call what is tested on both")

ADMIN = "/administration"
#: Whose pages which are.
OFFICES = {
    "department_admin": ("departments", "departments/housing", "matters"),
    "system": ("matters", "calendar", "plugins", "deliveries"),
    "security": ("accounts", f"accounts/{FIO}", f"accounts/{FIO}/password"),
    "audit": ("readings",),
}


@pytest.fixture
def keeper(client: FlaskClient) -> FlaskClient:
    """Give who keeps the housing department."""
    sign_in(client, STRANGER, "department_admin", department="housing")
    return client


@pytest.fixture
def system(client: FlaskClient) -> FlaskClient:
    """Give a system administrator."""
    sign_in(client, STRANGER, "system")
    return client


@pytest.fixture
def security(client: FlaskClient) -> FlaskClient:
    """Give a security administrator."""
    sign_in(client, STRANGER, "security")
    return client


@pytest.mark.parametrize("role", [*OFFICES, None])
def test_each_office_has_its_own_pages_and_denied_looks_like_absent(
    client: FlaskClient, role: str | None
) -> None:
    roles = [role] if role else []
    sign_in(client, STRANGER, *roles, department="housing")
    absent = client.get(f"{ADMIN}/nothing")
    for path in {path for paths in OFFICES.values() for path in paths}:
        page = client.get(f"{ADMIN}/{path}")
        assert page.status_code == (200 if path in OFFICES.get(role or "", ()) else 404), path
        if page.status_code == 404:
            assert page.data == absent.data


def test_a_department_that_another_keeps_is_not_there(keeper: FlaskClient) -> None:
    assert keeper.get(f"{ADMIN}/departments/transport").status_code == 404
    for path in ("posts", "leaves", "posts/1/end", "posts/1/duty", f"leaves/{FIO}/end"):
        sent = send(keeper, f"{ADMIN}/departments/transport/{path}", until="2026-12-01")
        assert sent.status_code == 404, path


def _post(officer: str, station: int) -> int:
    now = runtime().clock.now()
    held = (Post.officer == officer) & (Post.station == station) & Post.in_force(now)
    found = db.session.scalar(select(Post.id).where(held))
    db.session.rollback()
    assert found
    return found


def test_a_post_that_ends_takes_its_cases_on_and_matters_with_it(keeper: FlaskClient) -> None:
    number = opened()
    from tiji.cases import actions

    actions.escalate(number, FIO, why="缺备案", judgement="unsure", suggestion="核验")
    page = f"{ADMIN}/departments/housing"
    end = f"{page}/posts/{_post(HEAD, 2)}/end"
    assert "pass a vacant station by" in keeper.get(end).text
    assert shown(number)["holder"]["code"] == HEAD, "to ask changes nothing"
    send(keeper, end)
    assert shown(number)["holder"]["code"] == "housing_deputy1"
    said = keeper.get(page).text
    assert "1 open cases have another holder now" in said
    send(keeper, f"{page}/posts", officer=HEAD, station="2", section="housing_estate")
    now = runtime().clock.now()
    seat = seat_holder(2, "housing", "housing_estate", now)
    assert seat
    assert seat.officer == HEAD


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"officer": "housing_fio", "station": "4"}, "already has a principal"),
        ({"officer": "transport_fio", "station": "2"}, "No officer of the department"),
        ({"officer": "housing_fio", "station": "5"}, "stations 1 to 4"),
        ({"officer": "housing_fio", "station": "2", "section": "hr_pensions"}, "no section"),
    ],
)
def test_a_post_that_cannot_be_is_refused_with_what_was_chosen(
    keeper: FlaskClient, sent: dict[str, str], said: str
) -> None:
    answer = send(keeper, f"{ADMIN}/departments/housing/posts", **sent)
    assert answer.status_code == 422
    assert said in answer.text


def test_duty_and_leave_lead_cases_elsewhere(keeper: FlaskClient) -> None:
    page = f"{ADMIN}/departments/housing"
    send(keeper, f"{page}/posts/{_post('housing_fio4', 1)}/duty")
    assert shown(opened(actor=None, channel="web", matter_code="petitions.other"))["number"]
    now = runtime().clock.now()
    seat = seat_holder(1, "housing", None, now)
    assert seat
    assert seat.officer == "housing_fio4"
    leave = {"away": HEAD, "until": "2026-12-04", "stand_in": "housing_deputy2"}
    assert send(keeper, f"{page}/leaves", **leave).status_code == 303
    assert "until 2026-12-04" in keeper.get(page).text
    seat = seat_holder(2, "housing", "housing_estate", now)
    assert seat
    assert (seat.officer, seat.acting_for) == ("housing_deputy2", HEAD)
    assert send(keeper, f"{page}/leaves", **leave).status_code == 422
    assert send(keeper, f"{page}/leaves", **(leave | {"until": "x"})).status_code == 422
    send(keeper, f"{page}/leaves/{HEAD}/end")
    seat = seat_holder(2, "housing", "housing_estate", now)
    assert seat
    assert seat.officer == HEAD


def _change_a_declaration() -> None:
    """Let what is published differ from what the bureau declares."""
    own = update(MatterRow).where(MatterRow.code == "petitions.other", MatterRow.current)
    with transaction() as session:
        session.execute(own.values(title="旧题目", digest="x"))


def test_two_persons_publish_a_draft(web: Flask, system: FlaskClient) -> None:
    assert "No drafts" in system.get(f"{ADMIN}/matters").text
    _change_a_declaration()
    page = system.get(f"{ADMIN}/matters").text
    assert "旧题目" in page
    assert "Propose these drafts" in page
    send(system, f"{ADMIN}/matters/agree")
    assert matter("petitions.other").version == 1, "nothing was proposed"
    send(system, f"{ADMIN}/matters/propose")
    send(system, f"{ADMIN}/matters/agree")
    assert matter("petitions.other").version == 1, "nobody agrees to their own proposal"
    second = web.test_client()
    sign_in(second, HEAD, "system")
    assert "Agree, and publish" in second.get(f"{ADMIN}/matters").text
    send(second, f"{ADMIN}/matters/agree")
    found = matter("petitions.other")
    assert (found.version, found.title != "旧题目") == (2, True)


def test_a_matter_without_a_holder_says_so_and_is_activated_later(system: FlaskClient) -> None:
    with transaction() as session:
        session.execute(update(MatterRow).where(MatterRow.code == "petitions.other")
                        .values(active=False, reason="nobody holds station 3"))  # fmt: skip
    assert "nobody holds station 3" in system.get(f"{ADMIN}/matters").text
    send(system, f"{ADMIN}/matters/petitions.other/activate")
    assert matter("petitions.other").active


def test_a_calendars_effect_is_seen_before_and_the_sweep_follows(system: FlaskClient) -> None:
    number = opened()
    sweep()  # from here on it is known which calendar was used
    due = shown(number)["due_at"]
    days = {"year": "2026", "rest": "2026-11-24..2026-11-25\n", "work": ""}
    looked = system.get(f"{ADMIN}/calendar").text
    assert "2026" in looked
    page = send(system, f"{ADMIN}/calendar/look", **days).text
    assert "1 of 1 open cases would be due at another time" in page
    assert number in page
    folder = runtime().settings.home / "calendars"
    assert not [*folder.glob("*")], "to look changes nothing"
    assert send(system, f"{ADMIN}/calendar", **days).status_code == 303
    sweep()
    assert shown(number)["due_at"] != due
    assert shown(number)["events"][-1]["kind"] == "due_recomputed"
    send(system, f"{ADMIN}/calendar", year="2026", rest="", work="")
    sweep()
    assert shown(number)["due_at"] == due


@pytest.mark.parametrize(
    "rest", ["2026-13-01", "yesterday", '2026-11-24"]\n[hours]', "2026-12-02..2026-12-01"]
)
def test_days_that_cannot_be_read_are_refused_as_typed(system: FlaskClient, rest: str) -> None:
    for path in ("calendar/look", "calendar"):
        page = send(system, f"{ADMIN}/{path}", year="2026", rest=rest, work="")
        assert page.status_code == 422
    assert not [*(runtime().settings.home / "calendars").glob("*.toml")]


def test_plugins_are_shown_with_their_reason(system: FlaskClient) -> None:
    plugins = runtime().plugins
    state = PluginState("petitions", "1.0", "set aside", "its matters.toml has a fault")
    plugins._states["petitions"] = state
    assert "its matters.toml has a fault" in system.get(f"{ADMIN}/plugins").text


@pytest.fixture
def stopped(web: Flask) -> int:
    """Give the number of a delivery that was tried enough."""
    with transaction() as session:
        [job] = enqueue(session, [NewJob("bell.push", "TJ2026000001/1", "a")], "me")
        enqueue(session, [NewJob("bell.push", "TJ2026000001/2", "a")])
        settle(session, "me", [Outcome(replace(job, tries=TRIES), "ConnectionError (send:7)")])
    return job.id


def _job(job: int) -> Any:
    found = db.session.execute(select(JobRow.state, JobRow.tries).where(JobRow.id == job)).first()
    db.session.rollback()
    return found


def test_a_stopped_delivery_is_tried_again(system: FlaskClient, stopped: int) -> None:
    page = system.get(f"{ADMIN}/deliveries").text
    assert "ConnectionError (send:7)" in page
    assert "No worker is at work" in page
    send(system, f"{ADMIN}/deliveries/{stopped}/retry")
    assert _job(stopped) == ("waiting", 0)


def test_a_delivery_is_given_up_only_for_a_reason(
    system: FlaskClient, stopped: int, caplog: pytest.LogCaptureFixture
) -> None:
    path = f"{ADMIN}/deliveries/{stopped}/discard"
    assert "TJ2026000001/1" in system.get(path).text
    assert send(system, path, reason=" ").status_code == 422
    assert _job(stopped)
    caplog.set_level("INFO", "tiji")
    assert send(system, path, reason="对方系统已停用，电话 13800001111").status_code == 303
    assert _job(stopped) is None
    assert "对方系统已停用" in caplog.text
    assert "13800001111" not in caplog.text
    assert system.get(path).status_code == 404


def test_a_temporary_password_is_shown_once_and_lets_in(web: Flask, security: FlaskClient) -> None:
    path = f"{ADMIN}/accounts/{FIO}"
    assert "no account yet" in security.get(path).text
    assert "Make the temporary password" in security.get(f"{path}/password").text
    given = send(security, f"{path}/password")
    assert given.headers["Cache-Control"] == "no-store"
    found = re.search(r'class="once mono">([^<]+)<', given.text)
    assert found
    assert found[1] not in security.get(path).text
    visitor = web.test_client()
    entered = send(visitor, "/signin", name=FIO, password=found[1])
    assert entered.status_code == 303
    assert "/signin/password" in visitor.get("/account", follow_redirects=True).request.path


def _state(officer: str) -> tuple[str, list[str]]:
    [found] = [one for one in accounts() if one.officer == officer]
    return found.state, [role.role for role in found.roles]


def test_accounts_are_disabled_and_roles_granted(
    web: Flask, security: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    other = web.test_client()
    sign_in(other, HEAD)
    path = f"{ADMIN}/accounts/{HEAD}"
    send(security, f"{path}/roles", role="department_admin", department="housing")
    send(security, f"{path}/roles", role="window", department="housing")
    assert _state(HEAD)[1] == ["department_admin", "window"]
    wrong = send(security, f"{path}/roles", role="department_admin")
    assert wrong.status_code == 422
    send(security, f"{path}/roles", role="system")
    refused = send(security, f"{path}/roles", role="audit")
    assert refused.status_code == 422, "no account holds two of the three powers"
    send(security, f"{path}/roles/revoke", role="system")
    assert _state(HEAD)[1] == ["department_admin", "window"]
    assert "All its sessions end" in security.get(f"{path}/disable").text
    assert _state(HEAD)[0] == "good"
    caplog.set_level("INFO", "tiji")
    send(security, f"{path}/disable")
    assert _state(HEAD)[0] == "disabled"
    assert STRANGER in caplog.text, "the log says who did it"
    assert other.get("/account").status_code == 303
    send(security, f"{path}/enable")
    assert _state(HEAD)[0] == "good"


def test_nobody_administers_their_own_account(security: FlaskClient) -> None:
    path = f"{ADMIN}/accounts/{STRANGER}"
    for act in ("password", "disable", "roles", "roles/revoke", "factor", "enable"):
        answer = send(security, f"{path}/{act}", role="window")
        assert answer.status_code == 422, act
    assert _state(STRANGER) == ("good", ["security"])


def test_personal_data_are_read_for_a_reason_and_the_reading_is_kept(
    web: Flask, client: FlaskClient
) -> None:
    asked = {"id_number": "340711190001010004", "mobile": "13900000000"}
    number = opened(data=asked, client_name="张某某")
    sign_in(client, FIO)
    path = f"/cases/{number}/personal"
    assert "Each reading is recorded" in client.get(path).text
    assert "13900000000" not in client.get(path).text + client.get(f"/cases/{number}").text
    assert send(client, path, why=" ").status_code == 422
    assert db.session.scalar(select(ReadingRow.id)) is None
    shown_once = send(client, path, why="电话 13800001111 回访")
    assert "13900000000" in shown_once.text
    assert "340711190001010004" in shown_once.text
    assert shown_once.headers["Cache-Control"] == "no-store"
    sign_in(client, "housing_fio2")
    assert client.get(path).status_code == 404, "who sees a case need not handle it"
    sign_in(client, PRINCIPAL)
    send(client, path, why="复核")
    sign_in(client, STRANGER, "audit")
    log = client.get(f"{ADMIN}/readings").text
    assert "复核" in log
    assert "13800001111" not in log
    assert "13900000000" not in log
    assert "复核" not in client.get(f"{ADMIN}/readings?officer={FIO}").text
    assert "复核" in client.get(f"{ADMIN}/readings?number={number.lower()}&day=2026-11-23").text
    assert "复核" not in client.get(f"{ADMIN}/readings?day=2026-11-22").text


def test_the_whole_log_is_verified_by_a_worker(web: Flask, client: FlaskClient) -> None:
    number = opened()
    sign_in(client, STRANGER, "audit")
    assert "not verified from here yet" in client.get(f"{ADMIN}/readings").text
    send(client, f"{ADMIN}/verification")
    assert new_worker(web, threads=2).run(once=True)
    assert "Every chain holds. 1 cases" in client.get(f"{ADMIN}/readings").text
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE tj_event SET actor = 'x'")
    send(client, f"{ADMIN}/verification")
    assert new_worker(web, threads=2).run(once=True)
    assert f"{number}/1" in client.get(f"{ADMIN}/readings").text
