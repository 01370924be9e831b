"""The page of online messages: those that wait, the longest waiting first, and those answered."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from tiji.api.pages import render
from tiji_data_bureau import lists
from tiji_data_bureau.words import KINDS, kind_name

ROWS = 50


def blueprint() -> Blueprint:
    """Make the pages."""
    pages = Blueprint("data_bureau", __name__, template_folder="templates")
    pages.add_url_rule("/messages", "listed", listed)
    pages.context_processor(_words)
    return pages


def _words() -> dict[str, Any]:
    return {"kinds_of_message": KINDS, "kind_name": kind_name}


def listed() -> Response:
    """Show the messages that wait, or those that were answered, all or of one kind."""
    kind = request.args.get("kind", "")
    answered = request.args.get("view") == "answered"
    page = lists.by_kind(
        kind if kind in KINDS else None, not answered, ROWS, request.args.get("after")
    )
    view = "answered" if answered else "waiting"
    return render("data_bureau/listed.html", kind=kind, view=view, **page)
