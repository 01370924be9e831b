"""Who read whose personal data, and whether the log still verifies: for audit."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response as AnyResponse

from tiji.cases.reading import readings as read_log
from tiji.cases.verification import ask_verification, last_verification
from tiji.clock import parse_day
from tiji.errors import BadInputError
from tiji.i18n import _
from tiji.web.officers.administration.blueprint import pages
from tiji.web.pages import back_to, render, say
from tiji.web.viewer import viewer


@pages.get("/readings")
def readings() -> AnyResponse:
    """Show a page of the reading log, of all or of one officer, case or day."""
    asked = {name: request.args.get(name, "").strip() for name in ("officer", "number", "day")}
    day: date | None = None
    with suppress(BadInputError):
        day = parse_day(asked["day"]) if asked["day"] else None
    before = request.args.get("before", type=int)
    found, following = read_log(
        officer=asked["officer"], number=asked["number"], day=day, before=before
    )
    kept: dict[str, Any] = {name: value for name, value in asked.items() if value}
    return render(
        "officers/admin_readings.html",
        readings=found,
        asked=asked,
        next=url_for("administration.readings", **kept, before=following) if following else None,
        first=url_for("administration.readings", **kept) if before else None,
        verification=last_verification(),
    )


@pages.post("/verification")
def verify() -> AnyResponse:
    """Have the whole log verified."""
    ask_verification(viewer().code)
    say(_("The log is being verified; the result will stand here."))
    return back_to(url_for("administration.readings"))
