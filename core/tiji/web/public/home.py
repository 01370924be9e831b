"""The public's first page: what can be brought here, and how the city does."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, Response, current_app

from tiji.portal.published import CAP, Figures, figures, published, usual_ladder
from tiji.portal.schemas import LookUpForm
from tiji.runtime import runtime
from tiji.web.forms import form_view
from tiji.web.pages import render

pages = Blueprint("home", __name__)

#: So long everybody sees the same figures.
FRESH = timedelta(minutes=1)


@pages.get("/")
def page() -> Response:
    """Show the first page."""
    found, listed = _lately()
    return render(
        "public/home.html",
        200,
        figures=found,
        ladder=usual_ladder(),
        fields=form_view(LookUpForm),
        capped=_capped,
        matters=listed,
    )


@pages.get("/privacy")
def privacy() -> Response:
    """Say what is done with what people tell."""
    return render("public/privacy.html")


def _lately() -> tuple[Figures, int]:
    """Give the figures, and how many matters can be brought, as of this minute."""
    kept: tuple[datetime, Figures, int] | None = current_app.extensions.get("tiji_figures")
    now = runtime().clock.now()
    if kept is None or not timedelta() <= now - kept[0] < FRESH:
        listed = sum(not entry.routine for entry in published())
        kept = current_app.extensions["tiji_figures"] = (now, figures(), listed)
    return kept[1], kept[2]


def _capped(count: int) -> str:
    return f"{CAP - 1:,}+" if count >= CAP else str(count)
