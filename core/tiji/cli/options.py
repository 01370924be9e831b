"""Options that several commands of a case share, and values as people write them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import click

from tiji.clock import parse_day
from tiji.errors import BadInputError
from tiji.i18n import _

as_option = click.option(
    "--as", "actor", required=True, metavar="OFFICER", help=_("The acting officer's code.")
)
version_option = click.option(
    "--version",
    "seen",
    type=int,
    metavar="N",
    help=_("The version of the case that you saw: a conflict if somebody moved it since."),
)


class DayType(click.ParamType[date]):
    """A day as people write it: 2026-11-27, 2026/11/27, 2026.11.27 or 2026年11月27日."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a day, or say how to write one."""
        try:
            return value if isinstance(value, date) else parse_day(str(value))
        except BadInputError as error:
            self.fail(str(error), param, ctx)


DAY = DayType()


def read_json_object(text: str) -> dict[str, Any]:
    """Read the JSON object of ``--data``; raise BadInputError saying what is wrong with it."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise BadInputError(
            _("--data is no JSON: {error}. Write it like '{example}'.").format(
                error=error, example='{"visits": 3}'
            )
        ) from None
    if not isinstance(data, dict):
        raise BadInputError(_("--data must be a JSON object with the form's fields."))
    return data


def department_code(name: str) -> str:
    """Give the code of a department by any of its names; raise BadInputError offering others."""
    from tiji.cases.words import listed
    from tiji.people import queries as people
    from tiji.runtime import runtime

    now = runtime().clock.now()
    if people.department(name):
        return name  # also one that has ended: its cases stay
    if code := people.find_department(name, now):
        return code
    near = listed(people.directory(now).closest(name)) or "—"
    raise BadInputError(
        _("No department is called {name}. Closest: {near}.").format(name=name, near=near)
    )


def read_ways(texts: tuple[str, ...]) -> list[Any]:
    """Read ``WHAT :: WHO HELPS`` texts; a missing helper is left to the rule of refusals."""
    from tiji.cases.rules import WayForward

    parts = (text.replace("：：", "::").partition("::") for text in texts)
    return [WayForward(what.strip(), helper.strip()) for what, _sep, helper in parts]
