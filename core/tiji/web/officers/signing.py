"""The way in and out: name and password, the second factor's code, a first own password."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask import session as browser
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response as AnyResponse

from tiji.accounts import actions
from tiji.accounts.origin import Origin
from tiji.accounts.passwords import SHORTEST_PASSWORD
from tiji.accounts.rules import SignedIn
from tiji.errors import RuleError
from tiji.i18n import _
from tiji.web.forms import FieldView
from tiji.web.headers import limiter
from tiji.web.language import remember
from tiji.web.navigation import menu
from tiji.web.pages import back_to, local_path, render
from tiji.web.viewer import account, forget, keep, session

pages = Blueprint("signing", __name__)

#: What one address may try, under one name and in all; a whole office may share an address.
TRIES_OF_A_NAME = "20 per minute"
TRIES = "120 per minute"


def _address_and_name() -> str:
    return f"{get_remote_address()} {request.form.get('name', '')[:64]}"


@pages.route("/signin", methods=["GET", "POST"])
@limiter.limit(TRIES, methods=["POST"])
@limiter.limit(TRIES_OF_A_NAME, key_func=_address_and_name, methods=["POST"])
def sign_in() -> AnyResponse:
    """Ask for name and password, and begin a session."""
    found = session()
    if request.method == "GET":
        return back_to(url_for("signing.arrive")) if _is_through(found) else _ask_name()
    name, password = request.form.get("name", ""), request.form.get("password", "")
    try:
        admitted = actions.sign_in(name, password, _origin())
    except RuleError as error:
        return _ask_name(name, str(error), 422)
    if found:
        actions.sign_out(found)
    return keep(_lead_on(), admitted.token)


def _is_through(found: SignedIn | None) -> bool:
    return found is not None and found.step is None


def _ask_name(name: str = "", wrong: str = "", status: int = 200) -> AnyResponse:
    fields = [
        FieldView("name", _("User name"), "text", name, complete="username"),
        FieldView("password", _("Password"), "password", error=wrong, complete="current-password"),
    ]
    return render(
        "officers/login.html", status, fields=fields, wrong=bool(wrong), next=_next(), name=name
    )


def _origin() -> Origin:
    return Origin.of(request.headers.get("User-Agent", ""), request.remote_addr or "")


def _next() -> str:
    """Give where somebody wanted to go, if that is a page of this site (S23)."""
    return local_path(request.values.get("next"), "")


@pages.get("/arrive")
def arrive() -> AnyResponse:
    """Lead on who has come through all steps."""
    lines = [line.url for _heading, lines in menu() for line in lines]
    response = back_to(_next() or next(iter(lines), url_for("account.page")))
    language = account().preferences.language
    return remember(response, language) if language else response


@pages.route("/signin/second", methods=["GET", "POST"])
@limiter.limit(TRIES, methods=["POST"])
def second() -> AnyResponse:
    """Ask for the second factor's code."""
    found = session()
    assert found
    wrong = ""
    if request.method == "POST":
        try:
            token = actions.prove(found, request.form.get("code", ""))
        except RuleError as error:
            if error.rule == "sign-in-locked":
                return forget(_ask_name(found.user_name, str(error), 422))
            wrong = str(error)
        else:
            return keep(_lead_on(), token)
    field = FieldView(
        "code",
        _("Code"),
        "text",
        error=wrong,
        hint=_("Six digits that your phone shows now, or one of your recovery codes"),
        complete="one-time-code",
    )
    return _page("second_factor", [field])


@pages.route("/signin/password", methods=["GET", "POST"])
def new_password() -> AnyResponse:
    """Ask for a password of one's own in place of a temporary one."""
    found = session()
    assert found
    errors: dict[str, str] = {}
    if request.method == "POST":
        new, again = request.form.get("new", ""), request.form.get("again", "")
        if not (errors := differing(new, again)):
            try:
                return keep(_lead_on(), actions.change_password(found, None, new))
            except RuleError as error:
                errors = {"new": str(error)}
    return _page("new_password", new_password_fields(errors), user_name=found.user_name)


def differing(new: str, again: str) -> dict[str, str]:
    """Say that a new password was not typed twice alike."""
    if new == again:
        return {}
    return {"again": _("The two are not the same; type the new password again.")}


def new_password_fields(errors: dict[str, str]) -> list[FieldView]:
    """Give the two fields of a new password."""
    hint = _("At least {least} characters: three or four words that only you join do well").format(
        least=SHORTEST_PASSWORD
    )
    new, again = errors.get("new", ""), errors.get("again", "")
    kind = "password"
    return [
        FieldView("new", _("New password"), kind, hint=hint, error=new, complete="new-password"),
        FieldView("again", _("New password again"), kind, error=again, complete="new-password"),
    ]


def _page(template: str, fields: list[FieldView], **values: object) -> AnyResponse:
    wrong = any(field.error for field in fields)
    status = 422 if wrong else 200
    return render(
        f"officers/{template}.html", status, fields=fields, wrong=wrong, next=_next(), **values
    )


def _lead_on() -> AnyResponse:
    return back_to(url_for("signing.arrive", next=_next() or None))


@pages.post("/signout")
def sign_out() -> AnyResponse:
    """End the session, and what this browser knew of it."""
    if found := session():
        actions.sign_out(found)
    browser.clear()
    return forget(back_to(url_for("signing.sign_in")))
