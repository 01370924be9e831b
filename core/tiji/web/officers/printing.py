"""What officers print: the sheet of a case, and the way of a matter, on clean A4."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from tiji.cases.names import FormWords
from tiji.cases.sheet import case_sheet
from tiji.cases.sight import seen_case
from tiji.cases.story import told
from tiji.clock import iso
from tiji.errors import BadInputError
from tiji.matters.queries import guidance_in, holders, ladder_in, matter
from tiji.people import queries as people
from tiji.runtime import runtime
from tiji.web.pages import render
from tiji.web.viewer import viewer

pages = Blueprint("printing", __name__)


@pages.get("/cases/<number>/print")
def case(number: str) -> Response:
    """Show a case's sheet as it is printed; personal data stay masked (S34)."""
    row = seen_case(number, viewer())
    sheet = case_sheet(row)
    detail = sheet.detail
    form = FormWords(detail["matter"], sheet.names, row["matter_title"])
    values = detail["form"] | detail["personal"]
    return render(
        "print/case.html",
        case=detail,
        matter_title=row["matter_title"] or detail["matter"],
        office=sheet.names.office(detail["department"]),
        missing=form.labels(detail["missing"]),
        facts=[
            (form.label(name), form.value(name, values[name]))
            for name in sorted(values, key=form.place)
        ],
        events=told(detail["events"], sheet.names, form),
        printed=_printed(),
    )


@pages.get("/desk/matters/<code>/print")
def matter_sheet(code: str) -> Response:
    """Show the way of a matter's cases as it is pinned up."""
    try:
        found = matter(code)
    except BadInputError:
        abort(404)
    ladder = ladder_in(found, found.department)
    return render(
        "print/matter.html",
        matter=found,
        office=people.office_names([found.department]).get(found.department, found.department),
        ladder=ladder,
        held=holders(found, ladder, runtime().clock.now()),
        guidance=guidance_in(found, found.department),
        printed=_printed(),
    )


def _printed() -> dict[str, str | None]:
    """Say who printed it when: a paper that is found tells where it came from."""
    return {"by": viewer().name, "at": iso(runtime().clock.now())}
