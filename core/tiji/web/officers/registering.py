"""The page of a first inquiry: who asks, what about, which matter, and what looks like it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from tiji.cases.sheet import case_sheet
from tiji.cases.sight import seen_case
from tiji.db import db
from tiji.drafts.actions import discard_draft
from tiji.drafts.queries import draft_of
from tiji.drafts.rules import OFFICER, owner_of
from tiji.errors import AbsentError, BadInputError, RuleError
from tiji.i18n import _
from tiji.matters.queries import guidance_in, matter
from tiji.portal.counter import Registered, handed_out, token_of
from tiji.portal.counter import register as register_inquiry
from tiji.web.officers.inquiry import DUTIES, Page
from tiji.web.pages import back_to, render, say
from tiji.web.viewer import viewer

pages = Blueprint("registering", __name__)

DRAFT = "register"
PARTS = {
    "matters": "officers/_register_matters.html",
    "chosen": "officers/_register_chosen.html",
    "similar": "officers/_register_similar.html",
}


@pages.get("/register")
def register() -> Response:
    """Show the page, with what was typed into it before."""
    draft = draft_of(_owner(), DRAFT)
    page = Page(MultiDict(draft.fields if draft else {}), viewer())
    if page.is_whole and handed_out(token_of(page.token, page.inquiry, page.viewer), page.viewer):
        draft, page = None, Page(MultiDict(), page.viewer)  # it was kept while it was being sent
    page.renew()
    return _shown(page, saved_at=draft.saved_at if draft else None)


@pages.post("/register/part/<name>")
def part(name: str) -> Response:
    """Show a part of the page anew while the others are typed; nothing is written."""
    if name not in PARTS:
        abort(404)
    return render(PARTS[name], page=Page(request.form, viewer()))


@pages.post("/register")
def enter() -> AnyResponse:
    """Register the case, or show the page again: what is wrong, or what it may repeat."""
    page = Page(request.form, viewer())
    if not page.is_sent:
        return _shown(page)
    if not page.is_whole:
        return _shown(page, 422)
    token = token_of(page.token, page.inquiry, page.viewer)
    if "register" in request.form and page.unseen and handed_out(token, page.viewer) is None:
        return _shown(page, ask=True)
    try:
        done = register_inquiry(page.inquiry, page.viewer, token)
    except AbsentError:
        raise
    except (RuleError, BadInputError) as error:
        db.session.rollback()
        return _shown(page, 422, message=str(error))
    discard_draft(_owner(), DRAFT)
    return _lead_on(done, page.code, token)


def _lead_on(done: Registered, code: str, token: str) -> AnyResponse:
    if done.number is None:
        return back_to(url_for(".guided", code=code))
    if done.together:
        say(done.together)
    if not done.repeated:
        return back_to(url_for(".registered", token=token))
    say(_("The same was asked before: it was counted on {case}.").format(case=done.number), "amber")
    try:
        seen_case(done.number, viewer())
    except AbsentError:
        return back_to(url_for(".register"))
    return back_to(url_for("case.page", number=done.number))


@pages.get("/register/<token>/done")
def registered(token: str) -> Response:
    """Show what finds the case again, to be handed to the client, and what is still to be done."""
    receipt = handed_out(token, viewer())
    if receipt is None or receipt.number is None:
        abort(404)
    try:
        row = seen_case(receipt.number, viewer())
    except AbsentError:
        return render("officers/registered.html", receipt=receipt, case=None)
    sheet = case_sheet(row)
    told = sheet.detail["events"][0]["data"]
    return render(
        "officers/registered.html",
        receipt=receipt,
        case=sheet.detail,
        undone=[name for name in DUTIES if not told.get(name)],
        guidance=_guidance(row["matter"]),
    )


@pages.get("/register/guided/<code>")
def guided(code: str) -> Response:
    """Show what a client is told about a routine matter, which opens no case."""
    try:
        found = matter(code)
    except BadInputError:
        abort(404)
    return render("officers/register_guided.html", matter=found, guidance=_guidance(code))


def _guidance(code: str) -> dict[str, str]:
    found = matter(code)
    return guidance_in(found, found.department)


def _shown(page: Page, status: int = 200, **more: object) -> Response:
    return render("officers/register.html", status, page=page, wrong=status == 422, **more)


def _owner() -> str:
    return owner_of(OFFICER, viewer().code)
