"""What a case's form says of its household, estate and blockers; nothing of who lives there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tiji.api import mask_text
from tiji_natural_resources.rules import state_of
from tiji_natural_resources.words import LEDGER_STATES

_ESTATE = {"developer": "developer", "credit_code": "credit_code", "estate_address": "address"}


@dataclass(frozen=True, slots=True)
class Facts:
    """One household as its case describes it; ``about`` holds what is said of the estate."""

    case_id: int
    estate: str
    building: str
    unit: str
    room: str
    unit_code: str | None
    area: float | None
    state: str
    about: Mapping[str, str]
    blockers: tuple[str, ...]


def read_facts(
    case_id: int, form: Mapping[str, Any], status: str, outcome: str | None
) -> Facts | None:
    """Read a form's plain values; None where it does not say which house it is about.

    The household stands as ``status`` and ``outcome`` of its case say, as far as they say it.

    A household that has its papers is blocked by nothing. A blocker's title goes into logs that
    are never erased: numbers of persons in it are masked.
    """
    estate, building, room = (form.get(name) for name in ("project_name", "building", "room"))
    if not (estate and building and room):
        return None
    area = form.get("house_area_m2")
    state = state_of(status, outcome, LEDGER_STATES.get(form.get("state") or "", "ready"))
    return Facts(
        case_id=case_id,
        estate=estate,
        building=building,
        unit=form.get("unit") or "",
        room=room,
        unit_code=form.get("unit_code"),
        area=float(area) if area else None,
        state=state,
        about={column: form[name] for name, column in _ESTATE.items() if form.get(name)},
        blockers=() if state == "issued" else tuple(map(mask_text, form.get("blockers") or ())),
    )
