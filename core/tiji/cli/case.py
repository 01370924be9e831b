"""``tiji case``: open, list, show and move cases."""

from __future__ import annotations

from typing import Any

import click

from tiji.cli.case_actions import action_commands
from tiji.cli.context import json_option, show, with_app
from tiji.cli.options import as_option, read_json_object
from tiji.i18n import _


@click.group(
    help=_(
        """Open, list, show and move cases.

        Example: tiji case list --overdue
        """
    )
)
def case() -> None:
    """Group the commands about cases."""


@case.command(
    "open",
    help=_(
        """Register a case: the officer asked first owns it to the end.

        Example: tiji case open --matter petitions.other --title 路灯无人管养 --content 两区交界 \\
        --client-name 张某某 --client-kind citizen --as petitions_bureau_fio
        """
    ),
)
@click.option("--matter", required=True, metavar="CODE", help=_("See `tiji matters list`."))
@click.option("--title", required=True)
@click.option("--content", required=True)
@click.option("--client-name", required=True)
@click.option("--client-kind", required=True, type=click.Choice(["citizen", "enterprise"]))
@click.option("--data", default="{}", metavar="JSON", help=_("The fields of the matter's form."))
@as_option
@json_option
@with_app
def open_(
    matter: str,
    title: str,
    content: str,
    client_name: str,
    client_kind: Any,
    data: str,
    actor: str,
    as_json: bool,
) -> None:
    """Open a case and show it; a routine matter is answered with guidance."""
    from tiji.cases.actions import open_case

    done = open_case(
        matter_code=matter,
        title=title,
        content=content,
        client_name=client_name,
        client_kind=client_kind,
        actor=actor,
        data=read_json_object(data),
    )
    if done.number is None:
        guidance = dict(done.guidance)
        text = _("Routine matter, guided, no case: {who}; {where}; {contact}").format(**guidance)
        show({"number": None, "outcome": "guided", "guidance": guidance}, as_json, lambda: text)
        return
    if done.repeated:
        click.echo(_("Counted on the open case {number}.").format(number=done.number), err=True)
    _show_case(done.number, as_json)


@case.command(
    "list",
    help=_(
        """List cases by due time, a page at a time.

        Example: tiji case list --department housing --station 1 --limit 20
        """
    ),
)
@click.option("--department", metavar="CODE")
@click.option("--station", type=click.IntRange(1, 99))
@click.option("--status", type=click.Choice(
    ["open", "guided", "in_progress", "paused", "with_leaders", "answered", "closed", "withdrawn"]
))  # fmt: skip
@click.option("--holder", metavar="OFFICER")
@click.option("--overdue", is_flag=True, help=_("Only cases over their limit."))
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@click.option("--after", metavar="CURSOR", help=_("Go on after the page that said this."))
@json_option
@with_app
def list_(
    department: str | None,
    station: int | None,
    status: str | None,
    holder: str | None,
    overdue: bool,
    limit: int,
    after: str | None,
    as_json: bool,
) -> None:
    """List a page of cases."""
    from tiji.cases.queries import Filter, case_page
    from tiji.cli.drawing import case_table
    from tiji.cli.options import department_code

    department = department and department_code(department)
    page = case_page(Filter(department, station, status, holder, overdue), limit, after)
    show(page, as_json, lambda: case_table(page["cases"], page["next"]))


@case.command(
    help=_(
        """Find cases by words of their title or content, by number, or by a whole name.

        Example: tiji case search 电梯
        """
    )
)
@click.argument("text")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@json_option
@with_app
def search(text: str, limit: int, as_json: bool) -> None:
    """Find cases, the best first."""
    from tiji.cases.queries import search_cases
    from tiji.cli.drawing import case_table

    found = search_cases(text, limit)
    show(found, as_json, lambda: case_table(found["cases"]))


@case.command(
    help=_(
        """List cases that resemble one: of the same person, or about the same place and subject.

        Example: tiji case similar TJ2026000001
        """
    )
)
@click.argument("number")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@json_option
@with_app
def similar(number: str, limit: int, as_json: bool) -> None:
    """List similar cases, the most similar first."""
    from tiji.cli.drawing import case_table
    from tiji.intake.queries import similar_cases

    found = similar_cases(number, limit)
    show(found, as_json, lambda: case_table(found["similar"]))


@case.command(
    "show",
    help=_(
        """Show one case: its ladder as a staircase, its facts and its log.

        Example: tiji case show TJ2026000001
        """
    ),
)
@click.argument("number")
@json_option
@with_app
def show_(number: str, as_json: bool) -> None:
    """Show one case."""
    _show_case(number, as_json)


def _show_case(number: str, as_json: bool) -> None:
    from tiji.cases.queries import case_row, case_view
    from tiji.cases.sheet import case_sheet
    from tiji.cli.drawing import case_text
    from tiji.runtime import runtime

    sheet = case_sheet(case_row(number))
    detail = sheet.detail
    panels = runtime().plugins.panels(case_view(number))
    detail["panels"] = [{"title": p.title, "facts": dict(p.facts)} for p in panels]
    show(detail, as_json, lambda: case_text(sheet))


for _command in action_commands(_show_case):
    case.add_command(_command)
