"""Who asks: the officer whose session the request's cookie names, looked up once when wanted."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from tiji.accounts.actions import note_seen
from tiji.accounts.queries import signed_in as session_of
from tiji.accounts.rules import SignedIn, Step, Viewer
from tiji.runtime import runtime
from tiji.web.pages import is_fragment, render

COOKIE = "tiji_session"
#: Where a request keeps what was found; an application's context may outlive it.
_FOUND = "tiji.session"
#: Where somebody is led who has to do something first.
STEPS: dict[Step, str] = {
    "code": "signing.second",
    "password": "signing.new_password",
    "enrol": "account.enrol",
}
#: Endpoints that a page asks by itself again and again: they are no sign of life.
QUIET = frozenset({"notices.count", "importing.progress", "workbench.counts"})


class NotSignedInError(Exception):
    """Say that a page is for officers, and nobody has signed in or something is to be done."""

    def __init__(self, step: Step | None = None) -> None:
        super().__init__(step)
        self.step = step


def viewer() -> Viewer:
    """Give who asks; raise NotSignedInError where nobody has signed in, up to the last step."""
    return account().viewer


def account() -> SignedIn:
    """Give the account and the session of who asks; raise NotSignedInError as viewer does."""
    found = session()
    if found is None or found.step is not None:
        raise NotSignedInError(found.step if found else None)
    return found


def session() -> SignedIn | None:
    """Give the session of who asks, also where a code or a new password is still awaited."""
    kept = request.environ
    if _FOUND not in kept:
        token = request.cookies.get(COOKIE)
        kept[_FOUND] = found = session_of(token) if token else None
        is_old = found is not None and found.is_to_be_noted(runtime().clock.now())
        if found and is_old and request.endpoint not in QUIET:
            note_seen(found)
    known: SignedIn | None = kept[_FOUND]
    return known


def keep(response: AnyResponse, token: str) -> AnyResponse:
    """Give the browser a session's token, until it is closed at the latest."""
    response.set_cookie(
        COOKIE,
        token,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure or runtime().settings.url.startswith("https://"),
    )
    return response


def forget(response: AnyResponse) -> AnyResponse:
    """Take the token from the browser."""
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
    return response


def lead_to_sign_in(app: Flask) -> None:
    """Answer whoever is not signed in: with the page for it, or 401 where only a part was asked."""
    app.register_error_handler(NotSignedInError, _not_signed_in)


def _not_signed_in(error: NotSignedInError) -> AnyResponse:
    target = STEPS[error.step] if error.step else "signing.sign_in"
    if request.method == "GET" and not is_fragment():
        return redirect(url_for(target, next=request.full_path.rstrip("?")), 303)
    if not is_fragment():
        return render("officers/signed_out.html", 401)
    response = Response(status=401)
    if request.endpoint not in QUIET:
        # A script leads the whole page there; what was typed is kept as a draft.
        response.headers["HX-Redirect"] = url_for(target, next=_page_around())
    return response


def _page_around() -> str:
    """Give the path of the page that asks for a part of itself."""
    url = urlsplit(request.headers.get("HX-Current-URL", ""))
    return f"{url.path}?{url.query}" if url.query else url.path


def signed_in() -> bool:
    """Let in every officer who has signed in."""
    return bool(viewer())


def at_step(*steps: Step | None) -> Callable[[], bool]:
    """Let in whose next step is one of these; lead others to the step that is theirs."""

    def check() -> bool:
        found = session()
        if found is None or found.step not in steps:
            raise NotSignedInError(found.step if found else None)
        return True

    return check


def officers() -> bool:
    """Let in who handles cases: from a seat, or at the window."""
    return viewer().may_act()


def leaders() -> bool:
    """Let in the city's leaders and who stands in for them."""
    return viewer().leads_city


def heads() -> bool:
    """Let in who heads a department, or stands in."""
    found = viewer()
    return any(found.heads(department) for department in found.departments)


def efficiency() -> bool:
    """Let in the efficiency office."""
    return "efficiency" in viewer().roles


def department_admins() -> bool:
    """Let in who administers a department; which one, the action checks."""
    return bool(viewer().administers)


def system_admins() -> bool:
    """Let in the system's administrators."""
    return "system" in viewer().roles


def security_admins() -> bool:
    """Let in the administrators of accounts and roles."""
    return "security" in viewer().roles


def audit_admins() -> bool:
    """Let in who audits what administrators and officers did."""
    return "audit" in viewer().roles


def any_of(*rules: Callable[[], bool]) -> Callable[[], bool]:
    """Let in whom one of several rules lets in."""
    return lambda: any(rule() for rule in rules)
