"""Rebuild a case's state columns and stays from its events alone (I11)."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from tiji.cases.state import State, Stay

Columns = dict[str, Any]


def replay(changes: Iterable[Mapping[str, Any]]) -> tuple[State, list[Stay]]:
    """Apply what each event of a case changed, oldest first; give its state and its stays.

    ``changes`` are the events' ``change`` values, read from JSON.
    """
    case: Columns = {}
    stays: dict[int, Columns] = {}
    for change in changes:
        case |= change.get("case", {})
        for no, columns in change.get("stays", {}).items():
            stays.setdefault(int(no), {}).update(columns)
    return (
        State(**{name: _read(State, name, value) for name, value in case.items()}),
        [
            Stay(**{name: _read(Stay, name, value) for name, value in stays[no].items()})
            for no in sorted(stays)
        ],
    )


def _types(of: type[State | Stay]) -> dict[str, set[Any]]:
    hints = typing.get_type_hints(of).items()
    return {name: {hint, *typing.get_args(hint)} for name, hint in hints}


_TYPES = {of: _types(of) for of in (State, Stay)}


def _read(of: type[State | Stay], name: str, value: Any) -> Any:
    """Turn a JSON value back into what the column keeps."""
    types = _TYPES[of][name]
    if value is None or not types & {date, datetime}:
        return value
    return datetime.fromisoformat(value) if datetime in types else date.fromisoformat(value)
