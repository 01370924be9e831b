"""A client's personal data behind the mask: asked for with a reason, shown once, recorded."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from tiji.cases.names import FormWords, written
from tiji.cases.reading import LONGEST_WHY, may_read, read_personal
from tiji.cases.sight import seen_case
from tiji.errors import RuleError
from tiji.i18n import _
from tiji.web.forms import FieldView
from tiji.web.pages import render
from tiji.web.viewer import viewer

pages = Blueprint("reading", __name__, url_prefix="/cases")


@pages.get("/<number>/personal")
def ask(number: str) -> AnyResponse:
    """Ask for what somebody wants to read."""
    return _ask(may_read(viewer(), number)["number"])


def _ask(number: str, error: str = "") -> AnyResponse:
    why = FieldView(
        "why",
        _("For what you read it"),
        "text",
        hint=_("It stands in the reading log with your name; like: to call the client back."),
        error=error,
        required=True,
        most=LONGEST_WHY,
    )
    return render("officers/personal.html", 422 if error else 200, number=number, fields=[why])


@pages.post("/<number>/personal")
def read(number: str) -> AnyResponse:
    """Show the data, and record who read them and for what."""
    try:
        found = read_personal(viewer(), number, request.form.get("why", ""))
    except RuleError as error:
        return _ask(number, str(error))
    form = FormWords(seen_case(number, viewer())["matter"])
    name = found.pop("client_name")
    facts = [(_("client"), name), *((form.label(k), written(v)) for k, v in found.items())]
    response = render("officers/personal_shown.html", number=number.upper(), facts=facts,
                      back=url_for("case.page", number=number))  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response
