"""``tiji matters``: the two-services matter list (两为事项清单)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tiji.cli.context import json_option, show, with_app
from tiji.i18n import _

if TYPE_CHECKING:
    from tiji.matters.queries import MatterView


@click.group(
    help=_(
        """Show the two-services matter list.

        Example: tiji matters list
        """
    )
)
def matters() -> None:
    """Group the commands about matters."""


@matters.command(
    "list",
    help=_(
        """List the matters with their ladders and who holds each station now.

        Example: tiji matters list --json
        """
    ),
)
@json_option
@with_app
def list_(as_json: bool) -> None:
    """List all matters."""
    from tiji.matters.queries import current_matters

    found = [_matter_json(view) for view in current_matters()]
    show({"matters": found}, as_json, lambda: "\n".join(_lines(found)))


@matters.command(
    "show",
    help=_(
        """Show one matter: guidance, ladder, limits, form.

        Example: tiji matters show petitions.other
        """
    ),
)
@click.argument("code")
@json_option
@with_app
def show_(code: str, as_json: bool) -> None:
    """Show one matter."""
    from tiji.matters.queries import matter

    data = _matter_json(matter(code))
    show(data, as_json, lambda: _text(data))


@matters.command(
    help=_(
        """Activate a matter; the error names the post that nobody holds.

        Example: tiji matters activate petitions.other
        """
    )
)
@click.argument("code")
@json_option
@with_app
def activate(code: str, as_json: bool) -> None:
    """Activate one matter."""
    from tiji.matters.actions import activate_matter

    data = _matter_json(activate_matter(code))
    show(data, as_json, lambda: _text(data))


def _matter_json(view: MatterView) -> dict[str, Any]:
    from tiji.matters.queries import guidance_in, holders, ladder_in
    from tiji.runtime import runtime

    declared = runtime().plugins.matter(view.code)
    ladder = ladder_in(view, view.department)
    seats = holders(view, ladder, runtime().clock.now())
    fields = declared.form().fields if declared and declared.form else {}
    return {
        "code": view.code,
        "plugin": view.plugin,
        "version": view.version,
        "title": view.title,
        "department": view.department,
        "category": view.category,
        "cause": view.cause,
        "audience": view.audience,
        "fields_concerned": view.fields_concerned,
        "pain_points": view.pain_points,
        "guidance": guidance_in(view, view.department),
        "routine": view.routine,
        "confidential": view.confidential,
        "active": view.active and declared is not None,
        "reason": view.reason if declared else _("its plugin is not active"),
        "client_limit": ladder.client_limit_days,
        "ladder": [
            {
                "station": station.no,
                "title": station.title,
                "limit": station.limit_days,
                "may_refuse": station.may_refuse,
                "on_timeout": station.on_timeout,
                "holder": seats[station.no],
            }
            for station in ladder.stations
        ],
        "form": [{"name": name, "required": field.required} for name, field in fields.items()],
    }


def _lines(items: list[dict[str, Any]]) -> list[str]:
    """Write matters under each other, each with its category; one that is not active says why."""
    from tiji.cases.labels import categories
    from tiji.cli.columns import aligned

    names = categories()
    return aligned(
        [
            (
                "●" if item["active"] else "○",
                item["code"],
                names.get(item["category"], item["category"]),
                item["title"] if item["active"] else f"{item['title']}  {item['reason']}",
            )
            for item in items
        ]
    )


def _text(item: dict[str, Any]) -> str:
    from tiji.cases.names import FormWords, names_of
    from tiji.cases.words import named
    from tiji.cli.columns import aligned

    guidance, form = item["guidance"], FormWords(item["code"])
    department = names_of([item["department"]]).office(item["department"])
    lines = [
        *_lines([item]),
        _("Department: {department}").format(department=named(item["department"], department)),
        _("In charge: {who}; where: {where}; contact: {contact}").format(**guidance),
        _("The client's clock: {days} working days").format(days=item["client_limit"]),
    ]
    lines += aligned([_step(step) for step in item["ladder"]], "  ")
    if item["form"]:
        lines.append(_("The form (* is asked for; --data takes the names on the left):"))
        fields = [(f["name"], form.label(f["name"]), f["required"]) for f in item["form"]]
        lines += aligned([(n, f"{label}{' *' if must else ''}") for n, label, must in fields], "  ")
    return "\n".join(lines)


def _step(step: dict[str, Any]) -> tuple[str, ...]:
    from tiji.cases.words import named
    from tiji.stations.rules import station_title

    holder = step["holder"]
    return (
        f"{step['station']} {station_title(step['title'])}",
        named(holder["code"], holder["name"]) if holder else _("vacant"),
        _("limit {days} d").format(days=step["limit"]),
        _("may refuse") if step["may_refuse"] else "",
    )
