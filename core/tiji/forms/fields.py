"""The marshmallow fields of ledger columns: one field reads the ledger, the form and the API."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Protocol, cast

from marshmallow import ValidationError, fields

from tiji.forms import cells
from tiji.forms.cells import EPOCH_1900, NoDateError, PartialDate, PartialMoment
from tiji.i18n import _

#: The largest count that both databases keep in an integer column.
LARGEST_COUNT = 2**31 - 1


class Directory(Protocol):
    """Know the city's departments by every name that people use for them."""

    def find(self, name: str) -> str | None:
        """Return the code of the department with this full name, short name or alias."""
        ...

    def closest(self, name: str) -> list[str]:
        """Return the names nearest to one that nobody knows, the nearest first."""
        ...


@dataclass(frozen=True, slots=True)
class CellContext:
    """Tell a field what it cannot know itself; ``epoch`` is day 0 of a workbook's serials."""

    today: date
    directory: Directory
    epoch: date = EPOCH_1900


class Reading(NamedTuple):
    """Give what a cell means; with a ``warning`` the value is as given and unverified."""

    value: Any
    warning: str | None = None


class CellError(ValueError):
    """Reject a cell; the text says what is wrong and what to do."""


class _NoContext:
    """Stand for the context where nobody gave one: most fields never ask it."""

    epoch = EPOCH_1900

    def __getattr__(self, name: str) -> Any:
        raise LookupError(f"load this form within cell_context(): a field asks for {name}")


_context: ContextVar[CellContext] = ContextVar("tiji_cell_context")
_NO_CONTEXT = cast(CellContext, _NoContext())


@contextmanager
def cell_context(context: CellContext) -> Iterator[None]:
    """Give forms and the API the context in which their fields read."""
    token = _context.set(context)
    try:
        yield
    finally:
        _context.reset(token)


class CellField(fields.Field[Any]):
    """Read a clean, non-empty cell text; subclasses give ``read``.

    In a form, warnings pass and CellError becomes a ValidationError. A field that needs the
    context (dates, departments) is loaded within ``cell_context``.
    """

    def read(self, text: str, context: CellContext) -> Reading:
        """Return what the text means; raises CellError."""
        raise NotImplementedError

    def _deserialize(self, value: Any, *_where: Any, **_options: Any) -> Any:
        if isinstance(value, (list, dict, tuple, set)):
            raise ValidationError(_("This must be one value, not a list."))
        text = cells.text_of(value)
        if not text:
            if self.required:
                raise self.make_error("required")
            return None
        try:
            return self.read(text, _context.get(_NO_CONTEXT)).value
        except CellError as error:
            raise ValidationError(str(error)) from None


def _brief(text: str) -> str:
    """Shorten a text that is quoted in a message."""
    return text if len(text) <= 40 else text[:39] + "…"


class LedgerText(CellField):
    """Keep a text as it is."""

    def read(self, text: str, context: CellContext) -> Reading:
        """Return the text."""
        return Reading(text)


class LedgerDate(CellField):
    """Read a date in any writing of rule 6 as a PartialDate."""

    def __init__(self, *, allow_future: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.allow_future = allow_future

    def read(self, text: str, context: CellContext) -> Reading:
        """Return a PartialDate; raises CellError."""
        try:
            day = cells.read_date(text, context.epoch)
        except NoDateError as error:
            raise _no_date(text, error) from None
        if not self.allow_future and day.value > context.today:
            raise CellError(
                _("“{text}” lies in the future; correct the year or the day.").format(text=text)
            )
        return Reading(day)

    def _serialize(self, value: Any, *_where: Any, **_options: Any) -> Any:
        return value.iso if isinstance(value, (PartialDate, PartialMoment)) else value


class LedgerMoment(LedgerDate):
    """Read a date as LedgerDate does, and keep its time of day, as a PartialMoment."""

    def read(self, text: str, context: CellContext) -> Reading:
        """Return a PartialMoment; raises CellError."""
        super().read(text, context)
        try:
            return Reading(cells.read_moment(text, context.epoch))
        except NoDateError as error:
            raise _no_date(text, error) from None


def _no_date(text: str, error: NoDateError) -> CellError:
    message = (
        _("“{text}” is no date; write it like 2019-03-05, 2019年3月 or 2019年.")
        if error.exists
        else _("“{text}” does not exist in the calendar; correct the month or the day.")
    )
    return CellError(message.format(text=_brief(text)))


class Count(CellField):
    """Read a whole number of visits, persons and the like."""

    def __init__(self, *, minimum: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.minimum = minimum

    def read(self, text: str, context: CellContext) -> Reading:
        """Return an int; raises CellError."""
        number = cells.read_count(text)
        if number is None:
            raise CellError(
                _("“{text}” is no whole number; write it like 12 or 12次.").format(
                    text=_brief(text)
                )
            )
        if number < self.minimum:
            raise CellError(
                _("{number} is below {minimum}; write how many there were.").format(
                    number=number, minimum=self.minimum
                )
            )
        if number > LARGEST_COUNT:
            raise CellError(_("{number} is too large; correct it.").format(number=number))
        return Reading(number)


class Departments(CellField):
    """Read one or several departments as a tuple of codes; the first leads."""

    def read(self, text: str, context: CellContext) -> Reading:
        """Return codes without repetition; raises CellError with the closest names."""
        if code := context.directory.find(text):
            return Reading((code,))
        codes: dict[str, None] = {}
        for name in cells.split_names(text):
            codes.update(dict.fromkeys(_codes(name, context.directory)))
        if not codes:
            raise CellError(_("No department is named; write its name."))
        return Reading(tuple(codes))

    def _serialize(self, value: Any, *_where: Any, **_options: Any) -> Any:
        return None if value is None else list(value)


def _codes(name: str, directory: Directory) -> list[str]:
    if code := directory.find(name):
        return [code]
    # A line break in the cell has become a space: names may stand one below the other.
    parts = [directory.find(part) for part in name.split()]
    if len(parts) > 1 and all(parts):
        return [part for part in parts if part]
    closest = directory.closest(name)
    message = (
        _("“{name}” is no known department; did you mean {closest}? Write one of its names.")
        if closest
        else _("“{name}” is no known department; write a name of the organisation file.")
    )
    raise CellError(message.format(name=_brief(name), closest="、".join(closest)))


class IdentityNumber(CellField):
    """Read a citizen's identity number; a wrong one is kept as given, with a warning."""

    def read(self, text: str, context: CellContext) -> Reading:
        """Return the number in upper case; the warning never quotes it."""
        number = cells.compact(text).upper()
        fault = cells.identity_fault(number)
        if fault is None:
            return Reading(number)
        return Reading(text, _identity_warning(fault))


def _identity_warning(fault: cells.IdentityFault) -> str:
    match fault:
        case "lost":
            return _(
                "A spreadsheet turned this identity number into scientific notation and cut its "
                "last digits; format the column as text and type the number again."
            )
        case "date":
            return _("The birth date in this identity number does not exist; check the number.")
        case "check":
            return _("The check digit of this identity number is wrong; check the number.")
        case "shape":
            return _("This is not an identity number of 18 characters; check the number.")


class Phone(CellField):
    """Read a mobile or landline number; another one is kept as given, with a warning."""

    def read(self, text: str, context: CellContext) -> Reading:
        """Return digits only; the warning never quotes the number."""
        number = cells.read_phone(text)
        if number:
            return Reading(number)
        return Reading(
            text,
            _("This is neither a mobile number nor a landline with area code; check the number."),
        )


class CreditCode(CellField):
    """Read a unified social credit code; a wrong one is kept as given, with a warning."""

    def read(self, text: str, context: CellContext) -> Reading:
        """Return the code in upper case."""
        code = cells.compact(text).upper()
        if cells.is_credit_code(code):
            return Reading(code)
        return Reading(text, _("The check digit of this credit code is wrong; check the code."))


class Word(CellField):
    """Read one of a few words; an unknown word is kept as given, with a warning."""

    def __init__(self, choices: Collection[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = tuple(choices)

    def read(self, text: str, context: CellContext) -> Reading:
        """Return the word."""
        if text in self.choices:
            return Reading(text)
        return Reading(
            text,
            _("“{text}” is not among the known words; write one of {choices}.").format(
                text=_brief(text), choices="、".join(self.choices)
            ),
        )


def read_cell(field: fields.Field[Any], text: str, context: CellContext) -> Reading:
    """Read a clean, non-empty text by a column's field, ours or plain marshmallow; CellError."""
    if isinstance(field, CellField):
        return field.read(text, context)
    try:
        return Reading(field.deserialize(text))
    except ValidationError as error:
        raise CellError(" ".join(_messages(error.messages))) from None


def _messages(messages: Any) -> Iterator[str]:
    if isinstance(messages, Mapping):
        messages = messages.values()
    elif isinstance(messages, str):
        messages = [messages]
    for message in messages:
        if isinstance(message, str):
            yield message
        else:
            yield from _messages(message)
