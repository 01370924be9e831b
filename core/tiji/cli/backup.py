"""``tiji backup`` and ``tiji restore``: an archive that was proved, and the way back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tiji.cli.context import json_option, show, with_app
from tiji.i18n import _

if TYPE_CHECKING:
    from tiji.backup.actions import Backup
    from tiji.backup.restoring import Restored
    from tiji.backup.rules import Manifest


@click.command(
    help=_(
        """Write one archive of the database and the calendars while everybody works, and read
        it back. TARGET is a new file, or a folder, in which the time names the archive.

        With TIJI_BACKUP_KEY it is sealed. The data key is never in it: keep a copy elsewhere.
        Attachments are copied once each into the folder `attachments` beside the archive.

        Example: tiji backup /mnt/backup --keep 30
        """
    )
)
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    metavar="N",
    help=_("Remove older archives so that N stay: only files named like the program names them."),
)
@json_option
@with_app
def backup(target: Path, keep: int | None, as_json: bool) -> None:
    """Write an archive and say what is in it and what is not."""
    from tiji.backup.actions import back_up

    done = back_up(target, keep, tell)
    data = {
        **_facts(done.manifest),
        "archive": str(done.path),
        "size": done.size,
        "sealed": done.sealed,
        "removed": list(done.removed),
    }
    show(data, as_json, lambda: _backup_text(done))


def _backup_text(done: Backup) -> str:
    survey = done.manifest.survey
    lines = [
        _("{path}: {cases} cases, {events} events, {size} MB; read back and whole.").format(
            path=done.path,
            cases=survey.cases,
            events=survey.events,
            size=round(done.size / 1e6, 1),
        )
    ]
    if count := len(done.manifest.attachments):
        lines.append(
            _("{count} attachments in {folder}.").format(
                count=count, folder=done.path.parent / "attachments"
            )
        )
    lines += [_("Removed: {name}").format(name=name) for name in done.removed]
    if not done.sealed:
        lines.append(_("It is not sealed: names and texts can be read. Set TIJI_BACKUP_KEY."))
    lines.append(_("The data key is not in it: keep a copy of it in another place."))
    return "\n".join(lines)


@click.command(
    help=_(
        """Bring a backup back into an empty TIJI_HOME (and an empty PostgreSQL database), and
        verify it. Nothing is changed where something is already.

        The data key comes from --key, TIJI_DATA_KEY or data.key in the home; TIJI_BACKUP_KEY
        opens a sealed archive. Deliveries that waited are held: they may have arrived since.

        Example: tiji restore tiji-20261123T010000Z.tar.gz --key data.key
        """
    )
)
@click.argument("archive", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help=_("The copy of the data key."),
)
@json_option
def restore(archive: Path, key_file: Path | None, as_json: bool) -> None:
    """Fill an empty home and say what was held and what comes next."""
    from tiji.backup.restoring import restore as run
    from tiji.config import read_settings

    done = run(read_settings(), archive, key_file, tell)
    data = {
        **_facts(done.manifest),
        "held": done.held,
        "pending": [f"{step.owner} {step.revision}" for step in done.pending],
    }
    show(data, as_json, lambda: _restore_text(done))


def _restore_text(done: Restored) -> str:
    survey = done.manifest.survey
    lines = [
        _("{cases} cases, {events} events as of {at}; the log is whole.").format(
            cases=survey.cases, events=survey.events, at=done.manifest.made_at
        )
    ]
    if done.held:
        lines.append(
            _(
                "{count} deliveries to the outside are held, for they may have arrived since: "
                "look at `tiji events failed`, then `tiji events retry`."
            ).format(count=done.held)
        )
    if done.pending:
        lines.append(_("{count} revisions are pending: run `tiji init`.").format(
            count=len(done.pending)))  # fmt: skip
    return "\n".join(lines)


def _facts(manifest: Manifest) -> dict[str, Any]:
    return {
        "made_at": manifest.made_at,
        "database": manifest.database,
        "cases": manifest.survey.cases,
        "events": manifest.survey.events,
        "digest": manifest.survey.digest,
        "attachments": len(manifest.attachments),
    }


def tell(stage: str) -> None:
    """Say on a terminal what is being done; a log of a timer needs none of it."""
    if sys.stderr.isatty():
        click.echo(stage, err=True)
