"""The page of the backlog: petitions by what their clock owes, those due first."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from tiji.api.pages import render
from tiji_petitions import lists
from tiji_petitions.words import STATES, state_name

ROWS = 50


def blueprint() -> Blueprint:
    """Make the pages."""
    pages = Blueprint("petitions", __name__, template_folder="templates")
    pages.add_url_rule("/backlog", "listed", listed)
    pages.context_processor(_words)
    return pages


def _words() -> dict[str, Any]:
    return {"petition_states": tuple(STATES), "petition_state": state_name}


def listed() -> Response:
    """Show the petitions whose clock runs, or those that are concluded, all or in one state."""
    state = request.args.get("state", "")
    view = "concluded" if request.args.get("view") == "concluded" else "running"
    page = lists.by_state(state if state in STATES else None, view, ROWS, request.args.get("after"))
    return render("petitions/listed.html", state=state, view=view, **page)
