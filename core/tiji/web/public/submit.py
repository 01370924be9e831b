"""Bring a case in three steps: what it is, who brings it, check and send; then the receipt."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

import segno
from flask import Blueprint, Response, request, session, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from tiji.attachments.actions import accept_upload, drop_pending
from tiji.attachments.queries import pending_files
from tiji.errors import AbsentError, TijiError
from tiji.i18n import _
from tiji.portal.actions import Receipt, receipt_of, sent_before
from tiji.portal.actions import submit as send_in
from tiji.portal.published import entry_of, likely, matter_in_doubt
from tiji.portal.queries import first_contact
from tiji.portal.schemas import WhatForm, WhoForm, matter_form
from tiji.runtime import runtime
from tiji.web.headers import limiter
from tiji.web.pages import back_to, render, say
from tiji.web.public.bringing import Bringing, Step, bringing

pages = Blueprint("submit", __name__, url_prefix="/submit")

#: So long the receipt can be looked at again in the browser that sent the form.
RECEIPT_FOR = timedelta(minutes=30)
_COOKIE = "receipt"


@pages.get("")
def start() -> Response:
    """Ask what it is about."""
    brought = bringing()
    if code := request.args.get("matter", ""):
        brought.typed["matter"] = code
    return _what(brought, brought.what(tell=False))


def _what(brought: Bringing, step: Step, more: list[str] | None = None) -> Response:
    wrong = step.wrong or bool(more)
    return render(
        "public/submit_what.html",
        422 if wrong else 200,
        fields=step.fields,
        more=more or [],
        wrong=wrong,
        files=pending_files(brought.word),
        **_matters(brought),
    )


def _matters(brought: Bringing) -> dict[str, object]:
    """Give the matters that may be meant: the one that was chosen, then the likely ones."""
    words = f"{brought.typed.get('title', '')} {brought.typed.get('content', '')}".strip()
    found = {entry.code: entry for entry in (likely(words) if words else ())}
    try:
        chosen = {brought.matter: entry_of(brought.matter)} if brought.matter else {}
    except AbsentError:
        chosen = {}
    return {"matters": list((chosen | found).values()), "chosen": next(iter(chosen), "")}


@pages.post("/matters")
@limiter.limit("60/minute")
def matters() -> Response:
    """Offer the matters that somebody's words may be about, while they are typed."""
    brought = Bringing("", "")
    brought.say(request.form, WhatForm())
    brought.typed["matter"] = request.form.get("matter", "")
    return render("public/_matters.html", 200, **_matters(brought))


@pages.post("")
@limiter.limit("120/hour")
def tell() -> AnyResponse:
    """Keep what it is about, take its files in, and go on; or stay where something is to mend."""
    brought = bringing()
    brought.say(request.form, WhatForm())
    brought.typed["matter"] = request.form.get("matter", "")
    brought.keep()
    do, _colon, which = request.form.get("do", "").partition(":")
    if do == "drop" and which.isdigit():
        drop_pending(brought.word, int(which))
    more = [said for file in request.files.getlist("file") if (said := _take(brought, file))]
    if do or more:
        return _what(brought, brought.what(tell=bool(more) and not do), more)
    step = brought.what()
    if step.wrong:
        return _what(brought, step)
    if (code := _routine(brought)) is not None:
        return back_to(url_for("published.guideline", code=code))
    return back_to(url_for(".who"))


def _take(brought: Bringing, file: FileStorage) -> str:
    """Take one file in; give what is wrong with it, in words, or nothing."""
    if not file.filename:
        return ""
    try:
        accept_upload(file.stream, file.filename, brought.word)
    except TijiError as error:
        return str(error)
    return ""


def _routine(brought: Bringing) -> str | None:
    """Give the code of a matter that needs no case: its guideline says who, where and how."""
    try:
        entry = entry_of(brought.matter) if brought.matter else None
    except AbsentError:
        return None
    return entry.code if entry and entry.routine else None


@pages.get("/who")
def who() -> AnyResponse:
    """Ask who brings it, and what the matter wants to know."""
    brought = bringing()
    if brought.what().wrong:
        return back_to(url_for(".start"))
    return _who(brought, brought.own(tell=False), brought.who(tell=False))


def _who(brought: Bringing, own: Step, who: Step) -> Response:
    wrong = own.wrong or who.wrong
    return render(
        "public/submit_who.html",
        422 if wrong else 200,
        own=own.fields,
        fields=who.fields,
        wrong=wrong,
        **_matters(brought),
    )


@pages.post("/who")
def introduce() -> AnyResponse:
    """Keep who brings it, and go on to check it all."""
    brought = bringing()
    brought.say(request.form, WhoForm(), matter_form(brought.matter))
    brought.keep()
    own, who = brought.own(), brought.who()
    if own.wrong or who.wrong:
        return _who(brought, own, who)
    return back_to(url_for(".check"))


@pages.get("/check")
def check() -> AnyResponse:
    """Show all that will be sent."""
    brought = bringing()
    return back_to(missing) if (missing := _missing(brought)) else _check(brought)


def _missing(brought: Bringing) -> str:
    """Give the address of the first step that is not right."""
    if brought.what().wrong:
        return url_for(".start")
    return url_for(".who") if brought.own().wrong or brought.who().wrong else ""


def _check(brought: Bringing, message: str = "") -> Response:
    return render(
        "public/submit_check.html",
        422 if message else 200,
        what={view.name: view for view in brought.what().fields},
        own=brought.own().fields,
        who={view.name: view for view in brought.who().fields},
        files=pending_files(brought.word),
        more=[message] if message else [],
        wrong=bool(message),
        **_matters(brought),
    )


@pages.post("/send")
@limiter.limit("30/hour")
def send() -> AnyResponse:
    """Send it; the same form sent twice leads to the same receipt."""
    brought = bringing()
    matter = brought.matter or matter_in_doubt() or ""
    receipt = sent_before(brought.token, brought.word)
    if receipt is None:
        if missing := _missing(brought):
            return back_to(missing)
        try:
            receipt = send_in(brought.submission(matter), brought.token)
        except TijiError as error:
            return _check(brought, str(error))
    brought.forget()
    if receipt.number is None:
        return back_to(url_for("published.guideline", code=matter))
    session[_COOKIE] = {"token": brought.token, "at": runtime().clock.now().isoformat()}
    return back_to(url_for(".done"))


@pages.post("/clear")
def clear() -> AnyResponse:
    """Forget what was typed: somebody else may sit here next."""
    bringing().forget()
    say(_("What you typed is gone from here."))
    return back_to(url_for(".start"))


@pages.get("/done")
def done() -> AnyResponse:
    """Show the receipt: the number, and the code that is shown now and never again."""
    receipt = _receipt()
    if receipt is None:
        return back_to(url_for("track.find"))
    assert receipt.number
    return render(
        "public/submitted.html", 200, receipt=receipt, contact=first_contact(receipt.number)
    )


def _receipt() -> Receipt | None:
    known = session.get(_COOKIE)
    if not known or datetime.fromisoformat(known["at"]) < runtime().clock.now() - RECEIPT_FOR:
        session.pop(_COOKIE, None)
        return None
    return receipt_of(known["token"])


@pages.get("/receipt.svg")
def qr() -> AnyResponse:
    """Draw what a phone opens: the page that finds the case, filled in by the browser alone."""
    receipt = _receipt()
    if receipt is None:
        raise AbsentError(_("There is no receipt here any more."))
    # What stands behind the sign # reaches no server and no log.
    address = f"{_here()}#{receipt.number}/{receipt.code}"
    picture = BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", scale=4, xmldecl=False, nl=False)
    return Response(picture.getvalue(), mimetype="image/svg+xml")


@pages.get("/receipt.txt")
def text() -> AnyResponse:
    """Give the receipt as a file to keep."""
    receipt = _receipt()
    if receipt is None:
        raise AbsentError(_("There is no receipt here any more."))
    lines = (
        _("Number: {number}").format(number=receipt.number),
        _("Query code: {code}").format(code=receipt.code),
        _("Where is my case: {address}").format(address=_here()),
        _("Hotline: {number}").format(number=runtime().settings.hotline),
        "",
    )
    response = Response("\r\n".join(lines), content_type="text/plain; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"{receipt.number}.txt")
    return response


def _here() -> str:
    base = runtime().settings.url or request.url_root.rstrip("/")
    return base + url_for("track.find")
