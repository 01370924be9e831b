"""A matter's form: what is plain, what is personal, what is missing, what it is found by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache, cached_property
from typing import Any, cast

from marshmallow import Schema, ValidationError

from tiji.clock import local
from tiji.errors import BadInputError
from tiji.forms.cells import text_of
from tiji.forms.fields import (
    CellContext,
    Count,
    Departments,
    Directory,
    LedgerDate,
    Word,
    cell_context,
)
from tiji.i18n import _
from tiji.people import queries as people
from tiji.runtime import runtime


def read_form(
    code: str, data: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Check a matter's form: plain values, personal values, and the names still missing.

    Raises BadInputError naming each field that cannot be read.
    """
    declared = runtime().plugins.matter(code)
    if declared is None or declared.form is None:
        if data:
            raise BadInputError(_("Matter {code} has no form.").format(code=code))
        return {}, {}, []
    schema = _made(declared.form)
    try:
        # A blank is no value: it is missing, and what is missing blocks nothing.
        given = {name: value for name, value in data.items() if not _is_blank(value)}
        with cell_context(form_context()):
            loaded: dict[str, Any] = schema.load(given, partial=True)
    except ValidationError as error:
        assert isinstance(error.messages, dict)
        faults = "; ".join(f"{name}: {_first(why)}" for name, why in error.messages.items())
        raise BadInputError(_("The form cannot be read. {faults}").format(faults=faults)) from None
    dumped: dict[str, Any] = schema.dump(loaded)
    private = {n for n, f in schema.fields.items() if f.metadata.get("personal")}
    missing = [n for n, f in schema.fields.items() if f.required and loaded.get(n) in (None, "")]
    return (
        {n: v for n, v in dumped.items() if n not in private and v is not None},
        {n: v for n, v in dumped.items() if n in private and v is not None},
        missing,
    )


@cache
def _made(form: type[Schema]) -> Schema:
    """Make a form's schema once: it copies every field, and keeps nothing of what it reads."""
    return form()


def searched_words(code: str, form: Mapping[str, Any]) -> list[str]:
    """Give the form's values by which the case is found: those that its field marks so."""
    declared = runtime().plugins.matter(code)
    fields = _made(declared.form).fields if declared and declared.form else {}
    return [str(form[n]) for n, f in fields.items() if f.metadata.get("search") and n in form]


def impersonal(code: str, form: Mapping[str, Any]) -> dict[str, Any]:
    """Give the form's values that can tell of no person: counts, days, departments, listed words.

    Free words go, and so does what no active plugin declares.
    """
    declared = runtime().plugins.matter(code)
    fields = declared.form().fields if declared and declared.form else {}
    return {name: value for name, value in form.items() if _is_impersonal(fields.get(name), value)}


def _is_impersonal(field: Any, value: Any) -> bool:
    if isinstance(field, Word):
        return value in field.choices
    return isinstance(field, Count | LedgerDate | Departments)


def form_context() -> CellContext:
    """Give what fields of forms ask for: today, and the departments by name."""
    now = runtime().clock.now()
    return CellContext(today=local(now).date(), directory=cast(Directory, _WhenAsked(now)))


class _WhenAsked:
    """Load the names of departments when a field asks for them: most forms have no such field."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    @cached_property
    def _loaded(self) -> Directory:
        return people.directory(self._now)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loaded, name)


def _is_blank(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not text_of(value))


def _first(why: Any) -> str:
    while isinstance(why, dict):
        why = next(iter(why.values()))
    return str(why[0]) if isinstance(why, list) and why else str(why)
