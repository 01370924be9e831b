"""Which facts of a petition the plugin keeps in columns of its own; read from the case's form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tiji_petitions.rules import PetitionClock
from tiji_petitions.words import state_code

#: What a partial date's length says of its precision, and what completes it.
_PRECISION = {10: ("day", ""), 7: ("month", "-01"), 4: ("year", "-01-01")}

_PLAIN = ("people", "way", "district", "leader", "measures")


def facts(form: Mapping[str, Any]) -> dict[str, Any]:
    """Give the columns that follow from a form's plain values."""
    first_visit, precision = read_day(form.get("first_visit"))
    return {
        **{name: form.get(name) for name in _PLAIN},
        "visits": form.get("visits") or 1,
        "first_visit": first_visit,
        "first_visit_precision": precision,
        "resolve_by": read_day(form.get("resolve_by"))[0],
        "state": state_code(form.get("state")),
    }


def read_day(text: str | None) -> tuple[date | None, str | None]:
    """Read ``2019-03-05``, ``2019-03`` or ``2019`` with its precision; a missing part is first."""
    if not text:
        return None, None
    precision, rest = _PRECISION[len(text)]
    return date.fromisoformat(text + rest), precision


def new_petition(
    case_id: int, form: Mapping[str, Any], registered_on: date, clock: PetitionClock | None
) -> dict[str, Any]:
    """Give all columns of a new petition; closed history has no clock."""
    return {
        "case_id": case_id,
        **facts(form),
        "repeats": 0,
        "registered_on": registered_on,
        "accept_by": clock.accept_by if clock else None,
        "accepted_at": None,
        "accepted_by": None,
        "conclude_by": clock.conclude_by if clock else None,
        "extended_at": None,
        "extended_by": None,
        "extended_reason": None,
        "concluded_at": None,
        "heard": 0,
    }
