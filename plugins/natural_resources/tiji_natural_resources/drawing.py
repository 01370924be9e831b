"""An estate as people read it in a terminal: how far it is, a sign for each household, blockers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tiji_natural_resources.rules import STATES, floors
from tiji_natural_resources.words import glyph, say, state_name

#: So many buildings of a blocker are named.
MOST_NAMED = 8


def line(estate: Mapping[str, Any]) -> str:
    """Draw an estate in the list."""
    blockers = say("难点 {n}", "blockers {n}", n=estate["blockers"])
    return "  ".join((estate["code"], share(estate), blockers, estate["name"]))


def share(part: Mapping[str, Any]) -> str:
    """Say how many of an estate's, a building's or a unit's households have their papers."""
    return f"{part['issued']}/{part['households']}"


def whole(estate: Mapping[str, Any]) -> str:
    """Draw one estate with its grid and its blockers."""
    return "\n".join((*_head(estate), *_grid(estate["buildings"]), *_blockers(estate["blockers"])))


def _head(estate: Mapping[str, Any]) -> Iterator[str]:
    yield f"{estate['code']}  {estate['name']}"
    about = [estate[name] for name in ("developer", "credit_code", "address") if estate[name]]
    if about:
        yield "  ".join(about)
    counts = estate["progress"]
    yield say("已发证 {share} 户", "papers issued: {share} households", share=share(estate))
    signs = (
        f"{glyph(state)} {state_name(state)} {counts[state]}" for state in STATES if counts[state]
    )
    yield "  ".join(signs)


def _grid(buildings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for building in buildings:
        yield ""
        name = say("楼栋 {name}", "Building {name}", name=building["building"])
        yield f"{name}  {share(building)}"
        for unit in building["units"]:
            if unit["unit"]:
                name = say("单元 {name}", "Unit {name}", name=unit["unit"])
                yield f"  {name}  {share(unit)}"
            yield from _floors(unit["rooms"])


def _floors(rooms: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    states: dict[str, list[str]] = {}
    for cell in rooms:
        states.setdefault(cell["room"], []).append(cell["state"])
    for _floor, names in floors(states):
        yield "    " + "  ".join(f"{name} {''.join(map(glyph, states[name]))}" for name in names)


def _blockers(blockers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if blockers:
        yield ""
        yield say("难点（解一个，放行一批）", "Blockers (solve one, release a batch)")
    for found in blockers:
        yield f"{found['code']}  {_effect(found)}  {found['title']}"


def _effect(found: Mapping[str, Any]) -> str:
    if found["solved_at"]:
        return say("{day} 已解决", "solved on {day}", day=found["solved_at"][:10])
    names = found["buildings"]
    return say(
        "{households} 户，解决后放行 {frees} 户（楼栋 {where}）",
        "holds {households}, frees {frees} (buildings {where})",
        households=found["households"],
        frees=found["frees"],
        where="、".join(names[:MOST_NAMED]) + ("…" if names[MOST_NAMED:] else "") or "-",
    )
