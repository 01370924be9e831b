"""Forms of marshmallow schemas: one adapter that shows their fields and reads what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, singledispatch
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate
from werkzeug.datastructures import MultiDict

from tiji.forms.fields import Count, LedgerDate, Phone, Word
from tiji.i18n import _, either

#: A text that may be longer than this is written in an area of lines.
ONE_LINE = 200
MOST_CHARACTERS = 5000
MOST_WAYS = 20

Given = Mapping[str, Any]
Errors = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that may be chosen, its words, and what is said below them."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field as it is shown.

    ``kind`` is text, lines, select, radio, check, tel, number, date or ways. A ``select`` with
    ``open`` may be answered in other words too.
    """

    name: str
    label: str
    kind: str
    value: Any = ""
    hint: str = ""
    error: str = ""
    required: bool = False
    choices: Sequence[Choice] = ()
    open: bool = False
    most: int | None = None
    rows: int = 3
    complete: str = ""


@cache
def _made(schema: type[Schema]) -> Schema:
    """Make a schema once: it copies every field, and keeps nothing of what it reads."""
    return schema()


def form_view(
    schema: Schema | type[Schema],
    given: Given | None = None,
    errors: Errors | None = None,
    prefix: str = "",
) -> list[FieldView]:
    """Give a schema's fields to be shown, with what was typed and what is wrong with it.

    Labels and hints come from each field's metadata: ``label`` and ``hint`` are source texts to
    be translated, or Chinese ones with ``label_en`` and ``hint_en`` beside them. ``kind``,
    ``rows``, ``choices`` (pairs of value and source text) and ``autocomplete`` may be given too.
    """
    made = _made(schema) if isinstance(schema, type) else schema
    given, errors = given or {}, errors or {}
    return [
        _view(prefix + name, field, given.get(name), errors.get(name, ""))
        for name, field in made.fields.items()
        if not field.dump_only
    ]


def read_sent(
    schema: Schema | type[Schema], sent: MultiDict[str, str], prefix: str = ""
) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    """Read a sent form: its values, what was typed field by field, and what is wrong where.

    Blank fields count as not given. Fields of the schema only are read (S7). Ways to yes come as
    two lists, and are typed as pairs.
    """
    made = _made(schema) if isinstance(schema, type) else schema
    typed = {name: _typed(field, sent, prefix + name) for name, field in made.fields.items()}
    given = {name: said for name, said in typed.items() if not _blank(said)}
    try:
        return made.load(given), typed, {}
    except ValidationError as error:
        return {}, typed, faults(error)


def _typed(field: fields.Field[Any], sent: MultiDict[str, str], name: str) -> Any:
    if field.metadata.get("kind") != "ways":
        return sent.get(name, "")[:MOST_CHARACTERS]
    pairs = zip(sent.getlist(f"{name}_what"), sent.getlist(f"{name}_helper"), strict=False)
    given = [(w[:MOST_CHARACTERS], h[:MOST_CHARACTERS]) for w, h in pairs if (w + h).strip()]
    return given[:MOST_WAYS]


def _blank(said: Any) -> bool:
    if isinstance(said, str):
        return not said.strip()
    return not any(text.strip() for pair in said for text in pair)


def faults(error: ValidationError) -> dict[str, str]:
    """Give what is wrong with each field, in words that say what to do."""
    messages = error.messages
    assert isinstance(messages, dict)
    return {str(name): _plain(_first(found)) for name, found in messages.items()}


def _first(found: Any) -> str:
    while isinstance(found, dict | list):
        found = next(iter(found.values() if isinstance(found, dict) else found), "")
    return str(found)


def _plain(message: str) -> str:
    """Say marshmallow's own messages as the house does."""
    known = {
        "Missing data for required field.": _("Fill this in."),
        "Field may not be null.": _("Fill this in."),
        "Not a valid date.": _("This is no date; write it like 2026-09-24."),
        "Not a valid integer.": _("This is no whole number; write it like 12."),
        "Not a valid boolean.": _("Choose yes or no."),
    }
    if message.startswith("Must be one of"):
        return _("Choose one of these.")
    if message.startswith("Longer than maximum length"):
        return _("This is too long; shorten it.")
    return known.get(message, message)


def label_of(name: str, field: fields.Field[Any]) -> str:
    """Give a field's label in the reader's language."""
    return _said(field, "label") or name


def _said(field: fields.Field[Any], key: str) -> str:
    text = field.metadata.get(key)
    if not text:
        return ""
    english = field.metadata.get(f"{key}_en")
    return either({"zh": str(text), "en": str(english)}) if english else _(str(text))


def _view(name: str, field: fields.Field[Any], value: Any, error: str) -> FieldView:
    most = _most(field)
    kind = str(field.metadata.get("kind") or _kind(field, most))
    choices = _choices(field)
    if choices and error == _("Fill this in."):
        error = _("Choose one of these.")
    return FieldView(
        name=name,
        label=label_of(name, field),
        kind=kind,
        value=_shown(field, value),
        hint=_said(field, "hint") or _hint(field),
        error=error,
        required=field.required,
        choices=choices,
        open=isinstance(field, Word),
        most=most,
        rows=int(field.metadata.get("rows", 3)),
        complete=str(field.metadata.get("autocomplete", "")),
    )


def _shown(field: fields.Field[Any], value: Any) -> Any:
    if value is None:
        return ""
    return value if isinstance(value, str | bool | list) else field.serialize("v", {"v": value})


def _most(field: fields.Field[Any]) -> int | None:
    found = [v.max for v in field.validators if isinstance(v, validate.Length) and v.max]
    return min(found) if found else None


@singledispatch
def _kind(field: fields.Field[Any], most: int | None) -> str:
    if any(isinstance(v, validate.OneOf) for v in field.validators):
        return "radio"
    return "lines" if most and most > ONE_LINE else "text"


@_kind.register
def _of_word(_field: Word, _most: int | None) -> str:
    return "select"


@_kind.register
def _of_phone(_field: Phone, _most: int | None) -> str:
    return "tel"


@_kind.register(Count)
@_kind.register(fields.Integer)
def _of_number(_field: fields.Field[Any], _most: int | None) -> str:
    return "number"


@_kind.register
def _of_date(_field: fields.Date, _most: int | None) -> str:
    return "date"


@_kind.register
def _of_yes_no(_field: fields.Boolean, _most: int | None) -> str:
    return "check"


def _hint(field: fields.Field[Any]) -> str:
    return _("Like 2019-03-05, or only 2019-03 or 2019") if isinstance(field, LedgerDate) else ""


def _choices(field: fields.Field[Any]) -> list[Choice]:
    if isinstance(field, Word):
        return [Choice(word, word) for word in field.choices]
    if given := field.metadata.get("choices"):
        return [
            Choice(str(value), _(text), _(hint[0]) if hint else "") for value, text, *hint in given
        ]
    for validator in field.validators:
        if isinstance(validator, validate.OneOf):
            return [Choice(str(value), str(value)) for value in validator.choices]
    return []
