"""Similar cases: found by person and by subject, and never beyond what somebody may see."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.cases import LEADER, do, opened

from tiji.accounts.rules import Viewer
from tiji.cases.queries import case_row
from tiji.cases.similar import similar_cases, similar_to
from tiji.matters.queries import current_matters
from tiji.matters.suggesting import holding, suggest
from tiji.people.queries import seats_of
from tiji.runtime import runtime

pytestmark = pytest.mark.usefixtures("city")

NEW: dict[str, Any] = {
    "title": "翠湖名苑阳光房超出红线没有通过核实",
    "content": "整栋楼办不了证",
    "matter": "natural_resources.planning_verification",
    "client_name": "张某某",
    "personal": {"mobile": "13812345678"},
}
PLACE = {"matter_code": NEW["matter"], "title": "翠湖名苑阳光房超出红线，整栋未通过核实"}


def _viewer(code: str, department: str) -> Viewer:
    return Viewer(code, code, department, seats=tuple(seats_of(code, runtime().clock.now())))


HERE = "housing_fio", "housing"


def _found(code: str = HERE[0], department: str = HERE[1], **changed: Any) -> list[tuple[str, str]]:
    found = similar_cases(_viewer(code, department), **{**NEW, **changed})
    return [(one.case["number"], one.why) for one in found]


def test_the_same_client_is_known_by_phone_or_identity_number_not_by_name() -> None:
    by_phone = opened(contact={"mobile": "13812345678"}, matter_code="natural_resources.other")
    opened(matter_code="natural_resources.other")
    by_number = opened(
        matter_code="natural_resources.other", data={"id_number": "340705190001010007"}
    )
    assert _found() == [(by_phone, "person")]
    known = {"id_number": "340705190001010007"}
    assert _found(personal=known) == [(by_number, "person")]
    assert _found(personal={}) == []


def test_a_confidential_case_is_found_by_its_client_only_by_who_has_it() -> None:
    secret = opened(matter_code="petitions.policy_change", contact={"mobile": "13812345678"})
    assert _found() == [(secret, "person")], "who was asked first knows who asked"
    assert _found("housing_principal") == []
    assert _found(LEADER, "city_leaders") == []


def test_the_same_subject_at_the_same_place_is_found_and_another_place_is_not() -> None:
    same = opened(**PLACE)
    near = opened(matter_code=NEW["matter"], title="翠湖名苑雨棚占了绿地")
    opened(matter_code=NEW["matter"], title="滨江花园阳光房超出红线，整栋未通过核实")
    assert _found(client_name="") == [(same, "subject"), (near, "place")]
    assert _found(client_name="", matter="petitions.other") == [(same, "subject")]
    assert [
        (one.case["number"], one.why) for one in similar_to(_viewer(*HERE), case_row(same))
    ] == [(near, "place")]


def test_open_cases_come_first_and_history_after_them() -> None:
    old, new = opened(**PLACE), opened(**PLACE, client_name="李某某")
    do(new, "complete")
    assert [number for number, _why in _found(client_name="")] == [old, new]


def test_only_cases_that_the_viewer_may_see_are_found() -> None:
    number = opened(**PLACE, contact={"mobile": "13812345678"})
    assert _found("transport_fio", "transport") == []
    assert _found(LEADER, "city_leaders") == [(number, "person")]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("开发商破产了，找不到人盖章，办不了房产证", "natural_resources.developer_gone"),
        ("楼上搭了阳光房，规划核实没有通过", "natural_resources.planning_verification"),
        ("买房的发票搬家弄丢了", "natural_resources.papers_missing"),
        ("老人去世后房子继承过户", "natural_resources.inheritance"),
        ("举报网吧容留未成年人，怕泄露身份", "data_bureau.report"),
    ],
)
def test_a_matter_is_suggested_from_what_somebody_says(said: str, code: str) -> None:
    assert suggest(said, current_matters())[0].code == code


def test_nothing_is_suggested_where_no_word_is_shared() -> None:
    assert suggest("", current_matters()) == []
    assert suggest("zzz qqq", current_matters()) == []


def test_the_list_is_searched_for_all_words() -> None:
    found = [one.code for one in holding("注销 盖章", current_matters())]
    assert found == ["natural_resources.developer_gone"]
    assert len(holding(" ", current_matters())) == len(current_matters())
