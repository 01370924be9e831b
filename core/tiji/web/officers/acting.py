"""The forms of the case page: each posts to its action, and no typed word is lost."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from tiji.cases import actions
from tiji.cases.schemas import FORMS
from tiji.cases.sight import seen_case
from tiji.cases.words import event_kinds, word
from tiji.db import db
from tiji.drafts.actions import discard_draft
from tiji.drafts.rules import OFFICER, owner_of
from tiji.errors import BadInputError, ConflictError, RuleError
from tiji.i18n import _
from tiji.web.forms import read_sent
from tiji.web.officers.casework import TABS, Written, address, case_page, fields_of
from tiji.web.pages import back_to, render, say
from tiji.web.viewer import account

pages = Blueprint("acting", __name__, url_prefix="/cases")

#: Beside which field a rule's message stands; others stand above the form.
PLACES = {
    "basis": "basis",
    "no-document": "reasons",
    "way-forward": "ways_forward",
    "promise-past": "promised",
    "pause-past": "until",
    "outcome": "outcome",
    "extend-days": "days",
}


@pages.post("/<number>/do/<action>")
def do(number: str, action: str) -> AnyResponse:
    """Take an action with what was typed; show it again with what is wrong, or lead back."""
    who = account()
    row = seen_case(number, who.viewer)
    if action not in FORMS:
        abort(404)
    values, typed, errors = read_sent(FORMS[action], request.form)
    written = Written(typed=typed, errors=errors, preview="preview" in request.form)
    if errors or "preview" in request.form or "more" in request.form:
        status = 422 if errors and not ({"preview", "more"} & set(request.form)) else 200
        if status == 200:
            written = Written(typed=typed, preview=written.preview)
        return case_page(row, who, action, written=written, status=status)
    seen = _seen(row)
    try:
        answer = getattr(actions, action)(row["number"], who.viewer.code, **values, seen=seen)
    except ConflictError as error:
        db.session.rollback()
        row = seen_case(number, who.viewer)
        written = Written(typed=typed, message=str(error))
        return case_page(row, who, action, written=written, since=seen, status=409)
    except (RuleError, BadInputError) as error:
        db.session.rollback()
        return case_page(row, who, action, written=_refused(error, typed), status=422)
    discard_draft(owner_of(OFFICER, who.viewer.code), f"{row['number']}/{action}")
    _report(row["number"], action, answer)
    return back_to(address(row["number"]))


def _seen(row: dict[str, Any]) -> int:
    """Read which version of the case its form was made from."""
    try:
        return int(request.form.get("version", ""))
    except ValueError:
        return int(row["version"])


def _refused(error: RuleError | BadInputError, typed: dict[str, Any]) -> Written:
    place = PLACES.get(error.rule) if isinstance(error, RuleError) else None
    if place in typed:
        return Written(typed=typed, errors={str(place): str(error)})
    return Written(typed=typed, message=str(error))


def _report(number: str, action: str, answer: object) -> None:
    done = _("{action}: recorded.").format(action=_(TABS[action][0]))
    if answer is False:
        done = _("Asked: the station above has to grant it first.")
    say(done, undo=number if action in UNDONE else "")
    if isinstance(answer, tuple) and answer:
        text = _("Advice: better do without {phrases}; name the clause and the gap.")
        say(text.format(phrases="、".join(answer)), "amber")


#: Actions after which the next page offers to take them back.
UNDONE = frozenset(
    ("agree", "complete", "escalate", "refuse", "propose", "guide", "accept", "pause", "resume",
     "extend")
)  # fmt: skip


@pages.post("/<number>/undo")
def undo(number: str) -> AnyResponse:
    """Take back one's own last step."""
    who = account()
    row = seen_case(number, who.viewer)
    try:
        kind = actions.undo(row["number"], who.viewer.code)
    except (RuleError, ConflictError) as error:
        db.session.rollback()
        say(str(error), "amber")
    else:
        say(_("Taken back: {what}.").format(what=word(event_kinds(), kind)))
    return back_to(address(row["number"]))


@pages.post("/<number>/preview/<action>")
def preview(number: str, action: str) -> Response:
    """Show the answer in the words in which the client will read it, while it is written."""
    who = account()
    row = seen_case(number, who.viewer)
    if action not in FORMS:
        abort(404)
    _values, typed, _errors = read_sent(FORMS[action], request.form)
    written = Written(typed=typed, preview=True)
    return render(
        "officers/_preview.html",
        case=row,
        chosen=action,
        fields=fields_of(action, written),
        written=written,
    )
