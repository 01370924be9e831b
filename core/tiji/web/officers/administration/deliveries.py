"""Deliveries that stopped or fail: try them again, or give them up for a reason."""

from __future__ import annotations

from flask import abort, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from tiji.errors import RuleError
from tiji.i18n import _
from tiji.jobs import actions
from tiji.jobs.queries import failing_jobs, living_workers, stopped_jobs
from tiji.web.forms import FieldView
from tiji.web.officers.administration.blueprint import confirm, pages
from tiji.web.pages import back_to, render, say
from tiji.web.viewer import viewer

PAGE = 50


@pages.get("/deliveries")
def deliveries() -> AnyResponse:
    """Show what stopped and what fails, and whether anybody is at work."""
    after = request.args.get("after", 0, type=int)
    stopped = stopped_jobs(after, PAGE + 1)
    more = stopped[PAGE - 1]["id"] if len(stopped) > PAGE else None
    return render(
        "officers/admin_deliveries.html",
        stopped=stopped[:PAGE],
        failing=failing_jobs(PAGE),
        workers=living_workers(),
        next=url_for("administration.deliveries", after=more) if more else None,
        first=url_for("administration.deliveries") if after else None,
    )


@pages.post("/deliveries/<int:job>/retry")
def retry(job: int) -> AnyResponse:
    """Let a stopped delivery be tried at once."""
    actions.retry([job], by=viewer().code)
    say(_("It will be tried again."))
    return back_to(url_for("administration.deliveries"))


@pages.post("/deliveries/retry")
def retry_all() -> AnyResponse:
    """Let all stopped deliveries be tried at once."""
    count = actions.retry(by=viewer().code)
    say(_("{count} will be tried again.").format(count=count))
    return back_to(url_for("administration.deliveries"))


@pages.route("/deliveries/<int:job>/discard", methods=["GET", "POST"])
def discard(job: int) -> AnyResponse:
    """Give a delivery up for good, with a reason."""
    found = [one for one in stopped_jobs(job - 1, 1) if one["id"] == job]
    if not found:
        abort(404)
    wrong = ""
    if request.method == "POST":
        try:
            actions.discard([job], request.form.get("reason", ""), viewer().code)
        except RuleError as error:
            wrong = str(error)
        else:
            say(_("The delivery is given up."), "amber")
            return back_to(url_for("administration.deliveries"))
    reason = FieldView("reason", _("Why it is given up"), "lines", error=wrong, required=True,
                       most=300)  # fmt: skip
    return confirm(
        _("Give this delivery up"),
        _("{target} will never hear of {event}. What waits behind it goes on.").format(
            target=found[0]["target"], event=found[0]["event"]
        ),
        _("Give it up for good"),
        url_for("administration.deliveries"),
        fields=[reason],
    )
