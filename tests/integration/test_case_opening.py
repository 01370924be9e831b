"""Registering: whose case it is, what is missing, what may not be opened, what stays secret."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from tests.integration.cases import (
    FIO,
    HEAD,
    WORDS,
    do,
    go_to,
    kinds,
    opened,
    shown,
    vacate,
)

from tiji.cases.actions import open_case
from tiji.cases.model import CaseRow, GuidanceRow
from tiji.cases.queries import search_cases
from tiji.db import db, transaction
from tiji.errors import BadInputError, RuleError, TijiError
from tiji.events.rules import check_kind
from tiji.matters.actions import activate_matter, publish_matters
from tiji.matters.queries import matter
from tiji.people.model import Department
from tiji.testing.databases import Databases

pytestmark = pytest.mark.usefixtures("city")

IDENTITY, MOBILE, ADDRESS = "340705190001010007", "13812345678", "云川市铜官区某某路17号3栋201室"


def cases() -> int:
    """Count the cases."""
    count = db.session.scalar(select(func.count()).select_from(CaseRow))
    db.session.rollback()
    return int(count or 0)


@pytest.mark.parametrize(
    ("actor", "department"),
    [(FIO, "housing"), (HEAD, "housing"), ("transport_fio", "transport"),
     ("housing_principal", "housing"), ("petitions_bureau_fio", "petitions_bureau")],
)  # fmt: skip
def test_any_officer_asked_first_owns_the_case(actor: str, department: str) -> None:
    case = shown(opened(actor))
    assert (case["status"], case["station"], case["department"]) == ("open", 1, department)
    assert case["holder"]["code"] == case["first_inquiry_officer"]["code"] == actor
    assert (case["version"], kinds(case["number"])) == (1, ["case_opened"])
    assert case["events"][0]["actor"] == actor


def test_a_channel_gives_the_case_to_the_officer_on_duty() -> None:
    case = shown(opened(None, channel="window"))
    assert case["first_inquiry_officer"]["code"] == "petitions_bureau_fio"
    assert case["events"][0]["actor"] == "channel:window"


def test_numbers_follow_each_other_by_year() -> None:
    assert [opened(), opened()] == ["TJ2026000001", "TJ2026000002"]
    go_to("2027-01-04T09:00")
    assert opened() == "TJ2027000001"


@pytest.mark.parametrize("field", ["title", "content", "client_name"])
def test_what_a_case_is_about_must_be_given(field: str) -> None:
    with pytest.raises(RuleError, match=f"--{field.replace('_', '-')}"):
        opened(**{field: " \u3000"})
    assert cases() == 0


def test_missing_fields_are_listed_and_block_nothing() -> None:
    number = opened(matter_code="petitions.policy_change", data={"visits": 3, "id_number": " "})
    case = shown(number)
    assert set(case["missing"]) >= {"id_number", "mobile", "way", "origin"}
    assert "visits" not in case["missing"]
    for station in (2, 3, 4, 5):
        case = do(number, "propose" if station == 5 else "escalate")
        assert case["station"] == station
    do(number, "decide")
    assert do(number, "complete")["status"] == "answered"


@pytest.mark.parametrize(
    "data",
    [{"nonsense": "1"}, {"visits": "many"}, {"visits": 0}, {"first_visit": "someday"},
     {"first_visit": "2030-01-01"}],
)  # fmt: skip
def test_a_form_value_that_cannot_be_read_is_named(data: dict[str, Any]) -> None:
    with pytest.raises(BadInputError) as caught:
        opened(data=data)
    assert next(iter(data)) in str(caught.value)
    assert cases() == 0


def test_a_routine_matter_is_guidance_and_no_case() -> None:
    done = open_case(
        matter_code="petitions.enquiry", title="信访窗口几点开门", content="咨询",
        client_name="李某", client_kind="citizen", actor=FIO,
    )  # fmt: skip
    assert done.number is None
    assert set(done.guidance) == {"who", "where", "contact"}
    assert cases() == 0
    assert db.session.scalar(select(func.count()).select_from(GuidanceRow)) == 1


def test_an_unknown_matter_offers_the_closest() -> None:
    with pytest.raises(BadInputError, match=r"petitions\.other"):
        opened(matter_code="petitions.othr")


def test_a_matter_whose_station_nobody_holds_is_not_active_and_names_the_post() -> None:
    vacate("petitions_bureau_principal")
    publish_matters()
    found = matter("petitions.other")
    assert not found.active
    for message in (found.reason, str(_error(lambda: activate_matter("petitions.other")))):
        assert "4 主要负责人" in message
        assert "petitions_bureau" in message
    error = _error(opened)
    assert isinstance(error, RuleError)
    assert error.rule == "matter-inactive"
    assert "4 主要负责人" in str(error)
    assert "org load" in error.instead


def _error(call: Any) -> TijiError:
    with pytest.raises(TijiError) as caught:
        call()
    return caught.value


def override(code: str, overrides: dict[str, Any]) -> None:
    """Let a department run a ladder of its own."""
    with transaction() as session:
        where = Department.code == code
        session.execute(update(Department).where(where).values(overrides=overrides))


def test_a_department_runs_its_own_limits_and_titles() -> None:
    before = opened()
    own = {"limits": {"1": 3}, "client_limit": 12, "titles": {"1": "窗口首问岗"}}
    override("housing", {"*": {"limits": {"1": 2, "2": 4}}, "petitions.other": own})
    case = shown(opened())
    assert case["due_at"] == "2026-11-26T17:30:00+08:00", "the matter's own wins over the general"
    assert case["client_due_at"] == "2026-12-09T17:30:00+08:00"
    assert case["ladder"][0]["title"] == "窗口首问岗"
    assert case["ladder"][1]["limit_days"] == 4
    assert shown(before)["due_at"] == "2026-11-24T17:30:00+08:00", "it keeps its ladder"
    assert shown(opened("transport_fio"))["due_at"] == "2026-11-24T17:30:00+08:00"


@pytest.mark.parametrize(
    "bad",
    [{"may_refuse": {"1": True}}, {"stations": []}, {"limits": {"9": 1}}, {"limits": {"1": 0}},
     {"entry": 4}, {"on_timeout": {"1": "alarm"}}],
)  # fmt: skip
def test_an_override_that_weakens_the_law_opens_nothing(bad: dict[str, Any]) -> None:
    override("housing", {"*": bad})
    assert isinstance(_error(opened), RuleError)
    assert cases() == 0


def test_no_personal_number_is_in_the_database_the_output_or_a_log(
    city: Path, databases: Databases, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "tiji")
    said = f"本人身份证{IDENTITY}，请回电{MOBILE}"
    number = opened(
        title=f"电话 {MOBILE} 反映办证难",
        content=said,
        data={"id_number": IDENTITY, "mobile": MOBILE, "address": ADDRESS, "remark": said},
    )
    do(number, "comment", FIO, text=said)
    do(number, "guide", contact=f"已请其联系{MOBILE}")
    do(number, "decline", "natural_resources_fio", reason=said)
    do(number, "extend", reason=said)
    do(number, "deny", HEAD, reason=said)
    do(number, "escalate", why=said, suggestion=said)
    do(number, "agree", plan=said, feedback=said)
    case = do(number, "complete", result=said, feedback=said)
    assert "action done" in caplog.text
    db.session.remove()
    texts = [databases.contents(city)]
    assert number.encode() in texts[0]
    texts += [json.dumps(case, ensure_ascii=False).encode(), caplog.text.encode()]
    for text in texts:
        for secret in (IDENTITY, MOBILE, ADDRESS, ADDRESS[3:9]):
            assert secret.encode() not in text, secret
    assert "138****5678" in case["title"]
    assert case["personal"]["id_number"].startswith("340***")


@pytest.mark.parametrize("sign", ["\x00", "\ud800"])
def test_a_sign_that_cannot_be_kept_is_named_and_nothing_happens(sign: str) -> None:
    bad, number = f"前{sign}后", opened()
    for text in ("title", "content", "client_name"):
        assert f"U+{ord(sign):04X}" in str(_error(lambda text=text: opened(**{text: bad})))
    said = [
        lambda: opened(data={"remark": bad}),
        lambda: opened(actor=bad),
        lambda: do(number, "comment", text=bad),
        lambda: do(number, "escalate", why=bad),
        lambda: do(bad, "take"),
        lambda: shown(bad),
        lambda: search_cases(bad),
    ]
    for tried in said:
        assert isinstance(_error(tried), BadInputError)
    assert (cases(), shown(number)["version"]) == (1, 1)


def test_the_same_person_and_subject_is_counted_on_the_open_case() -> None:
    data = {"id_number": IDENTITY}
    number = opened(data=data)
    again = open_case(
        matter_code="petitions.other", title="安置房十年 未办证", content="又来一次",
        client_name="张某某", client_kind="citizen", actor="transport_fio", data=data,
    )  # fmt: skip
    assert (again.number, again.repeated) == (number, True)
    assert shown(number)["repeats"] == 1
    assert opened(data={"id_number": "340706190001010003"}) != number


@pytest.mark.parametrize("matter_code", sorted({"petitions.other", "petitions.no_precedent"}))
def test_who_asked_stays_confidential(matter_code: str) -> None:
    assert "张" not in json.dumps(shown(opened(matter_code=matter_code)), ensure_ascii=False)


def test_an_unknown_kind_of_event_or_field_is_refused() -> None:
    with pytest.raises(TijiError, match="made_up"):
        check_kind("made_up", {})
    with pytest.raises(TijiError, match="secret"):
        check_kind("case_taken", {"secret": 1})


def test_every_action_has_words_in_these_tests() -> None:
    from tiji.cases import actions

    elsewhere = {"open_case", "merge", "group", "undo"}
    assert set(actions.__all__) - elsewhere == set(WORDS)
