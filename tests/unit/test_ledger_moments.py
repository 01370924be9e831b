"""A date with its time of day, in every writing, as far as it is known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema

from tiji.forms.cells import EPOCH_1904, NoDateError, PartialMoment, read_moment, text_of
from tiji.forms.fields import CellContext, CellError, LedgerMoment, cell_context


class NoDirectory:
    def find(self, name: str) -> str | None:
        return None

    def closest(self, name: str) -> list[str]:
        return []


CONTEXT = CellContext(date(2026, 11, 23), NoDirectory())
MORNING = datetime(2019, 3, 5, 9, 5, 7)


@pytest.mark.parametrize(
    "cell",
    [
        "2019/3/5 9:05:07",
        "2019-03-05T09:05:07+08:00",
        "2019.3.5 上午9:05:07",
        "2019年3月5日9时5分7秒",
        "20190305 09:05:07",
        "２０１９－３－５　９：０５：０７",
        "2019-03-05 9:05:07 AM",
        MORNING,
        43529.37855324074,
    ],
)
def test_a_moment_in_every_writing(cell: Any) -> None:
    assert read_moment(text_of(cell)) == PartialMoment(MORNING)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2019-03-05", "2019-03-05"),
        ("2019年3月", "2019-03"),
        ("2019年", "2019"),
        ("43529", "2019-03-05"),
        ("2019-03-05 9点", "2019-03-05T09:00:00"),
        ("2019-03-05 9:30", "2019-03-05T09:30:00"),
        ("2019-03-05 下午3:20", "2019-03-05T15:20:00"),
        ("2019-03-05 3:20 PM", "2019-03-05T15:20:00"),
        ("2019-03-05 12:20 am", "2019-03-05T00:20:00"),
        ("2019-12-31 24:00", "2020-01-01T00:00:00"),
        ("43529.9999999", "2019-03-06T00:00:00"),
    ],
)
def test_what_is_known_is_kept_and_no_more(text: str, iso: str) -> None:
    assert read_moment(text).iso == str(read_moment(text)) == iso


def test_a_serial_counts_from_the_workbooks_epoch() -> None:
    assert read_moment("43529.5", EPOCH_1904).iso == "2023-03-06T12:00:00"


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)))
def test_a_moment_reads_back_from_its_own_text(value: datetime) -> None:
    moment = PartialMoment(value.replace(microsecond=0))
    assert read_moment(moment.iso) == moment


def test_a_moment_is_local_time() -> None:
    assert read_moment("2019-03-05 9:05:07").at == datetime(2019, 3, 5, 1, 5, 7, tzinfo=UTC)


@given(st.text("0123456789-/.年月日时点分: +T上下午AMPampm") | st.text())
def test_any_text_is_a_moment_or_none(text: str) -> None:
    clean = text_of(text)
    try:
        moment = read_moment(clean)
    except NoDateError:
        return
    assert moment.at.astimezone(UTC)


def test_a_moment_beyond_all_clocks_does_not_exist() -> None:
    for text in ("0001-01-01 00:00:00", "9999-12-31 24:00"):
        with pytest.raises(CellError, match="does not exist"):
            LedgerMoment().read(text, CONTEXT)


class Form(Schema):
    asked = LedgerMoment(allow_future=False)


def test_the_field_reads_ledgers_and_forms() -> None:
    past = LedgerMoment(allow_future=False)
    assert past.read("2026-11-23 17:30", CONTEXT).value.iso == "2026-11-23T17:30:00"
    for text, why in (("2026-11-24", "future"), ("昨天", "no date"), ("2019-02-30", "not exist")):
        with pytest.raises(CellError, match=why):
            past.read(text, CONTEXT)
    with cell_context(CONTEXT):
        loaded = Form().load({"asked": "2019.3.5 9:05:07"})
    assert Form().dump(loaded) == {"asked": "2019-03-05T09:05:07"}
