"""Rebuild a case's state columns and stays from its events alone (I11)."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from tiji.cases.state import STATE_FIELDS, STAY_FIELDS, State, Stay

Columns = dict[str, Any]


def replay(changes: Iterable[Mapping[str, Any]]) -> tuple[State, list[Stay]]:
    """Apply what each event of a case changed, oldest first; give its state and its stays.

    ``changes`` are the events' ``change`` values, read from JSON; a stay of which one says None
    was taken back.
    """
    case: Columns = dict.fromkeys(STATE_FIELDS)
    stays: dict[int, Columns] = {}
    for change in changes:
        case |= change.get("case", {})
        for no, columns in change.get("stays", {}).items():
            if columns is None:
                stays.pop(int(no), None)
            else:
                stays.setdefault(int(no), dict.fromkeys(STAY_FIELDS)).update(columns)
    return State(**_read(State, case)), [Stay(**_read(Stay, stays[no])) for no in sorted(stays)]


def _types(of: type[State | Stay]) -> dict[str, set[Any]]:
    hints = typing.get_type_hints(of).items()
    return {name: {hint, *typing.get_args(hint)} for name, hint in hints}


_TYPES = {of: _types(of) for of in (State, Stay)}


def _read(of: type[State | Stay], columns: Columns) -> Columns:
    return {name: _value(_TYPES[of][name], value) for name, value in columns.items()}


def _value(types: set[Any], value: Any) -> Any:
    """Turn a JSON value back into what the column keeps."""
    if value is None or not types & {date, datetime}:
        return value
    return datetime.fromisoformat(value) if datetime in types else date.fromisoformat(value)
