"""What an officer is told: the list, how much is unread, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from tiji.errors import BadInputError, RuleError
from tiji.i18n import _
from tiji.notices import actions, queries, words
from tiji.runtime import runtime
from tiji.web.forms import FieldView
from tiji.web.pages import back_to, local_path, render, say
from tiji.web.viewer import viewer

pages = Blueprint("notices", __name__, url_prefix="/notices")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notice that may be ticked."""

    name: str
    label: str
    on: bool


@pages.get("")
def page() -> AnyResponse:
    """Show a page of notices, the newest first."""
    before, unread = request.args.get("before", type=int), "unread" in request.args
    found, following = queries.notices(viewer().code, before, unread, viewer())
    more = url_for("notices.page", before=following, unread="1" if unread else None)
    return render(
        "officers/notices.html",
        notices=[(one, _leads_to(one)) for one in found],
        next=more if following else None,
        first=url_for("notices.page", unread="1" if unread else None) if before else None,
        unread=unread,
        waiting=queries.unread_count(viewer().code),
    )


def _leads_to(notice: queries.Notice) -> str:
    """Give the address of what a notice is about."""
    if notice.number:
        return url_for("case.page", number=notice.number)
    if notice.upload:
        return url_for("importing.result", upload_id=notice.upload)
    return url_for("administration.deliveries") if notice.kind == "stopped" else ""


@pages.get("/count")
def count() -> AnyResponse:
    """Give how much is unread, for the bell."""
    return render("officers/_notices_count.html", waiting=queries.unread_count(viewer().code))


@pages.post("/<int:notice>/open")
def open_notice(notice: int) -> AnyResponse:
    """Note that a notice was read, and lead to what it is about."""
    actions.mark_read(viewer().code, notice)
    return back_to(local_path(request.form.get("to"), url_for("notices.page")))


@pages.post("/read")
def read() -> AnyResponse:
    """Note that all was read."""
    actions.mark_read(viewer().code)
    say(_("All notices are marked as read."))
    return back_to(url_for("notices.page"))


@pages.get("/choice")
def choice() -> AnyResponse:
    """Show how one is told."""
    chosen = queries.choice(viewer().code)
    return _choice(chosen.mail, chosen.kinds)


def _choice(mail: str, kinds: tuple[str, ...], error: str = "") -> AnyResponse:
    field = FieldView(
        "mail",
        _("Mail address"),
        "text",
        mail,
        hint=_("Leave it empty to get no mail. It is kept encrypted, and nobody else sees it."),
        error=error,
        most=190,
        complete="email",
    )
    return render(
        "officers/notices_choice.html",
        422 if error else 200,
        field=field,
        kinds=[Kind(name, text, name in kinds) for name, text in words.kinds().items()],
        mails=bool(runtime().settings.notify_url),
    )


@pages.post("/choice")
def choose() -> AnyResponse:
    """Keep how one is told."""
    mail, kinds = request.form.get("mail", ""), tuple(request.form.getlist("kind"))
    try:
        actions.choose(viewer().code, mail, kinds)
    except (RuleError, BadInputError) as error:
        return _choice(mail, kinds, str(error))
    say(_("Your choice is kept."))
    return back_to(url_for("notices.choice"))
