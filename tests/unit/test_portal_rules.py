"""At the public's door: codes that can be copied, and what a client must give."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiji.errors import RuleError
from tiji.portal.rules import (
    ALPHABET,
    Submission,
    check_submission,
    last_four,
    phone_fault,
    read_code,
    read_number,
    written_code,
)
from tiji.portal.words import scrubber

pytestmark = pytest.mark.usefixtures("plain_environment")


@given(st.binary(min_size=16, max_size=16))
def test_a_code_is_read_as_people_copy_it(secret: bytes) -> None:
    code = written_code(secret)
    assert len(code.replace("-", "")) == 28
    assert {*code} <= {*ALPHABET, "-"}
    for typed in (code, code.lower(), code.replace("-", " "), f" {code} ", code.replace("-", "—")):
        assert read_code(typed) == code
    likes = str.maketrans("01", "OL")
    assert read_code(code.translate(likes)) == code


def test_codes_keep_128_bits() -> None:
    """Two secrets that differ in one bit give two codes."""
    secret = secrets.token_bytes(16)
    others = {
        written_code((int.from_bytes(secret, "big") ^ 1 << bit).to_bytes(16, "big"))
        for bit in range(128)
    }
    assert len({written_code(secret), *others}) == 129


@given(st.binary(min_size=16, max_size=16), st.integers(0, 27), st.integers(1, 31))
def test_one_wrong_sign_is_no_code(secret: bytes, place: int, by: int) -> None:
    signs = list(written_code(secret).replace("-", ""))
    signs[place] = ALPHABET[(ALPHABET.index(signs[place]) + by) % 32]
    assert read_code("".join(signs)) is None


@pytest.mark.parametrize(
    "text", ["", "1234", "TJ2026000001", "U" * 28, "0" * 27, "0" * 29, "中" * 28]
)
def test_anything_else_is_no_code(text: str) -> None:
    assert read_code(text) is None


@pytest.mark.parametrize(
    ("text", "digits"),
    [("1234", "1234"), (" 0000 ", "0000"), ("１２３４", "1234"), ("123", None), ("12345", None),
     ("12a4", None), ("", None), ("٠١٢٣", None)],
)  # fmt: skip
def test_the_last_digits_of_a_phone(text: str, digits: str | None) -> None:
    assert last_four(text) == digits


def test_a_number_is_read_as_people_type_it() -> None:
    assert read_number(" tj2026 000001 ") == "TJ2026000001"


@pytest.mark.parametrize(
    "phone", ["13800002046", "138 0000 2046", "+86 13800002046", "0562-2831234"]
)
def test_phones_that_can_be_called(phone: str) -> None:
    assert phone_fault(phone) == ""


def test_a_phone_that_is_short_says_by_how_much() -> None:
    assert "11 digits" in phone_fault("138 0000 204")
    assert "this one has 10" in phone_fault("138 0000 204")
    assert "landline" in phone_fault("2831234")


def brought(**changed: Any) -> Submission:
    words: dict[str, Any] = {
        "matter": "petitions.other",
        "kind": "citizen",
        "name": "张某某",
        "phone": "13800002046",
        "title": "安置房十年未办证",
        "content": "开发单位已注销",
    }
    return Submission(**{**words, **changed})


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [("phone", "1380000", "phone"), ("phone", "", "phone"), ("title", "长" * 61, "too-long"),
     ("content", "长" * 2001, "too-long"), ("credit_code", "91340700MA00000074", "credit-code"),
     ("told_no", "by_pigeon", "told-no")],
)  # fmt: skip
def test_what_must_be_mended_is_said(field: str, value: str, rule: str) -> None:
    check_submission(brought())
    with pytest.raises(RuleError) as caught:
        check_submission(brought(**{field: value}))
    assert caught.value.rule == rule


def test_names_of_officers_and_numbers_of_persons_go_out_of_a_text() -> None:
    scrub = scrubber(["余书航", "范一", "范一鸣"])
    assert scrub("已请余书航科长联系，范一鸣协助") == "已请the officer科长联系，the officer协助"
    assert "2046" in scrub("电话 13800002046")
    assert "13800002046" not in scrub("电话 13800002046")
    assert scrubber([])("照旧") == "照旧"
