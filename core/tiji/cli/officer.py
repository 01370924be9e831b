"""``tiji officer``: accounts of officers, what is granted to them, who may sign in."""

from __future__ import annotations

import sys
from typing import Any

import click

from tiji.cli.context import json_option, show, with_app
from tiji.errors import BadInputError
from tiji.i18n import _

Json = dict[str, Any]

department_option = click.option(
    "--department", metavar="CODE", help=_("The department that a department_admin administers.")
)


@click.group(
    help=_(
        """Give officers accounts and roles; see who may sign in.

        Example: tiji officer accounts
        """
    ),
)
def officer() -> None:
    """Group the commands of accounts."""


@officer.command(
    "set-password",
    help=_(
        """Give the officer CODE a password, and an account if there is none. Its sessions end.

        The password is typed twice, unseen; --stdin reads it as one line. It is temporary unless
        --lasting is given: the officer chooses one of his or her own at the next sign-in.

        Example: tiji officer set-password housing_fio
        """
    ),
)
@click.argument("code")
@click.option("--stdin", "from_stdin", is_flag=True, help=_("Read the password from stdin."))
@click.option(
    "--temporary/--lasting",
    default=True,
    help=_("Whether it is changed at the next sign-in; it is unless told otherwise."),
)
@json_option
@with_app
def set_password(code: str, from_stdin: bool, temporary: bool, as_json: bool) -> None:
    """Give an officer a password."""
    from tiji.accounts.actions import set_password as run

    run(code, _read_password(from_stdin), temporary)
    said = (
        _("{code} may sign in, and changes the password then.")
        if temporary
        else _("{code} may sign in.")
    )
    data = {"officer": code, "user_name": code, "must_change": temporary}
    show(data, as_json, lambda: said.format(code=code))


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise BadInputError(_("Nobody is here to type a password: add --stdin and send a line."))
    typed: str = click.prompt(
        _("Password"), hide_input=True, confirmation_prompt=_("The same again"), err=True
    )
    return typed


@officer.command(
    help=_(
        """Grant the officer CODE a role from now on; his or her sessions end.

        Roles: window, department_admin, efficiency, system, security, audit. No account holds two
        of the last three.

        Example: tiji officer grant housing_head4 department_admin --department housing
        """
    ),
)
@click.argument("code")
@click.argument("role")
@department_option
@json_option
@with_app
def grant(code: str, role: str, department: str | None, as_json: bool) -> None:
    """Grant a role."""
    from tiji.accounts.actions import grant_role

    new = grant_role(code, role, department)
    said = _("{code} holds the role {role}.") if new else _("{code} held the role {role} already.")
    data = {"officer": code, "role": role, "department": department, "granted": new}
    show(data, as_json, lambda: said.format(code=code, role=role))


@officer.command(
    help=_(
        """End a role of the officer CODE now; his or her sessions end.

        Example: tiji officer revoke efficiency_office_head1 efficiency
        """
    ),
)
@click.argument("code")
@click.argument("role")
@department_option
@json_option
@with_app
def revoke(code: str, role: str, department: str | None, as_json: bool) -> None:
    """Revoke a role."""
    from tiji.accounts.actions import revoke_role

    revoke_role(code, role, department)
    data = {"officer": code, "role": role, "department": department, "revoked": True}
    show(data, as_json, lambda: _("{code} holds {role} no more.").format(code=code, role=role))


@officer.command(
    help=_(
        """Let the officer CODE in no more; his or her sessions end. Cases stay as they are.

        Example: tiji officer disable housing_fio2
        """
    ),
)
@click.argument("code")
@json_option
@with_app
def disable(code: str, as_json: bool) -> None:
    """Disable an account."""
    from tiji.accounts.actions import disable as run

    run(code)
    show(
        {"officer": code, "disabled": True},
        as_json,
        lambda: _("{code} is let in no more.").format(code=code),
    )


@officer.command(
    help=_(
        """Let the officer CODE in again, and lift a lock after failed sign-ins.

        Example: tiji officer enable housing_fio2
        """
    ),
)
@click.argument("code")
@json_option
@with_app
def enable(code: str, as_json: bool) -> None:
    """Enable an account."""
    from tiji.accounts.actions import enable as run

    run(code)
    show(
        {"officer": code, "disabled": False},
        as_json,
        lambda: _("{code} may sign in.").format(code=code),
    )


@officer.command(
    "reset-factor",
    help=_(
        """Take away the second step of the officer CODE, whose phone is lost; the sessions end.

        Example: tiji officer reset-factor housing_fio
        """
    ),
)
@click.argument("code")
@json_option
@with_app
def reset_factor(code: str, as_json: bool) -> None:
    """Reset a second factor."""
    from tiji.accounts.actions import reset_factor as run

    run(code)
    said = _("{code} signs in with the password only, and may set a second step up anew.")
    show({"officer": code, "second_factor": False}, as_json, lambda: said.format(code=code))


@officer.command(
    help=_(
        """List the accounts: whose, in which state, what was granted, when last seen.

        Example: tiji officer accounts --json
        """
    ),
)
@json_option
@with_app
def accounts(as_json: bool) -> None:
    """List accounts."""
    from tiji.accounts.queries import accounts as listed
    from tiji.clock import iso

    data = [
        {
            "officer": view.officer,
            "name": view.name,
            "department": view.department,
            "user_name": view.user_name,
            "state": view.state,
            "second_factor": view.second_factor,
            "roles": [{"role": r.role, "department": r.department} for r in view.roles],
            "seen_at": iso(view.seen_at),
        }
        for view in listed()
    ]
    show(data, as_json, lambda: _text(data))


def _text(data: list[Json]) -> str:
    from tiji.accounts.words import states
    from tiji.cases.times import stamp
    from tiji.cases.words import listed, named
    from tiji.cli.columns import aligned

    if not data:
        return _("Nobody has an account; `tiji officer set-password CODE` makes one.")
    state = states()
    roles = [
        listed(
            r["role"] + (f" ({r['department']})" if r["department"] else "") for r in row["roles"]
        )
        for row in data
    ]
    rows = [
        (
            named(row["officer"], row["name"]),
            row["department"],
            state[row["state"]],
            _("second step") if row["second_factor"] else "",
            granted,
            stamp(row["seen_at"]) if row["seen_at"] else "",
        )
        for row, granted in zip(data, roles, strict=True)
    ]
    return "\n".join(aligned(rows))
