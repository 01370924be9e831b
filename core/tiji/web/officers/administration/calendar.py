"""The working calendar: a year's days, what a change would do, and putting it in force."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response as AnyResponse

from tiji.cases.actions.recalendaring import Effect, YearDays, foresee, put_calendar
from tiji.clock import local
from tiji.errors import BadInputError
from tiji.i18n import _
from tiji.runtime import runtime
from tiji.web.forms import FieldView
from tiji.web.officers.administration.blueprint import pages
from tiji.web.pages import back_to, render, say
from tiji.web.viewer import viewer


@pages.get("/calendar")
def calendar() -> AnyResponse:
    """Show a year as it counts now."""
    return _page(YearDays(_year()))


def _year() -> int:
    this_year = local(runtime().clock.now()).year
    return min(max(request.values.get("year", this_year, type=int), 2000), 2100)


def _page(days: YearDays, error: str = "", effect: Effect | None = None) -> AnyResponse:
    return render(
        "officers/admin_calendar.html",
        422 if error else 200,
        year=days.year,
        published=runtime().calendar.is_published(days.year),
        months=_months(days.year),
        fields=_fields(days, error),
        effect=effect,
        days=days,
    )


def _fields(days: YearDays, error: str) -> list[FieldView]:
    hint = _("One day a line, like 2027-02-05, or first and last like 2027-02-05..2027-02-11.")
    return [
        FieldView("rest", _("Days of rest besides"), "lines", "\n".join(days.rest), hint=hint,
                  error=error, rows=5),
        FieldView("work", _("Days of work besides"), "lines", "\n".join(days.work), rows=3),
        FieldView(
            "published",
            _("This is the State Council's list for the year: due times are no longer provisional"),
            "check",
            days.published,
        ),
    ]  # fmt: skip


def _months(year: int) -> list[dict[str, Any]]:
    """Give the months of a year: blanks before the first day, and each day with its kind."""
    works = runtime().calendar.is_working_day
    months = []
    for month in range(1, 13):
        first = date(year, month, 1)
        after = date(year + month // 12, month % 12 + 1, 1)
        days = [date.fromordinal(no) for no in range(first.toordinal(), after.toordinal())]
        shown = [
            {"no": day.day, "works": works(day), "other": works(day) != (day.weekday() < 5)}
            for day in days
        ]
        months.append({"no": month, "blanks": first.weekday(), "days": shown,
                       "working": sum(1 for day in shown if day["works"])})  # fmt: skip
    return months


def _sent() -> YearDays:
    def lines(name: str) -> tuple[str, ...]:
        return tuple(line.strip() for line in request.form.get(name, "").splitlines()
                     if line.strip())  # fmt: skip

    return YearDays(_year(), lines("rest"), lines("work"), "published" in request.form)


@pages.post("/calendar/look")
def foresee_calendar() -> AnyResponse:
    """Show what a change would do; nothing is changed."""
    days = _sent()
    try:
        return _page(days, effect=foresee(days))
    except BadInputError as error:
        return _page(days, str(error))


@pages.post("/calendar")
def change_calendar() -> AnyResponse:
    """Put a year's days in force."""
    days = _sent()
    try:
        put_calendar(days, viewer().code)
    except BadInputError as error:
        return _page(days, str(error))
    say(_("The calendar of {year} is in force; open cases follow within a minute.").format(
        year=days.year))  # fmt: skip
    return back_to(url_for("administration.calendar", year=days.year))
