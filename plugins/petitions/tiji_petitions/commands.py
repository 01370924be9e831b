"""``tiji petitions``: the backlog by conclusion date, one petition, acceptance and extension."""

from __future__ import annotations

from typing import Any

import click

from tiji.api import json_option, show, with_app
from tiji_petitions.words import say, state_name

_as_option = click.option(
    "--as", "actor", required=True, metavar="OFFICER", help=say("办理人员编码。", "Officer's code.")
)


@click.group(
    help=say(
        """信访积案：列出、查看、受理、延期。

        示例：tiji petitions list
        """,
        """List, show, accept and extend petitions.

        Example: tiji petitions list
        """,
    )
)
def petitions() -> None:
    """Group the commands about petitions."""


@petitions.command(
    "list",
    help=say(
        """按办结期限列出未办结的信访件（自然日）。

        示例：tiji petitions list --limit 20 --json
        """,
        """List the petitions whose clock runs, by conclusion date (natural days).

        Example: tiji petitions list --limit 20 --json
        """,
    ),
)
@click.option(
    "--limit",
    type=click.IntRange(1, 500),
    default=50,
    show_default=True,
    help=say("最多列出几件。", "Rows on a page."),
)
@click.option(
    "--after", metavar="CURSOR", help=say("上一页给出的 next。", "The page before's next.")
)
@json_option
@with_app
def list_(limit: int, after: str | None, as_json: bool) -> None:
    """Print a page of the backlog."""
    from tiji_petitions.queries import backlog

    page = backlog(limit, after)

    def text() -> str:
        lines = [_line(petition) for petition in page["petitions"]]
        if page["next"]:
            lines.append(
                say("下一页：--after {next}", "Next page: --after {next}", next=page["next"])
            )
        return "\n".join(lines) or say("没有未办结的信访件。", "No petition is open.")

    show(page, as_json, text)


@petitions.command(
    "show",
    help=say(
        """查看一件信访件的次数、人数和期限；不显示信访人身份。

        示例：tiji petitions show TJ2026000001 --json
        """,
        """Show one petition's visits, people and limits; never who the petitioner is.

        Example: tiji petitions show TJ2026000001 --json
        """,
    ),
)
@click.argument("number")
@json_option
@with_app
def show_(number: str, as_json: bool) -> None:
    """Print one petition."""
    _print(number, as_json)


@petitions.command(
    help=say(
        """受理：承办单位在登记后 15 日内受理，60 日办结期限从当日起算。

        示例：tiji petitions accept TJ2026000001 --as housing_fio
        """,
        """Accept a petition, within 15 days of its registration; the 60 days run from today.

        Example: tiji petitions accept TJ2026000001 --as housing_fio
        """,
    )
)
@click.argument("number")
@_as_option
@json_option
@with_app
def accept(number: str, actor: str, as_json: bool) -> None:
    """Accept, and print the petition."""
    from tiji_petitions import actions

    actions.accept(number, actor)
    _print(number, as_json)


@petitions.command(
    help=say(
        """批准延长 30 日：由本机关负责人在到期前批准，只能一次，不得批准自己的延期。

        示例：tiji petitions extend TJ2026000001 --as housing_principal --reason 等待鉴定结论
        """,
        """Approve 30 more days: by the head of the department, in time, once, never one's own.

        Example: tiji petitions extend TJ2026000001 --as housing_principal --reason 等待鉴定结论
        """,
    )
)
@click.argument("number")
@_as_option
@click.option("--reason", required=True, help=say("延期理由。", "Why more time is needed."))
@json_option
@with_app
def extend(number: str, actor: str, reason: str, as_json: bool) -> None:
    """Extend, and print the petition."""
    from tiji_petitions import actions

    actions.extend(number, actor, reason=reason)
    _print(number, as_json)


def _print(number: str, as_json: bool) -> None:
    from tiji_petitions.queries import detail

    found = detail(number)

    def text() -> str:
        rows = [(say(zh, en), found[key]) for key, zh, en in _LINES]
        return "\n".join(f"{name}  {_word(value)}" for name, value in rows if value is not None)

    show(found, as_json, text)


_LINES = (
    ("number", "编号", "Number"),
    ("title", "事项", "Subject"),
    ("department", "承办单位", "Department"),
    ("state", "化解状态", "State"),
    ("visits", "次数", "Visits"),
    ("people", "人数", "People"),
    ("collective", "集体访", "Collective"),
    ("way", "信访形式", "Form"),
    ("district", "问题属地", "District"),
    ("first_visit", "首次信访", "First visit"),
    ("leader", "包案领导", "Leader in charge"),
    ("measures", "化解措施", "Measures"),
    ("registered_on", "登记", "Registered"),
    ("accept_by", "受理期限", "Accept by"),
    ("accepted_at", "受理时间", "Accepted"),
    ("conclude_by", "办结期限", "Conclude by"),
    ("days_left", "剩余天数", "Days left"),
    ("extended_at", "延期批准", "Extended"),
    ("extended_reason", "延期理由", "Reason"),
    ("concluded_at", "办结时间", "Concluded"),
)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return say("是", "yes") if value else say("否", "no")
    return str(value)


def _line(petition: dict[str, Any]) -> str:
    mark = say("超期", "overdue") if petition["overdue"] else f"{petition['days_left']:>4}"
    return "  ".join(
        (
            petition["number"],
            petition["conclude_by"],
            mark,
            state_name(petition["state"]),
            petition["department"],
            petition["title"],
        )
    )
