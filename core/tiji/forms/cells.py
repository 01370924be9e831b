"""What one cell of a handmade ledger means: text, date, count, identity number, phone, code."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from operator import mul
from typing import Literal

from tiji.clock import LOCAL

#: What a spreadsheet, a CSV file, a web form or the API may hand over for one cell.
Cell = str | int | float | bool | date | datetime | time | timedelta | None
Precision = Literal["day", "month", "year"]

EPOCH_1900 = date(1899, 12, 30)
EPOCH_1904 = date(1904, 1, 1)
#: A double holds 15 decimal digits; what is longer has lost its last ones.
EXACT_NUMBER = 10**15

_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u00ad\u200b\u200e\u200f"
    "\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)
_NOTHING = re.compile(r"无|不详|[-‐‒–—―−─/]+")
_NOTHING_STARTS = frozenset("无不-‐‒–—―−─/")
_WHOLE_FLOAT = re.compile(r"-?[0-9]+\.0")


def clean(text: str) -> str:
    """Return a cell's text as the house compares and keeps it; idempotent.

    NFKC, no outer white space, inner runs and line breaks one space, no invisible characters.
    """
    if text.isascii():
        if text.isprintable() and "  " not in text:
            return text.strip()
    elif (
        text.isprintable()
        and text[0] != " " != text[-1]
        and "  " not in text
        and unicodedata.is_normalized("NFKC", text)
    ):
        return text
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return " ".join(text.split())


def number_text(value: float) -> str:
    """Write a float as a sheet shows it: whole ones without ``.0``, inexact ones with ``E``."""
    if value == value and abs(value) < EXACT_NUMBER and value == int(value):
        return str(int(value))
    return f"{value:.15g}".upper()


def text_of(cell: Cell) -> str:
    """Return a cell's clean text; empty where the cell holds nothing or only says so (``无``)."""
    if isinstance(cell, str):
        text = clean(cell)
        if text[:1] in _NOTHING_STARTS and _NOTHING.fullmatch(text):
            return ""
        if text[-2:] == ".0" and _WHOLE_FLOAT.fullmatch(text):
            return text.partition(".")[0]
        return text
    return as_shown(cell)


def as_shown(cell: Cell) -> str:
    """Return a cell as a spreadsheet shows it, nothing cleaned: for the file of rejected rows."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return number_text(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell)


# --- dates ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """Hold a date of which the month or the day may be unknown; a missing part is the first."""

    value: date
    precision: Precision = "day"

    @property
    def iso(self) -> str:
        """Write what is known: ``2019-03-05``, ``2019-03`` or ``2019``; it can be read back."""
        return self.value.isoformat()[: {"day": 10, "month": 7, "year": 4}[self.precision]]

    def __str__(self) -> str:
        return self.iso


#: Its groups come after those of the day: half of the day, hour, minute, second, half again.
_CLOCK = (
    r"\s*(上午|下午|[AaPp][Mm])?\s*([01]?[0-9]|2[0-4])\s*[:时点]\s*"
    r"(?:([0-5]?[0-9])\s*(?:[:分]\s*([0-5]?[0-9])(?:\.[0-9]+)?\s*秒?|分)?)?"
    r"\s*([AaPp][Mm])?(?:\+08:?00)?"
)
_CLOCK_ALONE = re.compile(_CLOCK)
_THEN_CLOCK = f"(?:(?:[T ]|(?=[上下])){_CLOCK})?"
_DAY = re.compile(r"([0-9]{4})\s*([-/.])\s*([0-9]{1,2})\s*\2\s*([0-9]{1,2})" + _THEN_CLOCK)
_DAY_DIGITS = re.compile("([0-9]{4})([0-9]{2})([0-9]{2})" + _THEN_CLOCK)
_DAY_ZH = re.compile(
    r"([0-9]{4})\s*年\s*([0-9]{1,2})\s*月\s*"
    f"(?:([0-9]{{1,2}})(?:\\s*[日号](?:{_CLOCK})?|{_THEN_CLOCK}))?"
)
_MONTH = re.compile(r"([0-9]{4})\s*[-/.]\s*([0-9]{1,2})")
_YEAR = re.compile(r"((?:19|20|21)[0-9]{2})|([0-9]{4})\s*年")
#: Five digits: 1927 to 2173. Shorter ones are no dates of a ledger but slips of a column.
_SERIAL = re.compile(r"([1-9][0-9]{4})(?:\.[0-9]+)?")


class NoDateError(ValueError):
    """Report a text that is no date; ``exists`` is False for a day that no calendar has."""

    def __init__(self, *, exists: bool = True) -> None:
        self.exists = exists
        super().__init__()


@lru_cache(maxsize=16384)
def read_date(text: str, epoch: date = EPOCH_1900) -> PartialDate:
    """Read a clean text in any writing of ledgers.md, rule 6; raises NoDateError.

    ``epoch`` is day 0 of Excel serials: a workbook of the 1904 system counts from 1904-01-01.
    A bare year from 1900 to 2199 is a year, never a serial of 1905.
    """
    if match := _DAY.fullmatch(text):
        return _day(match[1], match[3], match[4])
    if match := _DAY_DIGITS.fullmatch(text):
        return _day(match[1], match[2], match[3])
    if match := _DAY_ZH.fullmatch(text):
        return _day(match[1], match[2], match[3])
    if match := _MONTH.fullmatch(text):
        return _day(match[1], match[2], None)
    if match := _YEAR.fullmatch(text):
        return PartialDate(_existing(match[1] or match[2], "1", "1"), "year")
    if match := _SERIAL.fullmatch(text):
        return PartialDate(epoch + timedelta(days=int(match[1])))
    raise NoDateError


def _day(year: str, month: str, day: str | None) -> PartialDate:
    return PartialDate(_existing(year, month, day or "1"), "day" if day else "month")


def _existing(year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise NoDateError(exists=False) from None


@dataclass(frozen=True, slots=True, order=True)
class PartialMoment:
    """Hold a local time of which the time of day or more may be unknown; what is, is the first."""

    value: datetime
    precision: Literal["second", "day", "month", "year"] = "second"

    @property
    def at(self) -> datetime:
        """Give the moment as an aware time."""
        return self.value.replace(tzinfo=LOCAL)

    @property
    def iso(self) -> str:
        """Write what is known: ``2019-03-05T09:30:00``, or as :class:`PartialDate` does."""
        return self.value.isoformat()[
            : {"second": 19, "day": 10, "month": 7, "year": 4}[self.precision]
        ]

    def __str__(self) -> str:
        return self.iso


def read_moment(text: str, epoch: date = EPOCH_1900) -> PartialMoment:
    """Read a date as :func:`read_date` does, with its time of day if it gives one."""
    day = read_date(text, epoch)
    clock = _time_of_day(text)
    try:
        value = datetime.combine(day.value, time()) + (clock or timedelta())
        moment = PartialMoment(value, day.precision if clock is None else "second")
        moment.at.astimezone(UTC)
    except OverflowError:  # what some programs write for no date at all: 0001-01-01
        raise NoDateError(exists=False) from None
    return moment


def _time_of_day(text: str) -> timedelta | None:
    """Give the time of day of a text that is known to be a date."""
    if _SERIAL.fullmatch(text):
        fraction = float(text) % 1
        return timedelta(seconds=round(fraction * 86400)) if fraction else None
    match = _CLOCK_ALONE.search(text)
    if match is None:
        return None
    half, hour = (match[1] or match[5] or "").lower(), int(match[2])
    if half in ("下午", "pm") and hour < 12:
        hour += 12
    elif half in ("上午", "am") and hour == 12:
        hour = 0
    return timedelta(hours=hour, minutes=int(match[3] or 0), seconds=int(match[4] or 0))


# --- counts --------------------------------------------------------------------------------

_COUNT = re.compile(r"([+-]?[0-9]{1,15})(?:\.0*)?\s*(?:人次|批次|次|人|批|件|户|个|名|起)?")


def read_count(text: str) -> int | None:
    """Read a whole number, with or without its unit (``12次``); None if it is no number."""
    match = _COUNT.fullmatch(text)
    return int(match[1]) if match else None


# --- identity numbers, credit codes, phones --------------------------------------------------

_IDENTITY = re.compile(r"[0-9]{17}[0-9X]")
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_CHECK = "10X98765432"
#: Digits are summed as bytes; this takes the code of "0" out again.
_IDENTITY_ZERO = 48 * sum(_IDENTITY_WEIGHTS)
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]*)?E\+?[0-9]+")

IdentityFault = Literal["shape", "lost", "date", "check"]


def compact(text: str) -> str:
    """Return a number or code without the spaces and the text mark (``'``) that people put in."""
    return text.replace(" ", "").lstrip("'`")


def identity_fault(number: str) -> IdentityFault | None:
    """Say what is wrong with a compact, upper-case identity number (GB 11643), if anything.

    ``lost`` is scientific notation: a spreadsheet took it for a number and cut its digits.
    """
    if not _IDENTITY.fullmatch(number):
        return "lost" if _SCIENTIFIC.fullmatch(number) else "shape"
    total = sum(map(mul, _IDENTITY_WEIGHTS, number.encode())) - _IDENTITY_ZERO
    if _IDENTITY_CHECK[total % 11] != number[17]:
        return "check"
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "date"
    return None


_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_VALUE = {letter: value for value, letter in enumerate(_CREDIT_ALPHABET)}
_CREDIT_WEIGHTS = tuple(3**place % 31 for place in range(17))
_CREDIT = re.compile(f"[{_CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{_CREDIT_ALPHABET}]{{10}}")
_SUBJECT_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def is_credit_code(code: str) -> bool:
    """Check a compact, upper-case unified social credit code: its form and both check digits."""
    if not _CREDIT.fullmatch(code):
        return False
    total = sum(map(mul, _CREDIT_WEIGHTS, (_CREDIT_VALUE[letter] for letter in code)))
    if _CREDIT_ALPHABET[-total % 31] != code[17]:
        return False
    subject = sum(map(mul, _SUBJECT_WEIGHTS, (int(letter, 36) for letter in code[8:16])))
    return "0123456789X"[-subject % 11] == code[16]


_PHONE_PADDING = re.compile(r"[\s\-‐‑‒–—−]")
_PHONE = re.compile(r"1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}")


def read_phone(text: str) -> str | None:
    """Read a phone number, mobile or landline, digits only; None if neither expression fits."""
    number = text if text.isdecimal() else _PHONE_PADDING.sub("", compact(text))
    number = number.removeprefix("+86")
    return number if _PHONE.fullmatch(number) else None


# --- several departments -----------------------------------------------------------------------

_BETWEEN_NAMES = re.compile(r"\s*[、,;/]\s*")


def split_names(text: str) -> list[str]:
    """Split a clean text that names several departments (ledgers.md, rule 8)."""
    return [name for name in _BETWEEN_NAMES.split(text) if name]
