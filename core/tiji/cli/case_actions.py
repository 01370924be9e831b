"""The commands that move a case: one for each action, all made from one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import click

from tiji.cli.context import confirm, json_option, with_app
from tiji.cli.options import DAY, as_option, read_ways, version_option
from tiji.i18n import _

Option = Callable[[Any], Any]


def _text(*names: str) -> tuple[Option, ...]:
    """Make free-text options; what must not be blank is for the action's rule to say."""
    return tuple(click.option(f"--{name}", default="", metavar="TEXT") for name in names)


def _choice(name: str, *values: str) -> Option:
    return click.option(f"--{name}", type=click.Choice(values), required=True)


_WAYS = click.option(
    "--way-forward",
    "ways_forward",
    multiple=True,
    metavar='"WHAT :: WHO HELPS"',
    callback=lambda _ctx, _param, texts: read_ways(texts),
    help=_("What the client can do, and who by name helps; repeat it for more."),
)


@dataclass(frozen=True, slots=True)
class ActionCommand:
    """Describe an action's command: what it does, an example's words, its own options.

    ``warning`` says what cannot be undone; then the command asks, unless --yes is given.
    """

    name: str
    help: str
    example: str = ""
    options: tuple[Option, ...] = field(default=())
    warning: str = ""


TABLE = (
    ActionCommand("take", _("Acknowledge a case (签收).")),
    ActionCommand(
        "guide",
        _("Tell the client who is in charge and where to go, and make contact."),
        "--who 市住建局物业科 --where 政务中心二楼 --contact 已电话联系李科长",
        _text("who", "where", "contact"),
    ),
    ActionCommand("accept", _("Take over a case that was guided to your unit.")),
    ActionCommand(
        "decline",
        _("Send a guided case back; it counts as a return."),
        "--reason 应由城管局办理",
        _text("reason"),
    ),
    ActionCommand(
        "agree",
        _("Say that it can be done (能办), and promise a day."),
        "--plan 补办用地手续 --promised 2026-12-04 --feedback 已电话告知",
        (
            *_text("plan", "feedback"),
            click.option("--promised", type=DAY, required=True, help=_("The promised day.")),
        ),
    ),
    ActionCommand(
        "complete",
        _("Answer a case as done."),
        "--result 已办证 --outcome done --feedback 已送达",
        (*_text("result", "feedback"), _choice("outcome", "done", "done_with_effort", "guided")),
    ),
    ActionCommand(
        "escalate",
        _("Pass a case up one station, with your analysis."),
        "--why 缺竣工验收备案 --judgement unsure --suggestion 会同住建局核验",
        (*_text("why", "suggestion"), _choice("judgement", "can_with_approval", "unsure")),
    ),
    ActionCommand(
        "refuse",
        _("Refuse, where the ladder lets: with reasons, basis and a way to yes."),
        "--reasons 未满五年 --basis 某办法第三条 "
        '--way-forward "满五年后再申请 :: 李科长" --feedback 已书面告知',
        (*_text("reasons", "basis", "feedback"), _WAYS),
    ),
    ActionCommand(
        "propose",
        _("Take a feasibility proposal to the city's leaders."),
        "--proposal 先登记后追缴",
        _text("proposal"),
    ),
    ActionCommand(
        "decide",
        _("Decide as a city leader: do, do with conditions, or refuse."),
        "--decision do --department housing --by 2026-12-11",
        (
            _choice("decision", "do", "do_with_conditions", "refuse"),
            click.option("--department", metavar="CODE", help=_("Who is to do it.")),
            click.option("--by", type=DAY, help=_("The day by which it is to be done.")),
            *_text("reasons", "basis", "feedback"),
            _WAYS,
        ),
    ),
    ActionCommand(
        "pause",
        _("Stop both clocks until the end of a day; over ten working days it must be granted."),
        "--reason awaiting_client --until 2026-12-01",
        (
            _choice("reason", "awaiting_client", "expert_appraisal", "public_notice"),
            click.option("--until", type=DAY, required=True),
        ),
    ),
    ActionCommand("resume", _("Let both clocks run again.")),
    ActionCommand(
        "extend",
        _("Ask the station above for more working days, before the limit is over."),
        "--days 2 --reason 等待测绘",
        (
            click.option("--days", type=int, required=True, help=_("Working days.")),
            *_text("reason"),
        ),
    ),
    ActionCommand("grant", _("Grant what the station below asked for.")),
    ActionCommand(
        "deny", _("Deny what the station below asked for."), "--reason 材料已齐", _text("reason")
    ),
    ActionCommand(
        "comment",
        _("Add a remark; it never moves a deadline."),
        "--text 已约周三面谈",
        (*_text("text"), click.option("--public", is_flag=True, help=_("The client may read it."))),
    ),
    ActionCommand(
        "handover",
        _("Give the case another first-inquiry officer, as head of the department."),
        "--to housing_fio2 --reason 岗位调整",
        (click.option("--to", required=True, metavar="OFFICER"), *_text("reason")),
    ),
    ActionCommand(
        "merge",
        _("Let another case about the same take this one in, as the superior of both holders."),
        "--into TJ2026000002 --reason 同一人同一事项",
        (click.option("--into", required=True, metavar="NUMBER"), *_text("reason")),
    ),
    ActionCommand(
        "group",
        _("Let this case's answer serve others too: each client gets it."),
        "--case TJ2026000002 --case TJ2026000003 --reason 同一小区同一问题",
        (
            click.option(
                "--case",
                "cases",
                multiple=True,
                required=True,
                metavar="NUMBER",
                help=_("A case that shares the answer; repeat it for more."),
            ),
            *_text("reason"),
        ),
    ),
    ActionCommand(
        "withdraw",
        _("Record that the client takes the case back."),
        "--text 已自行解决",
        _text("text"),
    ),
    ActionCommand(
        "rate",
        _("Record the client's grade: 5 very satisfied to 1 very dissatisfied."),
        "--grade 5 --text 很满意",
        (click.option("--grade", type=int, required=True, metavar="1..5"), *_text("text")),
    ),
    ActionCommand(
        "reopen",
        _("Open an answered case again, as the superior of who answered."),
        "--reason 反映的问题未解决",
        _text("reason"),
    ),
    ActionCommand(
        "undo",
        _("Take back your own last step: for 30 seconds, a refusal for 30 minutes."),
    ),
    ActionCommand(
        "erase",
        _("Erase the personal data of a case that is over, for good; its log stays whole."),
        "--why 保存期限已满",
        (*_text("why"), click.option("--yes", is_flag=True, help=_("Do not ask."))),
        _("This erases who the client of {number} was, and nobody can bring it back."),
    ),
)


def action_commands(show_case: Callable[[str, bool], None]) -> Iterator[click.Command]:
    """Make each action's command: number, officer and version seen, then its own fields."""
    for entry in TABLE:
        callback: Any = _callback(entry, show_case)
        for option in reversed((*entry.options, as_option, version_option, json_option)):
            callback = option(callback)
        example = f"tiji case {entry.name} TJ2026000001 --as OFFICER {entry.example}".rstrip()
        help_ = entry.help + "\n\n" + _("Example: {command}").format(command=example)
        yield click.command(entry.name, help=help_)(click.argument("number")(callback))


def _callback(entry: ActionCommand, show_case: Callable[[str, bool], None]) -> Callable[..., None]:
    @with_app
    def run(number: str, actor: str, as_json: bool, **fields: Any) -> None:
        from tiji.cases import actions

        if entry.warning:
            confirm(entry.warning.format(number=number), fields.pop("yes"))
        _advise(getattr(actions, entry.name)(number, actor, **fields))
        show_case(number, as_json)

    return run


def _advise(answer: object) -> None:
    """Say on stderr what an action has to tell beside the case itself."""
    if isinstance(answer, tuple) and answer:
        text = _("Advice: better do without {phrases}; name the clause and the gap.")
        click.echo(text.format(phrases="、".join(answer)), err=True)
    if answer is False:
        text = _("Asked: a pause of over ten working days waits for the station above to grant it.")
        click.echo(text, err=True)
