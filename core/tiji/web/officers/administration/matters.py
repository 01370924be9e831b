"""Versions of the matter list: drafts, what they would change, and two persons who publish them."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response as AnyResponse

from tiji import publishing
from tiji.db import db
from tiji.errors import RuleError
from tiji.i18n import _
from tiji.matters.actions import activate_matter
from tiji.matters.drafts import drafts
from tiji.matters.queries import current_matters
from tiji.people.queries import officer_names
from tiji.web.officers.administration.blueprint import pages
from tiji.web.pages import back_to, render, say
from tiji.web.viewer import viewer


@pages.get("/matters")
def matters() -> AnyResponse:
    """Show drafts and what is published, with what keeps a matter from being active."""
    waiting = publishing.proposal()
    names = officer_names([waiting.by]) if waiting else {}
    return render(
        "officers/admin_matters.html",
        drafts=drafts(),
        proposal=waiting,
        proposer=names.get(waiting.by, waiting.by) if waiting else "",
        own=waiting is not None and waiting.by == viewer().code,
        matters=current_matters(),
    )


@pages.post("/matters/propose")
def propose_matters() -> AnyResponse:
    """Propose to publish the drafts."""
    try:
        publishing.propose(viewer().code)
    except RuleError as error:
        say(str(error), "amber")
    else:
        say(_("Proposed. Another administrator has to agree."))
    return back_to(url_for("administration.matters"))


@pages.post("/matters/agree")
def agree_matters() -> AnyResponse:
    """Publish what another person proposed."""
    try:
        done = publishing.agree(viewer().code)
    except RuleError as error:
        say(str(error), "amber")
    else:
        count = len(done.new) + len(done.changed)
        say(_("{count} matters are published in a new version.").format(count=count))
    return back_to(url_for("administration.matters"))


@pages.post("/matters/<code>/activate")
def activate(code: str) -> AnyResponse:
    """Activate a matter whose posts are filled now."""
    try:
        activate_matter(code)
    except RuleError as error:
        db.session.rollback()
        say(str(error), "amber")
    else:
        say(_("The matter is active."))
    return back_to(url_for("administration.matters"))
