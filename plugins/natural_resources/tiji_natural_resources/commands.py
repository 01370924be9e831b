"""``tiji natural-resources``: estates, one estate's grid and blockers, and the release of one."""

from __future__ import annotations

import sys
from typing import Any

import click

from tiji.api import BadInputError, json_option, show, with_app
from tiji_natural_resources import drawing
from tiji_natural_resources.words import say


@click.group(
    help=say(
        """办证难小区：进度、难点、批量放行。

        示例：tiji natural-resources estates
        """,
        """See how far the estates are, and release what blocks them.

        Example: tiji natural-resources estates
        """,
    )
)
def natural_resources() -> None:
    """Group the commands about estates."""


@natural_resources.command(
    help=say(
        """列出小区：户数、已发证数、未解决的难点数。

        示例：tiji natural-resources estates --limit 20 --json
        """,
        """List the estates with their households, papers issued and open blockers.

        Example: tiji natural-resources estates --limit 20 --json
        """,
    )
)
@click.option(
    "--limit",
    type=click.IntRange(1, 500),
    default=50,
    show_default=True,
    help=say("最多列出几个。", "Rows on a page."),
)
@click.option("--after", metavar="CODE", help=say("上一页给出的 next。", "The page before's next."))
@json_option
@with_app
def estates(limit: int, after: str | None, as_json: bool) -> None:
    """Print a page of estates."""
    from tiji_natural_resources.queries import estates as read

    page = read(limit, after)

    def text() -> str:
        lines = [drawing.line(found) for found in page["estates"]]
        if page["next"]:
            lines.append(
                say("下一页：--after {next}", "Next page: --after {next}", next=page["next"])
            )
        return "\n".join(lines) or say(
            "还没有小区；先导入台账 natural_resources.certificates。",
            "There is no estate yet; import the ledger natural_resources.certificates.",
        )

    show(page, as_json, text)


@natural_resources.command(
    help=say(
        """查看一个小区：按楼栋、单元一格一户，以及各难点能放行多少户。不显示住户姓名。

        示例：tiji natural-resources estate XQ0001
        """,
        """Show an estate: a sign for each household, and what each blocker would release.

        Nobody's name is shown.

        Example: tiji natural-resources estate XQ0001
        """,
    )
)
@click.argument("code")
@json_option
@with_app
def estate(code: str, as_json: bool) -> None:
    """Print one estate, by code or name."""
    from tiji_natural_resources.queries import estate as read

    found = read(code)
    show(found, as_json, lambda: drawing.whole(found))


@natural_resources.command(
    help=say(
        """难点已解决：放行它卡住的全部住户，每件事情记录一次，每百件一个事务；中断后再运行即可续办。

        示例：tiji natural-resources release KD0001 --as natural_resources_head1
        """,
        """Record that a blocker is solved, in every case that it holds.

        A hundred cases a transaction; interrupted, it goes on where it stopped when run again.

        Example: tiji natural-resources release KD0001 --as natural_resources_head1
        """,
    )
)
@click.argument("blocker")
@click.option(
    "--as", "actor", required=True, metavar="OFFICER", help=say("办理人员编码。", "Officer's code.")
)
@click.option("--yes", is_flag=True, help=say("不再询问。", "Do not ask."))
@json_option
@with_app
def release(blocker: str, actor: str, yes: bool, as_json: bool) -> None:
    """Ask, release, and print what was released."""
    from tiji_natural_resources import actions, queries

    if not yes:
        _ask(queries.blocker(blocker))
    done = actions.release(blocker, actor)
    show(done, as_json, lambda: _released(done))


def _ask(found: dict[str, Any]) -> None:
    if not sys.stdin.isatty():
        raise BadInputError(
            say(
                "将放行 {n} 户，而此处无人可以确认；请加 --yes。",
                "This releases {n} households; nobody is here to ask. Add --yes.",
                n=found["held"],
            )
        )
    question = say(
        "“{estate}”的难点“{title}”已经解决，放行 {n} 户？",
        "Is “{title}” of {estate} solved, and are {n} households to be released?",
        estate=found["estate"],
        title=found["title"],
        n=found["held"],
    )
    click.confirm(question, abort=True)


def _released(done: dict[str, Any]) -> str:
    return say(
        "{code} {title}：放行 {released} 户，记录 {recorded} 件。",
        "{code} {title}: {released} households released, {recorded} cases recorded it.",
        **done,
    )
