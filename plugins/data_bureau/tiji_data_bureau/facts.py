"""Which facts of a message the plugin keeps in columns of its own; read from the case's form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tiji.api import PartialMoment

#: What a partial moment's length says of its precision, and what completes it.
_PRECISION: dict[int, tuple[Any, str]] = {
    19: ("second", ""),
    10: ("day", ""),
    7: ("month", "-01"),
    4: ("year", "-01-01"),
}
_PLAIN = (
    *("source", "external_id", "kind", "category", "district", "urgency"),
    *("votes_for", "votes_against", "reply_by", "satisfaction"),
)


def read_back(text: str | None) -> PartialMoment | None:
    """Read the moment that a form keeps: ``2019-03-05T09:30:00``, or less of it."""
    if not text:
        return None
    precision, rest = _PRECISION[len(text)]
    return PartialMoment(datetime.fromisoformat(text + rest), precision)


def facts(form: Mapping[str, Any]) -> dict[str, Any]:
    """Give the columns that follow from a form's plain values."""
    return {name: form.get(name) for name in _PLAIN}


def received(form: Mapping[str, Any], otherwise: datetime) -> dict[str, Any]:
    """Give when a message was received: as its form says, else when its case came to be."""
    moment = read_back(form.get("received_at"))
    if moment is None:
        return {"received_at": otherwise, "received_precision": "second"}
    return {"received_at": moment.at, "received_precision": moment.precision}


def reply(form: Mapping[str, Any], waiting: bool) -> dict[str, Any]:
    """Say whether a message waits; one that does has no time of answer."""
    moment = None if waiting else read_back(form.get("replied_at"))
    return {
        "waiting": waiting,
        "replied_at": moment.at if moment else None,
        "replied_precision": moment.precision if moment else None,
    }


def new_message(
    case_id: int, form: Mapping[str, Any], registered_at: datetime, *, waiting: bool
) -> dict[str, Any]:
    """Give all columns of a new message."""
    return {
        "case_id": case_id,
        **facts(form),
        **received(form, registered_at),
        **reply(form, waiting),
        "heard": 0,
    }
