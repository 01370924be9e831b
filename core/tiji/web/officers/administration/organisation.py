"""Departments with their posts, and who is on leave: kept by each department's administrator."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import request, url_for
from werkzeug.wrappers import Response as AnyResponse

from tiji.clock import parse_day
from tiji.db import db
from tiji.errors import BadInputError, RuleError
from tiji.i18n import _
from tiji.organisation import rearrange, require_keeper
from tiji.people import rearranging
from tiji.people.chart import staff
from tiji.people.queries import department as department_view
from tiji.people.queries import departments
from tiji.runtime import runtime
from tiji.web.forms import Choice, FieldView
from tiji.web.navigation import station_names
from tiji.web.officers.administration.blueprint import confirm, pages
from tiji.web.pages import back_to, render, say
from tiji.web.viewer import viewer


@pages.get("/departments")
def organisation() -> AnyResponse:
    """Show the departments that one keeps, each with who sits where."""
    now, own = runtime().clock.now(), viewer().administers
    kept = [one for one in departments(now) if one.code in own]
    return render(
        "officers/admin_organisation.html",
        departments=[(one, staff(one.code, now)) for one in kept],
        stations=station_names(),
    )


@pages.get("/departments/<code>")
def department(code: str) -> AnyResponse:
    """Show one department, and what can be changed."""
    return _page(code)


def _page(code: str, wrong: str = "", at: str = "") -> AnyResponse:
    require_keeper(viewer(), code)
    found = staff(code, runtime().clock.now())
    return render(
        "officers/admin_department.html",
        422 if wrong else 200,
        department=department_view(code),
        found=found,
        stations=station_names(),
        post_fields=_post_fields(found),
        leave_fields=_leave_fields(found),
        wrong=wrong,
        at=at,
    )


def _chosen(name: str) -> str:
    return request.form.get(name, "").strip()


def _post_fields(found: dict[str, dict[str, str]]) -> list[FieldView]:
    officers = [Choice(code, name) for code, name in found["officers"].items()]
    names = [Choice(str(no), f"{no} {name}") for no, name in station_names().items() if no < 5]
    sections = [Choice(code, name) for code, name in found["sections"].items()]
    return [
        FieldView(
            "officer", _("Officer"), "select", _chosen("officer"), required=True, choices=officers
        ),
        FieldView("station", _("Station"), "select", _chosen("station"), required=True,
                  choices=names),
        FieldView(
            "section",
            _("Section"),
            "select",
            _chosen("section"),
            hint=_("Leave it empty for the whole department."),
            choices=sections,
        ),
        FieldView("acting", _("Acting head: decides in place of who holds the seat"), "check",
                  bool(_chosen("acting"))),
    ]  # fmt: skip


def _leave_fields(found: dict[str, dict[str, str]]) -> list[FieldView]:
    officers = [Choice(code, name) for code, name in found["officers"].items()]
    return [
        FieldView("away", _("Officer"), "select", _chosen("away"), required=True,
                  choices=officers),
        FieldView("until", _("Last day of the leave"), "date", _chosen("until"), required=True),
        FieldView(
            "stand_in",
            _("Who acts meanwhile"),
            "select",
            _chosen("stand_in"),
            hint=_("Left empty, the seat is vacant: cases pass by it."),
            choices=officers,
        ),
    ]  # fmt: skip


def _change(code: str, change: Callable[[], None], done: str, at: str) -> AnyResponse:
    """Change something, and say what became of open cases; or show what stands in the way."""
    try:
        moved = rearrange(viewer(), code, change)
    except (RuleError, BadInputError) as error:
        db.session.rollback()
        require_keeper(viewer(), code)
        return _page(code, str(error), at)
    say(done)
    if moved:
        say(_("{count} open cases have another holder now.").format(count=len(moved)), "amber")
    return back_to(url_for("administration.department", code=code))


@pages.post("/departments/<code>/posts")
def appoint(code: str) -> AnyResponse:
    """Give an officer a post."""
    station = request.form.get("station", 0, type=int)
    change = partial(
        rearranging.appoint,
        code,
        _chosen("officer"),
        station,
        section=_chosen("section") or None,
        acting=bool(_chosen("acting")),
        by=viewer().code,
    )
    return _change(code, change, _("The post is given."), "post")


@pages.route("/departments/<code>/posts/<int:post>/end", methods=["GET", "POST"])
def end_post(code: str, post: int) -> AnyResponse:
    """End a post, once it was said what follows."""
    require_keeper(viewer(), code)
    if request.method == "POST":
        change = partial(rearranging.end_post, code, post, viewer().code)
        return _change(code, change, _("The post has ended."), "")
    return confirm(
        _("End this post"),
        _("Its open cases go at once to whoever holds the seat then, or pass a vacant station by."),
        _("End the post"),
        url_for("administration.department", code=code),
    )


@pages.post("/departments/<code>/posts/<int:post>/duty")
def put_on_duty(code: str, post: int) -> AnyResponse:
    """Let another officer be on duty."""
    change = partial(rearranging.put_on_duty, code, post, viewer().code)
    return _change(code, change, _("New cases come to this officer now."), "")


@pages.post("/departments/<code>/leaves")
def begin_leave(code: str) -> AnyResponse:
    """Enter a leave."""
    try:
        until = parse_day(_chosen("until"))
    except BadInputError as error:
        return _page(code, str(error), "leave")
    stand_in = _chosen("stand_in") or None
    change = partial(rearranging.begin_leave, code, _chosen("away"), until, stand_in, viewer().code)
    return _change(code, change, _("The leave is entered."), "leave")


@pages.post("/departments/<code>/leaves/<officer>/end")
def end_leave(code: str, officer: str) -> AnyResponse:
    """Let an officer be back."""
    change = partial(rearranging.end_leave, code, officer, viewer().code)
    return _change(code, change, _("The officer is back."), "")
