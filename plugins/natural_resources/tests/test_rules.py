"""Unit numbers, places and problems are read as the field reads them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiji.api import CellContext, CellError, CellField
from tiji_natural_resources.fields import Area, Blockers, Money, Name, PlacePart, UnitNumber
from tiji_natural_resources.rules import (
    code_of,
    count_up,
    floors,
    grouped,
    natural_order,
    parcel_of,
    place_name,
    plain_part,
    problem_of,
    read_code,
    unit_fault,
)

GOOD = "340705001002GB00003F00010001"
CONTEXT = CellContext(date(2026, 11, 23), cast(Any, None))


def read(field: CellField, text: str) -> Any:
    return field.read(text, CONTEXT)


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        (GOOD, None),
        ("340705001002GB00003W00000000", None),
        ("340705001002JC00003F00010001", None),
        ("340705001002GB00003W00000001", "letters"),
        ("340705001002GI00003F00010001", "letters"),
        ("340705001002XB00003F00010001", "letters"),
        ("34070500100AGB00003F00010001", "letters"),
        (GOOD[:-1], "length"),
        (GOOD + "0", "length"),
        ("", "length"),
        ("3407" + "00" + GOOD[6:], "county"),
        ("990705" + GOOD[6:], "county"),
        ("34070X" + GOOD[6:], "county"),
    ],
)
def test_length_and_county_are_faults_and_letters_doubts(number: str, fault: str | None) -> None:
    assert unit_fault(number) == fault


def test_a_unit_number_is_shown_in_four_groups_and_begins_with_its_parcel() -> None:
    assert grouped(GOOD) == "340705 001002 GB00003 F00010001"
    assert parcel_of(GOOD) == "340705001002GB00003"
    assert read(UnitNumber(), "340705 001002 gb00003 f00010001") == (GOOD, None)


@given(st.text("0123456789GJBFWQLZAX", min_size=28, max_size=28))
def test_a_doubtful_number_is_kept_and_a_wrong_one_is_not(number: str) -> None:
    fault = unit_fault(number)
    if fault is None or fault == "letters":
        reading = read(UnitNumber(), grouped(number))
        assert (reading.value, reading.warning is None) == (number, fault is None)
    else:
        with pytest.raises(CellError):
            read(UnitNumber(), number)


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("89.5", "89.50"), ("89.50m2", "89.50"), ("1,089.5 平方米", "1089.50"), ("0.01", "0.01"),
        ("0", None), ("-3", None), ("89.555", None), ("约九十", None), ("10000000000", None),
    ],
)  # fmt: skip
def test_an_area_is_above_zero_with_two_places(text: str, area: str | None) -> None:
    if area:
        assert read(Area(), text).value == Decimal(area)
        assert str(read(Area(), text).value) == area
    else:
        with pytest.raises(CellError):
            read(Area(), text)


def test_sums_may_be_zero_and_stand_in_ten_thousands() -> None:
    assert [str(read(Money(), text).value) for text in ("0", "1.2万元", "12,000元")] == [
        *("0.00", "12000.00", "12000.00")
    ]
    with pytest.raises(CellError):
        read(Money(), "-1")


@pytest.mark.parametrize(
    ("part", "texts", "name"),
    [
        ("building", ("1号楼", "01栋", "1幢", "一号楼", "1#楼", "第1栋", "1"), "1"),
        ("building", ("十二栋", "12 号楼"), "12"),
        ("building", ("二十号楼",), "20"),
        ("building", ("a座", "A"), "A"),
        ("building", ("东区综合楼",), "东区综合楼"),
        ("unit", ("2单元", "二单元", "02"), "2"),
        ("room", ("603室", "603号", "603"), "603"),
        ("room", ("0101",), "0101"),
    ],
)
def test_a_place_has_one_name_however_it_is_written(
    part: Any, texts: tuple[str, ...], name: str
) -> None:
    assert {read(PlacePart(part), text).value for text in texts} == {name}


@given(
    st.sampled_from(["building", "unit", "room"]),
    st.text("0123456789一十A号楼栋单元室", max_size=8),
)
def test_one_name_stays_itself(part: Any, text: str) -> None:
    once = plain_part(part, text)
    assert plain_part(part, once) == once


def test_overlong_names_are_refused() -> None:
    for field in (Name(), PlacePart("building"), Blockers()):
        with pytest.raises(CellError):
            read(field, "长" * 101)
    with pytest.raises(CellError):
        read(Blockers(), ";".join(map(str, range(21))))


def test_blockers_are_separated_by_semicolons() -> None:
    titles = ("缺竣工验收备案", "开发单位欠税,开不出发票")
    assert read(Blockers(), f"{titles[0]};{titles[1]}。; {titles[0]}").value == titles


def test_a_household_is_named_as_letters_to_it_name_it() -> None:
    assert place_name("滨河锦苑", "2", "1", "603") == "滨河锦苑2号楼1单元603室"
    assert place_name("滨河锦苑", "综合楼", None, "东户") == "滨河锦苑综合楼东户"


def test_the_highest_floor_stands_on_top() -> None:
    rooms = ["101", "102", "1002", "1001", "东户", "0203"]
    assert floors(rooms) == [
        ("10", ["1001", "1002"]),
        ("2", ["0203"]),
        ("1", ["101", "102"]),
        ("", ["东户"]),
    ]
    assert sorted(["10", "2", "A", "1"], key=natural_order) == ["1", "2", "10", "A"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("用地手续不完善", "land_formalities"),
        ("欠缴土地出让价款和税费", "unpaid_price"),
        ("未通过规划核实", "planning_verification"),
        ("开发单位灭失", "developer_gone"),
        ("开发商2014年注销", "developer_gone"),
        ("原分散登记房地信息不一致、跨宗地", "records_differ"),
        ("原始材料缺失", "papers_missing"),
        ("实际建设与批准不一致", "built_differs"),
        ("非住宅用地上建设住宅", "non_residential_land"),
        ("宗地分割", "parcel_change"),
        ("重复抵押", "repeated_mortgage"),
        ("缺竣工验收备案", "acceptance_missing"),
        ("消防验收缺失", "acceptance_missing"),
        ("继承", "inheritance"),
        ("房屋被法院查封", "seizure"),
        ("农村宅基地", "homestead"),
        ("界址争议", "boundary_dispute"),
        ("说不清", "other"),
    ],
)
def test_the_words_of_a_ledger_choose_the_problem(text: str, problem: str) -> None:
    assert problem_of(None, text, "继承") == (problem if problem != "other" else "inheritance")
    assert problem_of(text) == problem


@given(st.integers(1, 10**8))
def test_codes_are_read_as_they_are_written(number: int) -> None:
    assert read_code("XQ", code_of("XQ", number).lower()) == number
    assert read_code("KD", code_of("XQ", number)) is None


def test_states_are_counted_in_the_order_in_which_they_are_shown() -> None:
    counts = count_up([("blocked", 2), ("issued", 1), ("blocked", 3)])
    assert (counts["issued"], counts["blocked"], sum(counts.values())) == (1, 5, 6)
