"""Accounts and roles: temporary passwords, access, second factors, what is granted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import abort, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from tiji.accounts import actions, queries, words
from tiji.accounts.codes import new_password
from tiji.accounts.rules import ROLES, require_other
from tiji.clock import iso
from tiji.errors import BadInputError, RuleError
from tiji.i18n import _
from tiji.people.queries import departments, officer
from tiji.runtime import runtime
from tiji.web.forms import Choice, FieldView
from tiji.web.officers.administration.blueprint import confirm, pages
from tiji.web.pages import back_to, render, say
from tiji.web.viewer import viewer


@pages.get("/accounts")
def accounts() -> AnyResponse:
    """List accounts, all or those that a text is part of."""
    text = request.args.get("q", "").strip().casefold()
    found = [one for one in queries.accounts() if _has(one, text)]
    return render(
        "officers/admin_accounts.html",
        accounts=[(one, iso(one.seen_at)) for one in found],
        q=request.args.get("q", ""),
        states=words.states(),
        roles=words.roles(),
    )


def _has(one: queries.AccountView, text: str) -> bool:
    said = (one.officer, one.name, one.user_name, one.department)
    return any(text in part.casefold() for part in said)


@pages.get("/accounts/<code>")
def account(code: str) -> AnyResponse:
    """Show an officer's account, or that there is none yet."""
    return _page(code)


def _page(code: str, wrong: str = "") -> AnyResponse:
    who = officer(code)
    if who is None:
        abort(404)
    found = next((one for one in queries.accounts() if one.officer == code), None)
    offices = {one.code: one.name for one in departments(runtime().clock.now())}
    return render(
        "officers/admin_account.html",
        422 if wrong else 200,
        who=who,
        account=found,
        seen=iso(found.seen_at) if found else None,
        states=words.states(),
        roles=words.roles(),
        offices=offices,
        fields=_role_fields(offices, wrong),
        granted=queries.roles_in_force().get(code, ()),
        own=code == viewer().code,
    )


def _role_fields(offices: dict[str, str], wrong: str) -> list[FieldView]:
    names = words.roles()
    return [
        FieldView("role", _("Role"), "select", request.form.get("role", ""), error=wrong,
                  required=True, choices=[Choice(role, names[role]) for role in ROLES]),
        FieldView(
            "department",
            _("Department"),
            "select",
            request.form.get("department", ""),
            hint=_("For a department's administrator only."),
            choices=[Choice(office, name) for office, name in offices.items()],
        ),
    ]  # fmt: skip


def _address(code: str) -> str:
    return url_for("administration.account", code=code)


@pages.post("/accounts/find")
def find_account() -> AnyResponse:
    """Lead to an officer by code."""
    return back_to(_address(request.form.get("code", "").strip() or "-"))


@pages.route("/accounts/<code>/password", methods=["GET", "POST"])
def set_password(code: str) -> AnyResponse:
    """Give a temporary password, which is shown once."""
    if request.method == "GET":
        return confirm(
            _("Give a temporary password"),
            _("All sessions of this account end, and the present password is void. The new one is "
              "shown once; it must be changed at the next sign-in."),
            _("Make the temporary password"),
            _address(code),
        )  # fmt: skip
    password = new_password()
    try:
        require_other(code, viewer().code)
        actions.set_password(code, password, by=viewer().code)
    except (RuleError, BadInputError) as error:
        return _page(code, str(error))
    response = render("officers/admin_password.html", code=code, password=password)
    response.headers["Cache-Control"] = "no-store"
    return response


def _do(code: str, act: Callable[[], object], done: str) -> AnyResponse:
    try:
        require_other(code, viewer().code)
        act()
    except (RuleError, BadInputError) as error:
        return _page(code, str(error))
    say(done)
    return back_to(_address(code))


@pages.route("/accounts/<code>/disable", methods=["GET", "POST"])
def disable(code: str) -> AnyResponse:
    """Let an account in no more."""
    if request.method == "POST":
        return _do(code, partial(actions.disable, code, viewer().code), _("It is disabled."))
    return confirm(
        _("Disable this account"),
        _("All its sessions end at once, and what is typed there and not sent is lost."),
        _("Disable the account"),
        _address(code),
    )


@pages.post("/accounts/<code>/enable")
def enable(code: str) -> AnyResponse:
    """Let an account in again."""
    return _do(code, partial(actions.enable, code, viewer().code), _("It may sign in again."))


@pages.route("/accounts/<code>/factor", methods=["GET", "POST"])
def reset_factor(code: str) -> AnyResponse:
    """Take away a second factor whose phone is lost."""
    if request.method == "POST":
        act = partial(actions.reset_factor, code, viewer().code)
        return _do(code, act, _("The second step is off; it can be set up anew."))
    return confirm(
        _("Reset the second step"),
        _("Make sure that it is the officer who asks: until a new phone is set up, the password "
          "alone lets in. All sessions end."),
        _("Reset the second step"),
        _address(code),
    )  # fmt: skip


@pages.post("/accounts/<code>/roles")
def grant(code: str) -> AnyResponse:
    """Grant a role."""
    role = request.form.get("role", "")
    # Only a department's administrator keeps one; what is chosen beside another role is no fault.
    department = request.form.get("department") or None if role == "department_admin" else None
    act = partial(actions.grant_role, code, role, department, viewer().code)
    return _do(code, act, _("The role is granted; the officer signs in anew."))


@pages.post("/accounts/<code>/roles/revoke")
def revoke(code: str) -> AnyResponse:
    """End a role."""
    sent = request.form
    act = partial(actions.revoke_role, code, sent.get("role", ""), sent.get("department") or None,
                  viewer().code)  # fmt: skip
    return _do(code, act, _("The role has ended."))
