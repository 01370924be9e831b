"""``tiji data-bureau``: the messages that wait for an answer, and one of them."""

from __future__ import annotations

from typing import Any

import click

from tiji.api import json_option, show, with_app
from tiji_data_bureau.words import say


@click.group(
    help=say(
        """网络留言和 12345 工单：列出、查看。

        示例：tiji data-bureau list
        """,
        """List and show online messages and 12345 work orders.

        Example: tiji data-bureau list
        """,
    )
)
def data_bureau() -> None:
    """Group the commands about messages."""


@data_bureau.command(
    "list",
    help=say(
        """按留言时间列出未答复的留言，最早的在前。

        示例：tiji data-bureau list --limit 20 --json
        """,
        """List the messages that wait for an answer, the oldest first.

        Example: tiji data-bureau list --limit 20 --json
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
    """Print a page of the messages that wait."""
    from tiji_data_bureau.queries import waiting

    page = waiting(limit, after)

    def text() -> str:
        lines = [_line(message) for message in page["messages"]]
        if page["next"]:
            lines.append(
                say("下一页：--after {next}", "Next page: --after {next}", next=page["next"])
            )
        return "\n".join(lines) or say("没有未答复的留言。", "No message waits for an answer.")

    show(page, as_json, text)


@data_bureau.command(
    "show",
    help=say(
        """按事情编号或留言编号查看一件留言；不显示留言人身份。

        示例：tiji data-bureau show TL2026110001 --json
        """,
        """Show one message, by its case's number or its own; never who sent it.

        Example: tiji data-bureau show TL2026110001 --json
        """,
    ),
)
@click.argument("number")
@json_option
@with_app
def show_(number: str, as_json: bool) -> None:
    """Print one message."""
    from tiji_data_bureau.queries import detail

    found = detail(number)

    def text() -> str:
        rows = [(say(zh, en), found[key]) for key, zh, en in _LINES]
        return "\n".join(f"{name}  {value}" for name, value in rows if value is not None)

    show(found, as_json, text)


_LINES = (
    ("number", "编号", "Case"),
    ("external_id", "留言编号", "Message"),
    ("source", "来源", "Source"),
    ("title", "主题", "Subject"),
    ("kind", "诉求类型", "Kind"),
    ("category", "分类", "Category"),
    ("urgency", "紧急程度", "Urgency"),
    ("district", "区划", "District"),
    ("department", "承办单位", "Department"),
    ("status", "状态", "Status"),
    ("received_at", "留言时间", "Received"),
    ("reply_by", "办理时限", "Answer by"),
    ("votes_for", "点赞数", "Votes for"),
    ("votes_against", "反对数", "Votes against"),
    ("replied_at", "答复时间", "Answered"),
    ("satisfaction", "满意度", "Satisfaction"),
)


def _line(message: dict[str, Any]) -> str:
    return "  ".join(
        (
            message["number"],
            message["received_at"][:16],
            message["external_id"] or "-",
            message["kind"] or "-",
            message["department"],
            message["title"],
        )
    )
