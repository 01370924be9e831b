"""Who holds a seat, who stands in, and how department names are found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiji.people.directory import DepartmentDirectory, NamedDepartment
from tiji.people.rules import (
    CITY,
    DEPUTY,
    FIRST,
    HEAD,
    PRINCIPAL,
    Absence,
    HeldPost,
    Seat,
    holder_of,
    name_key,
    present,
)


def post(officer: str, station: int, *sections: str, **more: Any) -> HeldPost:
    return HeldPost(officer, officer.upper(), "housing", station, sections, **more)


def holder(posts, station, section=None, lineage=()):
    seat = holder_of(posts, station, section, lineage)
    return seat and (seat.officer, seat.section)


def test_the_officer_on_duty_holds_station_one() -> None:
    posts = [post("a", FIRST, "estate"), post("b", FIRST, "property", duty=True)]
    assert holder(posts, FIRST, "estate") == ("b", "property")
    assert holder(posts[:1], FIRST, "estate") is None


@pytest.mark.parametrize("station", [HEAD, DEPUTY])
def test_a_section_goes_to_its_own_head_then_to_one_without_sections(station: int) -> None:
    posts = [post("all", station), post("own", station, "estate", "roads")]
    assert holder(posts, station, "roads") == ("own", "roads")
    assert holder(posts, station, "property") == ("all", None)
    assert holder(posts, station) == ("all", None)
    assert holder(posts[1:], station, "property") is None


@pytest.mark.parametrize("station", [HEAD, DEPUTY])
def test_without_a_section_only_a_single_head_is_meant(station: int) -> None:
    one, other = post("one", station, "estate"), post("other", station, "property")
    assert holder([one], station) == ("one", "estate")
    assert holder([one, other], station) is None


def test_an_acting_head_comes_before_the_principal() -> None:
    posts = [post("chief", PRINCIPAL), post("deputy", PRINCIPAL, acting=True)]
    assert holder(posts, PRINCIPAL) == ("deputy", None)
    assert holder(posts[:1], PRINCIPAL) == ("chief", None)
    assert holder([], PRINCIPAL) is None


def test_the_nearest_portfolio_decides_among_the_leaders() -> None:
    leaders = [
        post("mayor", CITY, default_leader=True),
        post("upper", CITY, portfolio=("housing",)),
        post("lower", CITY, portfolio=("centre",)),
    ]
    assert holder(leaders, CITY, None, ["centre", "housing"]) == ("lower", None)
    assert holder(leaders, CITY, None, ["other", "housing"]) == ("upper", None)
    assert holder(leaders, CITY, None, ["finance"]) == ("mayor", None)
    assert holder(leaders[1:], CITY, None, ["finance"]) is None


def test_a_leave_is_followed_to_somebody_who_is_there() -> None:
    seat = Seat("a", "A", "housing", None, PRINCIPAL, None)
    assert present(seat, {}) == seat
    assert present(seat, {"a": Absence(None, "")}) is None
    chain = {"a": Absence("b", "B"), "b": Absence("c", "C")}
    assert present(seat, chain) == Seat("c", "C", "housing", None, PRINCIPAL, "a")
    assert present(seat, {"a": Absence("b", "B"), "b": Absence("a", "A")}) is None


def department(code: str, name: str, *others: str, **more: Any) -> NamedDepartment:
    values: dict[str, Any] = {"kind": "bureau", "successor": None, "gone": False, **more}
    return NamedDepartment(code, name, others, **values)


DIRECTORY = DepartmentDirectory(
    [
        department("leaders", "市领导", kind="city_leaders"),
        department("housing", "市住房和城乡建设局", "住建局", "市住建局"),
        department("data", "市数据资源局", "数据局"),
        department("old_data", "市信息中心", "数据局", gone=True, successor="data"),
        department("closed", "市计划委员会", gone=True),
        department("tongguan", "铜官区人民政府", "铜官区"),
    ]
)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("市住房和城乡建设局", "housing"),
        (" 市 住建局\n", "housing"),
        ("住建局　", "housing"),
        ("housing", "housing"),
        ("市信息中心", "data"),
        ("old_data", "data"),
        ("数据局", "data"),
        ("市计划委员会", None),
        ("closed", None),
        ("住建", None),
        ("", None),
        ("市领导", None),
        ("leaders", "leaders"),
    ],
)
def test_a_department_is_found_by_any_of_its_names(name: str, code: str | None) -> None:
    assert DIRECTORY.find(name) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("市住建局物业科", "housing"),
        ("铜官区人民政府、市住房和城乡建设局", "housing"),
        ("原市信息中心热线科", "data"),
        ("铜官区某小区", "tongguan"),
        ("某处", None),
        ("housing", None),
    ],
)
def test_the_longest_name_inside_a_text_decides(text: str, code: str | None) -> None:
    assert DIRECTORY.mentioned(text) == code


def test_the_closest_names_are_offered_in_full_and_once() -> None:
    assert DIRECTORY.closest("市住建厅")[0] == "市住房和城乡建设局"
    assert len(DIRECTORY.closest("市住建厅", limit=1)) == 1
    offered = DIRECTORY.closest("市数据源局")
    assert offered[0] == "市数据资源局"
    assert len(offered) == len(set(offered))
    assert DIRECTORY.closest("zzz") == []
    assert DepartmentDirectory([]).closest("市住建局") == []


def test_names_hold_the_ended_departments_too() -> None:
    assert DIRECTORY.names["closed"] == "市计划委员会"


@given(st.text())
def test_a_name_key_is_stable_and_blind_to_white_space(text: str) -> None:
    key = name_key(text)
    assert key == name_key(f" {text}\u3000\n")
    assert not any(character.isspace() for character in key)
    assert name_key("（住建局）１") == "(住建局)1"
