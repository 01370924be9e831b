"""``tiji events failed`` and ``tiji events retry``: what did not arrive, and trying it again."""

from __future__ import annotations

from typing import Any

import click

from tiji.cli.context import json_option, show, with_app
from tiji.i18n import _

Json = dict[str, Any]


@click.command(
    help=_(
        """List the deliveries that were tried enough (parked) or are held back since a restore,
        and those that fail and will be tried again.

        Example: tiji events failed --json
        """
    )
)
@click.option("--after", type=int, default=0, metavar="NUMBER", help=_("Go on after this one."))
@click.option("--limit", type=click.IntRange(1, 500), default=100, show_default=True)
@json_option
@with_app
def failed(after: int, limit: int, as_json: bool) -> None:
    """Show what did not arrive, why, and what waits behind it."""
    from tiji.jobs.queries import failing_jobs, stopped_jobs

    stopped, failing = stopped_jobs(after, limit), failing_jobs(limit)
    show({"stopped": stopped, "failing": failing}, as_json, lambda: _text(stopped, failing))


def _text(stopped: list[Json], failing: list[Json]) -> str:
    from tiji.cases.times import stamp
    from tiji.cli.columns import aligned

    states = {"parked": _("parked"), "held": _("held since a restore")}
    rows = [(*_who(job), states[job["state"]], job["error"] or "", _behind(job)) for job in stopped]
    rows += [
        (*_who(job), _("again at {at}").format(at=stamp(job["next_at"])), job["error"], "")
        for job in failing
    ]
    lines = aligned(rows)
    if stopped:
        lines.append(_("Mend the cause, then: tiji events retry NUMBER, or --all."))
    return "\n".join(lines) or _("Everything arrived, or is on its way.")


def _who(job: Json) -> tuple[str, ...]:
    tries = _("{count} tries").format(count=job["tries"])
    return str(job["id"]), job["target"], job["event"], tries


def _behind(job: Json) -> str:
    return _("{count} wait behind it").format(count=job["behind"]) if job["behind"] else ""


@click.command(
    help=_(
        """Try stopped deliveries again: those named by the number that `tiji events failed`
        shows, those of one target, or all. Each carries its event's number, by which a receiver
        that has it already can tell.

        Example: tiji events retry 17 18
        """
    )
)
@click.argument("numbers", type=int, nargs=-1, metavar="[NUMBER]...")
@click.option("--target", metavar="NAME", help=_("All of one target, such as a plugin's follow."))
@click.option("--all", "everything", is_flag=True, help=_("All that stopped."))
@json_option
@with_app
def retry(numbers: tuple[int, ...], target: str | None, everything: bool, as_json: bool) -> None:
    """Let stopped deliveries be tried at once."""
    from tiji.errors import BadInputError
    from tiji.jobs.actions import retry as run

    if not numbers and target is None and not everything:
        raise BadInputError(_("Name numbers, --target or --all; see `tiji events failed`."))
    freed = run(numbers, target)
    if not freed:
        raise BadInputError(_("None of that stopped; see `tiji events failed`."))
    show({"freed": freed}, as_json, lambda: _("{count} will be tried again.").format(count=freed))
