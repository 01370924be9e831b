"""Cases about the same, side by side: one takes the other in, or one answer serves all."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from tiji.cases import actions
from tiji.cases.sheet import case_sheet
from tiji.cases.sight import seen_case
from tiji.cases.similar import similar_to
from tiji.db import db
from tiji.errors import AbsentError, BadInputError, ConflictError, RuleError, TijiError
from tiji.i18n import N_, _
from tiji.portal.rules import read_number
from tiji.web.forms import form_view, read_sent
from tiji.web.officers.casework import address
from tiji.web.pages import back_to, render, say
from tiji.web.viewer import viewer

pages = Blueprint("joining", __name__, url_prefix="/cases")

#: So many cases are compared on one page.
MOST = 12


class Join(Schema):
    """Ask how the cases are joined, and why."""

    how = fields.String(
        required=True,
        validate=validate.OneOf(("group", "into", "takes")),
        metadata={
            "label": N_("How they belong together"),
            "kind": "radio",
            "choices": (
                (
                    "group",
                    N_("One answer for all"),
                    N_("Each stays a case of its own; the first one's answer is theirs too."),
                ),
                (
                    "into",
                    N_("The first goes into the second"),
                    N_("It closes; its client gets the second one's answer. For good."),
                ),
                (
                    "takes",
                    N_("The second goes into the first"),
                    N_("It closes; its client gets the first one's answer. For good."),
                ),
            ),
        },
    )
    reason = fields.String(
        required=True,
        validate=validate.Length(max=2000),
        metadata={"label": N_("Reason"), "kind": "lines", "rows": 2},
    )
    sure = fields.Boolean(
        metadata={
            "label": N_("I have compared them: what goes into another case does not come out again")
        }
    )


@pages.get("/<number>/join")
def join(number: str) -> AnyResponse:
    """Show a case beside those it may belong to; ``other`` names them, several times if need be."""
    return _page(number, request.args, {}, {})


@pages.post("/<number>/join")
def do(number: str) -> AnyResponse:
    """Join the cases, or show the page again with what is wrong or what a rule says."""
    row = seen_case(number, viewer())
    values, typed, errors = read_sent(Join, request.form)
    others = [other["number"] for other in _others(row["number"], request.form)[0]]
    if not others:
        errors["how"] = _("Name the other case first.")
    elif not errors and values["how"] != "group":
        errors |= _unsure(others, bool(values.get("sure")))
    if errors:
        return _page(number, request.form, typed, errors, 422)
    try:
        text = _do(row["number"], others, values)
    except (RuleError, BadInputError, ConflictError) as error:
        db.session.rollback()
        status = 409 if isinstance(error, ConflictError) else 422
        return _page(number, request.form, typed, {}, status, message=_said(error))
    say(text)
    return back_to(address(row["number"]))


def _unsure(others: list[str], sure: bool) -> dict[str, str]:
    if len(others) > 1:
        return {"how": _("Two cases at a time go into one; for several, take one answer for all.")}
    return {} if sure else {"sure": _("Confirm it: nobody can part them again.")}


def _do(number: str, others: list[str], values: dict[str, Any]) -> str:
    """Take the action that was chosen; say what was done."""
    who, reason = viewer().code, values["reason"]
    if values["how"] == "group":
        actions.group(number, who, cases=others, reason=reason)
        return _("The answer of {number} serves {others} too.").format(
            number=number, others=_(", ").join(others)
        )
    gone, into = (number, others[0]) if values["how"] == "into" else (others[0], number)
    actions.merge(gone, who, into=into, reason=reason)
    return _("{gone} went into {into}; both stay readable.").format(gone=gone, into=into)


def _said(error: TijiError) -> str:
    if isinstance(error, RuleError) and error.rule == "not-superior":
        return _("{refusal} Leave it a remark that names the other case.").format(refusal=error)
    return str(error)


def _others(number: str, said: MultiDict[str, str]) -> tuple[list[dict[str, Any]], list[str]]:
    """Give the other cases that were named and may be seen, and the numbers of those not."""
    found, absent = [], []
    typed = [read_number(text) for text in said.getlist("other") if text.strip()]
    for other in dict.fromkeys(typed[:MOST]):
        if other == number:
            continue
        try:
            found.append(seen_case(other, viewer()))
        except AbsentError:
            absent.append(other)
    return found, absent


def _page(
    number: str,
    said: MultiDict[str, str],
    typed: dict[str, Any],
    errors: dict[str, str],
    status: int = 200,
    message: str = "",
) -> AnyResponse:
    who = viewer()
    row = seen_case(number, who)
    others, absent = _others(row["number"], said)
    named = {other["number"] for other in others}
    return render(
        "officers/joining.html",
        status,
        case=row,
        sheets=[(one, case_sheet(one).detail) for one in (row, *others)],
        others=sorted(named),
        absent=absent,
        similar=[one for one in similar_to(who, row) if one.case["number"] not in named],
        fields=form_view(Join, typed, errors),
        message=message,
        wrong=status == 422,
    )
