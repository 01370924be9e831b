"""What a cell means: texts, dates, counts, numbers of persons and companies, departments."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields

from tiji.forms.cells import (
    EPOCH_1900,
    EPOCH_1904,
    NoDateError,
    PartialDate,
    as_shown,
    clean,
    identity_fault,
    is_credit_code,
    read_count,
    read_date,
    read_phone,
    split_names,
    text_of,
)
from tiji.forms.fields import (
    CellContext,
    CellError,
    Count,
    CreditCode,
    Departments,
    IdentityNumber,
    LedgerDate,
    LedgerText,
    Phone,
    Word,
    cell_context,
    read_cell,
)

KNOWN = {"市住建局": "housing", "城管局": "urban", "交通局": "transport"}
DAYS = st.dates(date(1927, 6, 1), date(2100, 12, 31))


class FakeDirectory:
    def find(self, name: str) -> str | None:
        return KNOWN.get(name)

    def closest(self, name: str) -> list[str]:
        return ["市住建局"] if "建" in name else []


CONTEXT = CellContext(date(2026, 11, 23), FakeDirectory())


def wide(text: str) -> str:
    """Write ASCII in full width."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


# --- rule 5: texts


@given(st.text())
def test_cleaning_again_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert once == once.strip()
    assert "\n" not in once
    assert "  " not in once
    once.encode()


@given(st.text(st.characters(categories=["L", "N", "P"])))
def test_cleaning_is_nfkc(text: str) -> None:
    assert clean(text).replace(" ", "") == unicodedata.normalize("NFKC", text).replace(" ", "")


@pytest.mark.parametrize("cell", ["无", " 不详\n", "—", "-", "/", "／", "－", "——", "", "  ", None])
def test_a_word_for_nothing_is_empty(cell: str | None) -> None:
    assert text_of(cell) == ""


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  老棉纺厂宿舍，\n 房款票据\u3000遗失　", "老棉纺厂宿舍, 房款票据 遗失"),
        ("无证", "无证"),
        ("a\u200bb\x00c", "abc"),
        (13800000000.0, "13800000000"),
        ("13800000000.0", "13800000000"),
        (12.5, "12.5"),
        (7, "7"),
        (True, "TRUE"),
        (340711190001010004.0, "3.4071119000101E+17"),
        (340711190001010004, "340711190001010004"),
        (float("nan"), "NAN"),
        (date(2019, 3, 5), "2019-03-05"),
        (datetime(2019, 3, 5), "2019-03-05"),
        (datetime(2019, 3, 5, 14, 30), "2019-03-05 14:30:00"),
    ],
)
def test_a_cell_has_one_text(cell: Any, text: str) -> None:
    assert text_of(cell) == text


def test_a_rejected_row_shows_cells_as_they_stood() -> None:
    assert as_shown("  无\n") == "  无\n"
    assert as_shown(18618950956.0) == "18618950956"


# --- rule 6: dates

WRITINGS = [
    "{0.year}-{0.month:02}-{0.day:02}",
    "{0.year}/{0.month}/{0.day}",
    "{0.year}.{0.month}.{0.day}",
    "{0.year}年{0.month}月{0.day}日",
    "{0.year} 年 {0.month} 月 {0.day} 日",
    "{0.year}{0.month:02}{0.day:02}",
]


@given(
    DAYS,
    st.sampled_from(WRITINGS),
    st.sampled_from(["", " 14:30", " 09:05:59", " 下午3:05"]),
    st.booleans(),
)
def test_a_day_in_every_writing(day: date, writing: str, time: str, full: bool) -> None:
    text = writing.format(day) + time
    assert read_date(clean(wide(text) if full else text)) == PartialDate(day)


@given(DAYS, st.sampled_from(["{0.year}年{0.month}月", "{0.year}.{0.month}", "{0.year}-{0.month}"]))
def test_a_month_is_its_first_day_and_stays_a_month(day: date, writing: str) -> None:
    assert read_date(writing.format(day)) == PartialDate(day.replace(day=1), "month")


@given(DAYS)
def test_a_year_is_its_first_day_and_stays_a_year(day: date) -> None:
    first = PartialDate(day.replace(month=1, day=1), "year")
    assert read_date(f"{day.year}年") == first
    if day.year < 2100:
        assert read_date(text_of(float(day.year))) == first


@given(DAYS, st.sampled_from([EPOCH_1900, EPOCH_1904]), st.sampled_from(["", ".0", ".75"]))
def test_a_serial_counts_from_the_workbooks_epoch(day: date, epoch: date, clock: str) -> None:
    serial = (day - epoch).days
    if serial >= 10_000:
        assert read_date(text_of(f"{serial}{clock}"), epoch) == PartialDate(day)


@given(DAYS, st.sampled_from(["day", "month", "year"]))
def test_a_date_reads_back_from_its_own_text(day: date, precision: Any) -> None:
    first = {"day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}
    partial = PartialDate(first[precision], precision)
    assert read_date(str(partial)) == partial


def test_cells_that_are_dates_already() -> None:
    assert read_date("44562") == PartialDate(date(2022, 1, 1))
    assert read_date(text_of(datetime(2019, 3, 5, 23, 59))) == PartialDate(date(2019, 3, 5))
    assert read_date(text_of(date(2019, 3, 5))) == PartialDate(date(2019, 3, 5))


@pytest.mark.parametrize(
    ("text", "exists"),
    [
        ("2026年2月30日", False),
        ("2019-13-01", False),
        ("20190230", False),
        ("2019.13", False),
        ("待定", True),
        ("去年", True),
        ("2019-3/5", True),
        ("3", True),
        ("190305", True),
        ("14:30:00", True),
        ("2019-03-05 25:00", True),
    ],
)
def test_what_is_no_date(text: str, exists: bool) -> None:
    with pytest.raises(NoDateError) as caught:
        read_date(text)
    assert caught.value.exists is exists


@given(st.text() | st.from_regex(r"[0-9年月日./: -]{0,14}", fullmatch=True))
def test_any_text_is_a_date_or_none(text: str) -> None:
    try:
        read_date(clean(text))
    except NoDateError:
        return


# --- rule 7: counts


@pytest.mark.parametrize(
    "cell", ["12", "12次", "１２", "12.0", 12, 12.0, "12 次", "１２次", "12人"]
)
def test_a_count_in_every_writing(cell: str | float) -> None:
    assert read_count(text_of(cell)) == 12


@pytest.mark.parametrize("text", ["很多", "12.5", "十二", "约12", "12/1", "1" * 40])
def test_what_is_no_count(text: str) -> None:
    assert read_count(text) is None


# --- identity numbers, credit codes, phones

GOOD = ["340705190001010007", "340706190001010003", "340711190001010004", "340722190001010003"]


@pytest.mark.parametrize("number", [*GOOD, "34072219001115000X", "34070619000526000x"])
def test_a_right_identity_number(number: str) -> None:
    reading = IdentityNumber().read(number, CONTEXT)
    assert reading == (number.upper(), None)


@given(st.sampled_from(GOOD), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_found(number: str, at: int, more: int) -> None:
    digit = str((int(number[at]) + more) % 10)
    assert identity_fault(number[:at] + digit + number[at + 1 :]) == "check"


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("340705190002290004", "date"),
        ("340705190001010001", "check"),
        ("3.40711E+17", "lost"),
        (340711190001010004.0, "lost"),
        ("3.40711e17", "lost"),
        ("34070519000101", "shape"),
        ("孙某", "shape"),
    ],
)
def test_a_wrong_identity_number_is_kept_and_warned(cell: str | float, fault: str) -> None:
    text = text_of(cell)
    assert identity_fault(text.upper()) == fault
    reading = IdentityNumber().read(text, CONTEXT)
    assert reading.value == text
    assert reading.warning
    assert text not in reading.warning


@pytest.mark.parametrize(
    "code",
    ["91340700MA00000075", "92340705MA00000155", "11340700000000000L", "52340722mj000000xn"],
)
def test_a_right_credit_code(code: str) -> None:
    assert CreditCode().read(code, CONTEXT) == (code.upper(), None)
    wrong = "8" + code[1:]
    assert CreditCode().read(wrong, CONTEXT).warning
    assert not is_credit_code(code[:17])


@pytest.mark.parametrize(
    "cell",
    [
        "13800000000",
        13800000000.0,
        "13800000000.0",
        "+86 13800000000",
        "＋８６ 138-0000-0000",
        "138 0000 0000",
        "'13800000000",
        "１３８００００００００",
    ],
)
def test_a_mobile_number_in_every_writing(cell: str | float) -> None:
    assert Phone().read(text_of(cell), CONTEXT) == ("13800000000", None)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0562-2812345", "05622812345"),
        ("17000000000", "17000000000"),
        ("12345", None),
        ("12800000000", None),
        ("138000000001", None),
        ("13800000000、13900000000", None),
    ],
)
def test_phones_by_the_two_expressions_only(text: str, number: str | None) -> None:
    assert read_phone(text) == number
    if number is None:
        assert Phone().read(text, CONTEXT).warning


# --- rules 8 to 10: fields


@pytest.mark.parametrize(
    "text",
    [
        "城管局、市住建局",
        "城管局，市住建局",
        "城管局;市住建局；",
        "城管局／市住建局、城管局",
        "城管局\n市住建局",
    ],
)
def test_several_departments_the_first_leads(text: str) -> None:
    assert Departments().read(text_of(text), CONTEXT) == (("urban", "housing"), None)


def test_an_unknown_department_offers_the_closest_names() -> None:
    with pytest.raises(CellError, match=r"火星建设局.*市住建局"):
        Departments().read("城管局、火星建设局", CONTEXT)
    with pytest.raises(CellError, match="火星"):
        Departments().read("火星", CONTEXT)
    assert split_names("、 ,") == []
    with pytest.raises(CellError):
        Departments().read("、", CONTEXT)


def test_only_a_first_visit_may_not_lie_in_the_future() -> None:
    past = LedgerDate(allow_future=False)
    assert past.read("2026-11-23", CONTEXT).value == PartialDate(date(2026, 11, 23))
    assert past.read("2026年11月", CONTEXT).value.precision == "month"
    with pytest.raises(CellError, match="future"):
        past.read("2026-11-24", CONTEXT)
    assert LedgerDate().read("2099-01-01", CONTEXT).value == PartialDate(date(2099, 1, 1))


@pytest.mark.parametrize("text", ["0", "-3", "很多", "99999999999"])
def test_a_count_below_one_or_no_number_is_rejected(text: str) -> None:
    with pytest.raises(CellError):
        Count().read(text, CONTEXT)


def test_an_unknown_word_is_kept_and_warned() -> None:
    word = Word(("未化解", "已化解"))
    assert word.read("已化解", CONTEXT) == ("已化解", None)
    value, warning = word.read("搁置", CONTEXT)
    assert value == "搁置"
    assert warning
    assert "未化解、已化解" in warning


def test_plain_marshmallow_fields_read_cells_too() -> None:
    assert read_cell(fields.Integer(), "12", CONTEXT).value == 12
    with pytest.raises(CellError, match="integer"):
        read_cell(fields.Integer(), "x", CONTEXT)


class Form(Schema):
    name = LedgerText(required=True)
    first = LedgerDate(allow_future=False)
    units = Departments()
    phone = Phone()
    visits = Count()


def test_the_same_fields_validate_a_form() -> None:
    with cell_context(CONTEXT):
        data = Form().load(
            {"name": " 张某某 ", "first": "2019.3", "units": "城管局", "phone": "1", "visits": 3}
        )
        with pytest.raises(ValidationError) as caught:
            Form().load(
                {"name": "无", "first": "2099-01-01", "units": "火星", "visits": 0, "phone": []}
            )
    assert data["first"] == PartialDate(date(2019, 3, 1), "month")
    assert data["phone"] == "1"
    assert set(caught.value.messages_dict) == {"name", "first", "units", "visits", "phone"}
    assert Form().dump(data) == {
        "name": "张某某",
        "first": "2019-03",
        "units": ["urban"],
        "phone": "1",
        "visits": 3,
    }


def test_a_form_without_context_says_what_is_missing() -> None:
    with pytest.raises(LookupError, match="cell_context"):
        Form().load({"name": "张某某", "units": "城管局"})
    assert Form().load({"name": "张某某", "visits": "3次"}) == {"name": "张某某", "visits": 3}


@given(st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.datetimes()))
def test_every_cell_has_a_text_and_every_field_answers(cell: Any) -> None:
    text = text_of(cell)
    if not text:
        return
    for field in (LedgerText(), LedgerDate(), Count(), IdentityNumber(), Phone(), CreditCode()):
        try:
            field.read(text, CONTEXT)
        except CellError as error:
            assert str(error)
