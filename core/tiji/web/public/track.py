"""Find a case by its receipt, see where it is, write to it, rate it, take it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request, session, url_for
from flask_limiter import RateLimitExceeded
from marshmallow import Schema
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from tiji.attachments.actions import attach_as_client
from tiji.attachments.queries import public_attachments
from tiji.errors import AbsentError, RuleError, TijiError
from tiji.i18n import _
from tiji.portal import actions, queries
from tiji.portal.rules import TRIES, What, too_many_tries
from tiji.portal.schemas import LetterForm, LookUpForm, RatingForm, WithdrawalForm
from tiji.runtime import runtime
from tiji.web.attached import send_attachment
from tiji.web.forms import form_view, read_sent
from tiji.web.headers import limiter
from tiji.web.pages import back_to, render, say

pages = Blueprint("track", __name__, url_prefix="/track")

#: So long a case stays open before whoever found it, when nobody touches the page.
IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=8)
_COOKIE = "track"


@pages.get("")
def find() -> Response:
    """Ask for number and code."""
    return render("public/track_find.html", 200, fields=form_view(LookUpForm), more=[])


def _is_wrong(response: Response) -> bool:
    return response.status_code == 422


@pages.errorhandler(RateLimitExceeded)
def too_often(_error: RateLimitExceeded) -> Response:
    """Say how long to wait, whatever was tried."""
    return _again(str(too_many_tries()), 429)


def _again(message: str, status: int) -> Response:
    typed = {"number": request.form.get("number", "")}  # a wrong code is not shown again
    fields = form_view(LookUpForm, typed)
    return render("public/track_find.html", status, fields=fields, more=[message], wrong=True)


@pages.post("")
@limiter.limit(f"{TRIES}/hour", deduct_when=_is_wrong)
def look() -> AnyResponse:
    """Find the case, and remember in the cookie that it was found."""
    values, typed, errors = read_sent(LookUpForm, request.form)
    if errors:
        fields = form_view(LookUpForm, typed, errors)
        return render("public/track_find.html", 422, fields=fields, more=[], wrong=True)
    try:
        found = actions.look_up(values["number"], values["secret"], request.remote_addr or "")
    except RuleError as error:
        return _again(str(error), 429 if error.rule == "too-many-tries" else 422)
    now = runtime().clock.now().isoformat()
    session[_COOKIE] = {"number": found.number, "whole": found.whole, "at": now, "since": now}
    return back_to(url_for(".case"))


@pages.post("/leave")
def leave() -> AnyResponse:
    """Forget which case was found."""
    session.pop(_COOKIE, None)
    return back_to(url_for(".find"))


class _GoneError(Exception):
    """Tell that nothing was found here, or too long ago."""


@pages.errorhandler(_GoneError)
def ask_again(_error: _GoneError) -> AnyResponse:
    """Lead back to where a case is found."""
    say(_("Give the number and the code again: this page was left alone for a while."), "amber")
    return back_to(url_for(".find"))


def _found(whole: bool = True) -> tuple[str, bool]:
    """Give the number of the case that was found, and whether all of it may be seen."""
    known, now = session.get(_COOKIE), runtime().clock.now()
    if (
        not known
        or datetime.fromisoformat(known["at"]) < now - IDLE
        or datetime.fromisoformat(known["since"]) < now - LONGEST
        or (whole and not known["whole"])
    ):
        raise _GoneError
    session[_COOKIE] = {**known, "at": now.isoformat()}
    return known["number"], known["whole"]


@pages.get("/case")
def case() -> Response:
    """Show where the case is: all of it to its client, the light to who knows a phone."""
    number, whole = _found(whole=False)
    if not whole:
        return render("public/track_light.html", 200, case=queries.glance(number))
    found = queries.progress(number)
    return render("public/track.html", 200, case=found, files=public_attachments(found.case_id))


@pages.get("/files/<int:attachment_id>")
def download(attachment_id: int) -> Response:
    """Give the client a file of the own case, or one that was sent."""
    files = public_attachments(queries.progress(_found()[0]).case_id)
    found = next((file for file in files if file.id == attachment_id), None)
    if found is None:
        raise AbsentError(_("This file is not there any more."))
    return send_attachment(found)


@pages.get("/<any(message, supplement):what>")
def letter(what: What) -> AnyResponse:
    """Show where the client writes."""
    return _ask(what, "letter", LetterForm, what=what)


@pages.post("/<any(message, supplement):what>")
@limiter.limit("60/hour")
def write(what: What) -> AnyResponse:
    """Add words and files to the case."""
    number = _found()[0]
    values, typed, errors = read_sent(LetterForm, request.form)
    chosen = [file for file in request.files.getlist("file") if file.filename]
    if errors:
        return _form("letter", LetterForm, typed, errors, what=what)
    try:
        actions.write(number, what, values["text"])
    except RuleError as error:
        return _form("letter", LetterForm, typed, more=[str(error)], what=what)
    for text in [said for file in chosen if (said := _attach(number, file))]:
        say(text, "red")
    say(_("It is with whoever was asked first. You are answered here."))
    return back_to(url_for(".case"))


def _attach(number: str, file: FileStorage) -> str:
    try:
        attach_as_client(number, file.stream, file.filename or "")
    except TijiError as error:
        return str(error)
    return ""


@pages.get("/rate")
def rating() -> AnyResponse:
    """Ask whether the client is satisfied."""
    return _ask("rate", "rate", RatingForm)


@pages.post("/rate")
@limiter.limit("30/hour")
def rate() -> AnyResponse:
    """Record the grade."""

    def act(number: str, said: dict[str, Any]) -> None:
        told_no = said.get("told_no") == "yes"
        actions.rate(number, int(said["grade"]), said.get("text", ""), told_no)

    return _send("rate", RatingForm, act, _("Thank you. What you said is recorded."))


@pages.get("/withdraw")
def ask_withdrawal() -> AnyResponse:
    """Ask once more before the case ends."""
    return _ask("withdraw", "withdraw", WithdrawalForm)


@pages.post("/withdraw")
@limiter.limit("30/hour")
def withdraw() -> AnyResponse:
    """Take the case back."""

    def act(number: str, said: dict[str, Any]) -> None:
        actions.withdraw(number, said.get("text", ""))

    return _send("withdraw", WithdrawalForm, act, _("It is taken back. Nobody goes on with it."))


def _send(
    name: str, form: type[Schema], act: Callable[[str, dict[str, Any]], None], done: str
) -> AnyResponse:
    """Do what a form asks for, or show it again with what is wrong."""
    number = _found()[0]
    values, typed, errors = read_sent(form, request.form)
    if errors:
        return _form(name, form, typed, errors)
    try:
        act(number, values)
    except RuleError as error:
        return _form(name, form, typed, more=[str(error)])
    say(done)
    return back_to(url_for(".case"))


def _ask(wanted: str, name: str, schema: type[Schema], what: str = "") -> AnyResponse:
    """Show an empty form, or lead back to a case with which that cannot be done now."""
    if wanted not in queries.progress(_found()[0]).may:
        say(_("That is not possible now; here is where the case is."), "amber")
        return back_to(url_for(".case"))
    return _form(name, schema, what=what)


def _form(
    name: str,
    schema: type[Schema],
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    more: list[str] | None = None,
    what: str = "",
) -> Response:
    """Show one of the client's forms about the case that was found."""
    found = queries.progress(_found()[0])
    wrong = bool(errors or more)
    return render(
        f"public/track_{name}.html",
        422 if wrong else 200,
        case=found,
        fields=form_view(schema, typed, errors),
        more=more or [],
        wrong=wrong,
        what=what,
    )
