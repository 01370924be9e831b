"""The fields of real estate: unit numbers, areas, sums, places and blockers."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from tiji.api import CellContext, CellError, CellField, Reading
from tiji_natural_resources.rules import UNIT_LENGTH, Part, plain_part, unit_fault
from tiji_natural_resources.words import say

_AMOUNT = r"([+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?)"
#: What decimal(12,2) holds.
_LARGEST = Decimal(10) ** 10
_CENT = Decimal("0.01")
#: So many things may block one household.
MOST_BLOCKERS = 20


class UnitNumber(CellField):
    """Read a real-estate unit number of 28 characters (不动产单元号, GB/T 37346).

    A wrong length or county is an error; wrong letters are kept, with a warning.
    """

    def read(self, text: str, context: CellContext) -> Reading:
        """Return the number in upper case without spaces; raises CellError."""
        number = re.sub(r"[\s\-‐‑–—'`]", "", text).upper()
        match unit_fault(number):
            case "length":
                raise CellError(
                    say(
                        "不动产单元号应为 {right} 位，这里是 {length} 位；请对照权籍调查表更正。",
                        "A real-estate unit number has {right} characters, this one {length}; "
                        "correct it by the survey form.",
                        right=UNIT_LENGTH,
                        length=len(number),
                    )
                )
            case "county":
                raise CellError(
                    say(
                        "不动产单元号前六位“{county}”不是县级行政区代码；请更正。",
                        "“{county}” at the beginning of the unit number is no county's code; "
                        "correct it.",
                        county=number[:6],
                    )
                )
            case "letters":
                return Reading(
                    number,
                    say(
                        "不动产单元号的特征码或顺序号不合编码规则；请核对。",
                        "The letters of this unit number are not those of the standard; check it.",
                    ),
                )
        return Reading(number)


class _TwoPlaces(CellField):
    """Read a decimal(12,2); subclasses say which unit may stand behind it."""

    unit: re.Pattern[str]
    above_zero: bool

    def read(self, text: str, context: CellContext) -> Reading:
        """Return a Decimal with two places; raises CellError."""
        match = self.unit.fullmatch(text)
        if not match:
            raise CellError(self._no_number(text))
        amount = Decimal(match[1].replace(",", ""))
        if match.re.groups > 1 and match[2]:
            amount *= 10_000
        if amount < 0 or (self.above_zero and not amount):
            raise CellError(
                say(
                    "“{text}”太小，应大于零，价款可以为零；请更正。",
                    "“{text}” is too small: an area is above zero, a sum not below; correct it.",
                    text=text,
                )
            )
        if amount != round(amount, 2) or amount >= _LARGEST:
            raise CellError(
                say(
                    "“{text}”最多十位整数、两位小数；请更正。",
                    "“{text}” has more than ten digits, or more than two decimals; correct it.",
                    text=text,
                )
            )
        return Reading(amount.quantize(_CENT))

    def _no_number(self, text: str) -> str:
        return say(
            "“{text}”不是数字；请写成 89.50 这样。",
            "“{text}” is no number; write it like 89.50.",
            text=text[:40],
        )

    def _serialize(self, value: Any, *_where: Any, **_options: Any) -> Any:
        return None if value is None else str(value)


class Area(_TwoPlaces):
    """Read an area in square metres: ``89.5``, ``89.50㎡``, ``89.5平方米``."""

    unit = re.compile(_AMOUNT + r"\s*(?:平方米|平米|平方|m2|M2|m²)?")
    above_zero = True


class Money(_TwoPlaces):
    """Read a sum in yuan: ``12000``, ``12,000元``, ``1.2万元``."""

    unit = re.compile(_AMOUNT + r"\s*(万)?元?")
    above_zero = False


class Name(CellField):
    """Read a name that is also a key, no longer than ``longest`` characters."""

    def __init__(self, longest: int = 100, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest = longest

    def read(self, text: str, context: CellContext) -> Reading:
        """Return the name; raises CellError."""
        if len(text) > self.longest:
            raise CellError(_too_long(self.longest))
        return Reading(text)


class PlacePart(CellField):
    """Read a building, unit or room; ``1号楼``, ``01栋`` and ``一幢`` are the same building."""

    def __init__(self, part: Part, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.part = part

    def read(self, text: str, context: CellContext) -> Reading:
        """Return its one name; raises CellError."""
        name = plain_part(self.part, text)
        if len(name) > 20:
            raise CellError(_too_long(20))
        return Reading(name)


class Blockers(CellField):
    """Read what blocks a household, several separated by semicolons, as a tuple of titles."""

    def read(self, text: str, context: CellContext) -> Reading:
        """Return the titles without repetition; raises CellError."""
        titles = tuple(dict.fromkeys(t for part in text.split(";") if (t := part.strip(" 。."))))
        if any(len(title) > 100 for title in titles):
            raise CellError(_too_long(100))
        if len(titles) > MOST_BLOCKERS:
            raise CellError(
                say(
                    "难点超过 {most} 个；请合并。",
                    "There are more than {most} blockers; put some of them together.",
                    most=MOST_BLOCKERS,
                )
            )
        return Reading(titles or None)

    def _serialize(self, value: Any, *_where: Any, **_options: Any) -> Any:
        return None if value is None else list(value)


def _too_long(longest: int) -> str:
    return say(
        "超过 {longest} 个字；请缩短。",
        "Longer than {longest} characters; shorten it.",
        longest=longest,
    )
