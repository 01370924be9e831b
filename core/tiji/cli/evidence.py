"""``tiji events verify`` and ``tiji events checkpoint``: prove that nobody rewrote the log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tiji.cli.context import json_option, show, with_app
from tiji.i18n import _

if TYPE_CHECKING:
    from tiji.events.rules import Verification


@click.command(
    help=_(
        """Check every case's hash chain, and what earlier checkpoints witnessed; the exit code is
        1 if any event was changed, removed, swapped or cut off behind the program's back. With
        --against, also prove it against checkpoints that were kept outside.

        Example: tiji events verify --against /mnt/archives
        """
    )
)
@click.option(
    "--against",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=_("A checkpoint file, or a folder of them; repeat it for more."),
)
@json_option
@click.pass_context
@with_app
def verify(ctx: click.Context, against: tuple[Path, ...], as_json: bool) -> None:
    """Verify all logs and name the first bad event of each bad case."""
    from tiji.cases.queries import count_cases
    from tiji.cases.verifying import verify_log
    from tiji.events.checkpoints import read_checkpoints

    kept = read_checkpoints(against)
    with _progress(count_cases()) as advance:
        result = verify_log(kept, advance)
    show(asdict(result), as_json, lambda: _verification_text(result))
    if result.bad or result.broken:
        click.echo(
            _("The log is not whole: keep everything as it is, and ask who could."), err=True
        )
        ctx.exit(1)


@contextmanager
def _progress(cases: int) -> Iterator[Callable[[int], None]]:
    """Show how far it is, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda _cases: None
        return
    with click.progressbar(length=cases, label=_("cases"), file=sys.stderr) as bar:
        yield bar.update


def _verification_text(result: Verification) -> str:
    from tiji.cases.words import listed

    counts = asdict(result)
    lines = [_("{cases} cases, {events} events, {leaves} witnessed.").format(**counts)]
    if result.checkpoints:
        lines.append(_("{checkpoints} checkpoints from outside.").format(**counts))
    bad = _("{case}: event {seq} is bad: {why}")
    lines += [bad.format(case=f.case, seq=f.seq, why=f.why) for f in result.bad]
    for broken in result.broken:
        file = broken.file or _("checkpoint {leaves} of this database").format(leaves=broken.leaves)
        text = _("{file} does not hold: {why}.").format(file=file, why=broken.why)
        among = _("What was changed is in one of these: {cases}.").format(
            cases=listed(broken.cases)
        )
        lines.append(f"{text} {among}" if broken.cases else text)
    whole = not result.bad and not result.broken
    return "\n".join([*lines, _("The log is whole.")] if whole else lines)


@click.command(
    help=_(
        """Write a checkpoint: a small file that proves later that nobody rewrote the log. Give it
        to a body outside (an archive, the discipline inspection), who keeps it.

        FILE may be a folder, where the file is named by its time, or - for standard output.

        Example: tiji events checkpoint /mnt/archives
        """
    )
)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@json_option
@with_app
def checkpoint(file: Path, as_json: bool) -> None:
    """Take a checkpoint and write it."""
    from tiji.cases.actions.checkpointing import take_checkpoint
    from tiji.events.checkpoints import check_writable, write_checkpoint

    if str(file) == "-":
        click.echo(take_checkpoint().text(), nl=False)
        return
    check_writable(file)
    taken = take_checkpoint()
    path = write_checkpoint(taken, file)
    text = _("Written: {path} ({cases} cases, {leaves} witnessed).")
    data = {"file": str(path), **taken.to_json()}
    show(data, as_json, lambda: text.format(path=path, cases=taken.cases, leaves=taken.leaves))
