"""The case page: the ladder in full, what was asked, what happened, and what to do now."""

from __future__ import annotations

from flask import Blueprint, Response, request

from tiji.cases.sight import seen_case
from tiji.web.officers.casework import VIEWS, case_page
from tiji.web.viewer import account

pages = Blueprint("case", __name__, url_prefix="/cases")


@pages.get("/<number>")
def page(number: str) -> Response:
    """Show a case; ``do`` opens an action's form, ``show`` filters what happened."""
    who = account()
    row = seen_case(number, who.viewer)
    show = request.args.get("show", VIEWS[0])
    return case_page(row, who, request.args.get("do"), show if show in VIEWS else VIEWS[0])
