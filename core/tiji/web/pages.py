"""What every page is made with: its template, what was said to its reader, where it leads."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from tiji.attachments.rules import ENDINGS
from tiji.cases import labels, times, words
from tiji.cases.names import channel_title
from tiji.clock import local
from tiji.i18n import either
from tiji.runtime import runtime
from tiji.stations.rules import station_title

#: Kinds of what is said in a toast.
KINDS = ("green", "amber", "red")


def add_pages(app: Flask) -> None:
    """Give templates the words and times that every page shows."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        moment=_moment,
        day=_day,
        stamp=times.stamp,
        left=_left,
        spent=_spent,
        share=share,
        either=either,
        file_size=labels.file_size,
        station_title=station_title,
        initial=lambda name: (name or "?")[:1],
    )
    app.jinja_env.globals.update(
        is_fragment=is_fragment,
        statuses=words.statuses,
        codes=words.codes,
        event_kinds=words.event_kinds,
        categories=labels.categories,
        client_kinds=labels.client_kinds,
        channel_title=channel_title,
        file_endings=lambda: ",".join(ENDINGS),
        has=lambda endpoint: endpoint in current_app.view_functions,
        same_page=same_page,
        city_name=lambda: runtime().settings.city,
        hotline=lambda: Hotline(runtime().settings.hotline, runtime().settings.hotline_hours),
    )


class Hotline(NamedTuple):
    """The number that supervises (requirement 39), and when somebody answers there."""

    number: str
    hours: str


def same_page(**changed: Any) -> str:
    """Give the address of the page that is shown, with other arguments.

    A page that answers a sent form has none: then the page on which the form stands.
    """
    if request.method == "GET" and request.endpoint:
        kept = {**request.args.to_dict(), **(request.view_args or {})}
        return url_for(request.endpoint, **{**kept, **changed})
    path = request.path if request.method == "GET" else urlsplit(request.referrer or "/").path
    return f"{path or '/'}?{urlencode(changed)}"


def render(template: str, status: int = 200, **values: Any) -> Response:
    """Give a page, or a fragment of one, from its template."""
    return make_response(render_template(template, **values), status)


def is_fragment() -> bool:
    """Tell whether a script asks for a part of a page; a boosted link asks for all of it."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-Boosted") != "true"


def say(text: str, kind: str = "green", undo: str = "") -> None:
    """Say something on the next page that is shown; ``undo`` is the case whose act can go back."""
    flash({"text": text, "kind": kind, "undo": undo}, "said")  # type: ignore[arg-type]


def back_to(url: str) -> AnyResponse:
    """Lead on after a form was sent."""
    return redirect(url, 303)


def local_path(text: str | None, otherwise: str) -> str:
    """Give a path of this site, or another one where somebody wrote an address elsewhere (S23)."""
    parts = urlsplit(text or "")
    good = text and not parts.scheme and not parts.netloc and parts.path.startswith("/")
    return text if good and text and "\\" not in text and not text.startswith("//") else otherwise


def share(ratio: float | None) -> int:
    """Give the used share of a limit as the stylesheet knows it: 0 to 100 in steps of 5."""
    return max(0, min(100, round((ratio or 0) * 20) * 5))


def _moment(text: str | None) -> str:
    return times.moment(text, runtime().clock.now())


def _day(text: str | None) -> str:
    """Write the day of a time; what was typed and is none stays as it is."""
    try:
        return times.moment(text, runtime().clock.now()).rsplit(" ", 1)[0]
    except ValueError:
        return text or ""


def _spent(minutes: int | None) -> str:
    """Write working minutes as days with one decimal, as the ladder does."""
    return f"{(minutes or 0) / _day_minutes():.1f}".removesuffix(".0")


def _left(step: dict[str, Any]) -> str:
    """Say how much working time a station has left, or is over."""
    return times.balance(step["limit_min"] - step["used_min"], _day_minutes())


def _day_minutes() -> int:
    rt = runtime()
    now = rt.clock.now()
    return times.day_minutes(rt.calendar, local(now))
