"""The estates' pages: all of them, one with its grid and its blockers, and what is done there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from tiji.api import BadInputError
from tiji.api.pages import back_to, is_fragment, render, say, viewer
from tiji_natural_resources import actions, houses, queries
from tiji_natural_resources.rules import STATES
from tiji_natural_resources.words import glyph, state_name
from tiji_natural_resources.words import say as in_words

ROWS = 200
#: The cell of each state in the grid, as the stylesheet knows it.
CELLS = {
    "issued": "",
    "accepted": "u--i",
    "ready": "u--o",
    "papers": "u--m",
    "blocked": "u--x",
    "refused": "u--r",
    "ended": "u--e",
}


def blueprint() -> Blueprint:
    """Make the pages."""
    pages = Blueprint(
        "natural_resources", __name__, template_folder="templates", static_folder="static"
    )
    pages.add_url_rule("/estates", "estates", estates)
    pages.add_url_rule("/estates/<code>", "estate", estate)
    pages.add_url_rule("/estates/<code>/houses/<number>", "house", house)
    pages.add_url_rule("/estates/<code>/accept", "choose", choose)
    pages.add_url_rule("/estates/<code>/accept", "accept", accept, methods=["POST"])
    pages.add_url_rule("/blockers/<code>", "blocker", blocker)
    pages.add_url_rule("/blockers/<code>/release", "release", release, methods=["POST"])
    pages.context_processor(_words)
    return pages


def _words() -> dict[str, Any]:
    return {
        "states": STATES,
        "state_name": state_name,
        "glyph": glyph,
        "cells": CELLS,
        "place": houses.place,
        "floor_rows": houses.floor_rows,
    }


def estates() -> Response:
    """Show the estates with how far they are; ``q`` filters by name."""
    wanted = request.args.get("q", "").strip()
    page = queries.estates(50, request.args.get("after"), wanted)
    return render("natural_resources/estates.html", wanted=wanted, **page)


def estate(code: str) -> Response:
    """Show one estate as a grid, or as a table; ``house`` is the case of a chosen household."""
    found = queries.estate(code)
    state = request.args.get("state", "")
    building = request.args.get("building", "")
    listed = houses.rows(found, state, building)
    start = _start()
    return render(
        "natural_resources/estate.html",
        estate=found,
        state=state if state in STATES else "",
        building=building,
        as_table=request.args.get("view") == "table",
        rows=listed[start : start + ROWS],
        further=start + ROWS if len(listed) > start + ROWS else None,
        house=_house(found, request.args.get("house", "")),
        mine=houses.count_acceptable(found, viewer().holders),
    )


def _start() -> int:
    text = request.args.get("from", "0")
    return int(text) if text.isdigit() and len(text) < 7 else 0


def _house(found: dict[str, Any], number: str) -> dict[str, Any] | None:
    return houses.house(found, number) if number else None


def house(code: str, number: str) -> AnyResponse:
    """Show one household beside the grid: how it stands, and the case if it may be seen."""
    found = queries.estate(code)
    if not is_fragment():
        return back_to(
            url_for("natural_resources.estate", code=found["code"], house=number) + "#house"
        )
    return render("natural_resources/_house.html", estate=found, house=houses.house(found, number))


def choose(code: str) -> AnyResponse:
    """Say which of the chosen households will be accepted, and which not and why."""
    found = queries.estate(code)
    chosen = _chosen()
    if not chosen and request.args.get("picked"):
        say(
            in_words("先选中要受理的住户。", "Select the households to be accepted first."), "amber"
        )
        return back_to(url_for("natural_resources.estate", code=found["code"], view="table"))
    ready, not_ready = houses.acceptable(found, chosen, viewer().holders)
    return render("natural_resources/accept.html", estate=found, ready=ready, not_ready=not_ready)


def _chosen() -> Sequence[str]:
    return (request.args if request.method == "GET" else request.form).getlist("case")


def accept(code: str) -> AnyResponse:
    """Accept the chosen households; whoever was faster on one of them keeps it."""
    found = queries.estate(code)
    ready, _not_ready = houses.acceptable(found, _chosen(), viewer().holders)
    if not ready:
        raise BadInputError(
            in_words("没有选中可以受理的住户。", "No household that can be accepted was chosen.")
        )
    done, failed = actions.accept([row["case"] for row in ready], viewer().code)
    if done:
        say(in_words("已受理 {n} 户。", "{n} households accepted.", n=done))
    for text in failed:
        say(text, "amber")
    return back_to(url_for("natural_resources.estate", code=found["code"]))


def blocker(code: str) -> Response:
    """Ask before a blocker is released: each case that it holds will record it."""
    return render("natural_resources/release.html", blocker=queries.blocker(code))


def release(code: str) -> AnyResponse:
    """Release a blocker and lead back to its estate."""
    done = actions.release(code, viewer().code)
    say(
        in_words(
            "“{title}”已解决，放行 {released} 户。",
            "“{title}” is solved; {released} households are released.",
            **done,
        )
    )
    return back_to(url_for("natural_resources.estate", code=queries.estate(done["estate"])["code"]))
