"""One's own account: password, second factor, sessions, preferences."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from tiji.accounts import actions, queries
from tiji.accounts.codes import provisioning_uri
from tiji.accounts.rules import UNDO_SECONDS, Preferences, SignedIn
from tiji.clock import iso
from tiji.errors import RuleError
from tiji.i18n import LANGUAGES, _
from tiji.web.forms import Choice, FieldView
from tiji.web.language import remember
from tiji.web.officers.signing import differing, new_password_fields
from tiji.web.pages import back_to, local_path, render, say
from tiji.web.qr import qr_path
from tiji.web.viewer import account, keep, session

pages = Blueprint("account", __name__, url_prefix="/account")


@pages.get("")
def page() -> AnyResponse:
    """Show one's account."""
    return _page(account())


def _page(who: SignedIn, errors: dict[str, str] | None = None, wrong_code: str = "") -> AnyResponse:
    errors = errors or {}
    wrong = bool(errors or wrong_code)
    return render(
        "officers/account.html",
        422 if wrong else 200,
        who=who,
        wrong=wrong,
        password_fields=_password_fields(errors),
        factor=queries.second_factor(who.viewer.code),
        code_field=_code_field(wrong_code),
        sessions=[
            {"id": one.id, "browser": one.browser, "network": one.address}
            | {"since": iso(one.created_at), "seen": iso(one.seen_at)}
            for one in queries.sessions(who.viewer.code)
        ],
        preference_fields=_preference_fields(who.preferences),
    )


def _password_fields(errors: dict[str, str]) -> list[FieldView]:
    current = FieldView(
        "current",
        _("Present password"),
        "password",
        error=errors.get("current", ""),
        complete="current-password",
    )
    return [current, *new_password_fields(errors)]


def _code_field(wrong: str = "") -> FieldView:
    hint = _("Six digits that your phone shows now")
    return FieldView("code", _("Code"), "text", error=wrong, hint=hint, complete="one-time-code")


def _preference_fields(chosen: Preferences) -> list[FieldView]:
    tongues = [
        Choice("", _("As the browser says")),
        Choice("zh_Hans", "中文"),
        Choice("en", "English"),
    ]
    keys = [Choice("on", _("On: J, K, X, R, E and others act")), Choice("off", _("Off"))]
    undo = [Choice(str(count), _("{count} seconds").format(count=count)) for count in UNDO_SECONDS]
    return [
        FieldView("language", _("Language"), "radio", chosen.language or "", choices=tongues),
        FieldView("keys", _("Single keys"), "radio", "on" if chosen.keys else "off", choices=keys),
        FieldView(
            "undo",
            _("Time to take an act back"),
            "radio",
            str(chosen.undo),
            hint=_("An act is told to others only after this time."),
            choices=undo,
        ),
    ]


@pages.post("/password")
def change_password() -> AnyResponse:
    """Change one's own password."""
    who, sent = account(), request.form
    if errors := differing(sent.get("new", ""), sent.get("again", "")):
        return _page(who, errors)
    try:
        token = actions.change_password(who, sent.get("current", ""), sent.get("new", ""))
    except RuleError as error:
        at_current = error.rule in ("wrong-password", "sign-in-locked")
        return _page(who, {"current" if at_current else "new": str(error)})
    say(_("The password is changed. All other sessions have ended."))
    return keep(back_to(url_for("account.page")), token)


@pages.post("/preferences")
def set_preferences() -> AnyResponse:
    """Keep language, single keys and the time to take back."""
    who, sent = account(), request.form
    language = sent.get("language")
    undo = sent.get("undo", "")
    chosen = Preferences.read(
        {
            "language": language if language in LANGUAGES else None,
            "keys": sent.get("keys") != "off",
            "undo": int(undo) if undo.isdecimal() else None,
        }
    )
    actions.set_preferences(who, chosen)
    say(_("Your choice is kept."))
    response = back_to(url_for("account.page"))
    return remember(response, chosen.language) if chosen.language else response


@pages.post("/sessions/<int:number>/end")
def end_session(number: int) -> AnyResponse:
    """End another session of one's own."""
    actions.end_session(account(), number)
    say(_("That session has ended."))
    return back_to(url_for("account.page"))


@pages.get("/factor")
def enrol() -> AnyResponse:
    """Show how to set the second factor up."""
    return _enrol()


def _enrol(wrong: str = "") -> AnyResponse:
    who = _enrolling()
    factor = queries.second_factor(who.viewer.code)
    if factor.on:
        return back_to(url_for("account.page"))
    uri = provisioning_uri(factor.secret, who.user_name) if factor.secret else ""
    return render(
        "officers/factor.html",
        422 if wrong else 200,
        secret=factor.secret,
        qr=qr_path(uri) if uri else None,
        fields=[_code_field(wrong)],
        must=who.step == "enrol",
        wrong=bool(wrong),
        next=_next(),
    )


def _enrolling() -> SignedIn:
    """Give who sets a second factor up, who may have no other page to go to yet."""
    who = session()
    assert who
    return who


def _next() -> str:
    return local_path(request.values.get("next"), "")


@pages.post("/factor/begin")
def begin_factor() -> AnyResponse:
    """Make the secret that is scanned."""
    actions.begin_factor(_enrolling())
    return back_to(url_for("account.enrol", next=_next() or None))


@pages.post("/factor")
def confirm_factor() -> AnyResponse:
    """Turn the second factor on, and show the recovery codes once."""
    try:
        token, codes = actions.confirm_factor(_enrolling(), request.form.get("code", ""))
    except RuleError as error:
        return _enrol(str(error))
    return keep(render("officers/recovery_codes.html", codes=codes, next=_next()), token)


@pages.post("/factor/codes")
def new_codes() -> AnyResponse:
    """Replace the recovery codes, and show them once."""
    who = account()
    try:
        codes = actions.new_recovery_codes(who, request.form.get("code", ""))
    except RuleError as error:
        return _page(who, wrong_code=str(error))
    return render("officers/recovery_codes.html", codes=codes, next=url_for("account.page"))


@pages.post("/factor/off")
def give_up_factor() -> AnyResponse:
    """Turn the second factor off."""
    who = account()
    try:
        token = actions.give_up_factor(who, request.form.get("code", ""))
    except RuleError as error:
        return _page(who, wrong_code=str(error))
    say(_("The second step is off."), "amber")
    return keep(back_to(url_for("account.page")), token)
