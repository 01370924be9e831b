"""The published matter list, each matter's guideline and the diagram of its way."""

from __future__ import annotations

from flask import Blueprint, Response, request

from tiji.portal.published import Published, published
from tiji.portal.published import guideline as guideline_of
from tiji.web.pages import render

pages = Blueprint("published", __name__, url_prefix="/matters")


@pages.get("")
def listed() -> Response:
    """Show the list, or what a search and its filters leave of it."""
    everything = published()
    words = request.args.get("q", "")[:100]
    department = request.args.get("department", "")
    audience = request.args.get("audience", "")
    found = (
        published(words, department, audience) if words or department or audience else everything
    )
    return render(
        "public/matters.html",
        200,
        found=found,
        count=sum(not entry.routine for entry in everything),
        departments=_departments(everything),
        words=words,
        department=department,
        audience=audience,
    )


def _departments(entries: list[Published]) -> list[tuple[str, str]]:
    return list({entry.department: (entry.department, entry.office) for entry in entries}.values())


@pages.get("/<code>")
def guideline(code: str) -> Response:
    """Show how a matter is handled, and the way that it takes."""
    found = guideline_of(code)
    return render("public/guideline.html", 200, entry=found.entry, guidance=found.guidance)


@pages.get("/<code>/print")
def paper(code: str) -> Response:
    """Show the guideline as it hangs in a hall."""
    found = guideline_of(code)
    return render("public/guideline_print.html", 200, entry=found.entry, guidance=found.guidance)
