"""``tiji ledgers`` and ``tiji import``: historical cases from the ledgers that bureaus keep."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tiji.cli.context import json_option, show, with_app
from tiji.errors import RefusedFileError, TijiError
from tiji.i18n import _

if TYPE_CHECKING:
    from tiji.intake.actions import ImportReport

#: Rejected rows that the text output lists; all of them are in the JSON and in --rejects.
LISTED = 20


@click.group(
    invoke_without_command=True,
    help=_(
        """List the ledgers that the installed bureaus read, with their columns.

        Example: tiji ledgers
        """
    ),
)
@json_option
@click.pass_context
def ledgers(ctx: click.Context, as_json: bool) -> None:
    """List ledgers, unless a command of the group is called."""
    if ctx.invoked_subcommand is None:
        _list(as_json)


@with_app
def _list(as_json: bool) -> None:
    from tiji.runtime import runtime

    found = [
        {
            "code": ledger.code,
            "title": ledger.title,
            "columns": [
                {"name": c.name, "aliases": list(c.aliases), "required": c.required}
                for c in ledger.columns
            ],
        }
        for ledger in runtime().plugins.ledgers()
    ]
    show({"ledgers": found}, as_json, lambda: "\n".join(_lines(found)))


def _lines(found: list[dict[str, Any]]) -> list[str]:
    from tiji.cli.columns import wrapped

    return [
        "\n".join(
            [
                f"{ledger['code']}  {ledger['title']}",
                *wrapped(
                    [c["name"] + ("*" if c["required"] else "") for c in ledger["columns"]], "  "
                ),
            ]
        )
        for ledger in found
    ]


@ledgers.command(
    help=_(
        """Write an empty workbook for LEDGER with notes, choices and an example row.

        Example: tiji ledgers template petitions.backlog backlog.xlsx
        """
    )
)
@click.argument("ledger")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@with_app
def template(ledger: str, out: Path) -> None:
    """Write a ledger's template."""
    from tiji.intake.actions import find_ledger
    from tiji.intake.template import write_template

    found = find_ledger(ledger)
    _writable(out)
    write_template(found, out)
    click.echo(_("Written: {path}").format(path=out))


def _writable(out: Path) -> None:
    if not out.resolve().parent.is_dir():
        raise TijiError(_("There is no folder {path}.").format(path=out.resolve().parent))


@click.command(
    "import",
    help=_(
        """Import historical cases from FILE, a ledger of the kind LEDGER. The same file again
        changes nothing; an interrupted import is simply run again.

        Exit code: 0 all rows entered, 3 some were rejected, 1 the file was refused.

        Example: tiji import petitions.backlog 积案台账.xlsx --rejects 退回.xlsx
        """
    ),
)
@click.argument("ledger")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help=_("Say what would happen; change nothing."))
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT.xlsx",
    help=_("Write the rejected rows with what to mend."),
)
@click.option("--as", "actor", metavar="OFFICER", help=_("Who imports; the log names him or her."))
@json_option
@click.pass_context
@with_app
def import_(
    ctx: click.Context,
    ledger: str,
    file: Path,
    dry_run: bool,
    rejects: Path | None,
    actor: str | None,
    as_json: bool,
) -> None:
    """Import a ledger and say what became of every row."""
    from tiji.intake.actions import import_ledger

    if not file.exists():
        raise RefusedFileError(_("There is no file {path}.").format(path=file))
    if rejects:
        _writable(rejects)
    report = import_ledger(
        ledger, file, dry_run=dry_run, rejects=rejects, actor=actor, progress=_progress()
    )
    show(report.to_json(), as_json, lambda: import_text(report, rejects))
    ctx.exit(3 if report.rejected else 0)


def _progress() -> Callable[[int], None]:
    """Show the rows read so far, on a terminal only."""
    if not sys.stderr.isatty():
        return lambda _rows: None
    return lambda rows: click.echo(
        "\r" + _("{rows} rows read").format(rows=rows), nl=False, err=True
    )


def import_text(report: ImportReport, rejects: Path | None = None) -> str:
    """Say in a few lines what an import did."""
    from tiji.cases.words import listed

    counts = report.to_json() | {"rejected": len(report.rejected), "warned": len(report.warned)}
    lines = [
        _(
            "{file}: {read} rows read: {imported} imported, {updated} updated, {unchanged} "
            "unchanged, {conflicts} conflicts, {rejected} rejected. {warned} entered with a "
            "warning, {skipped} rows skipped."
        ).format(**counts)
    ]
    if report.dry_run:
        lines.append(_("This was a rehearsal: nothing was changed."))
    if report.sheets_skipped:
        names = listed(report.sheets_skipped)
        lines.append(_("Sheets without this ledger's header, skipped: {names}").format(names=names))
    for mark, entries in (("✗", report.rejected), ("!", report.warned)):
        place = _("  {mark} {sheet}, row {row}: {reason}")
        lines += [place.format(mark=mark, **e._asdict()) for e in entries[:LISTED]]
        if len(entries) > LISTED:
            lines.append(_("  … and {count} more").format(count=len(entries) - LISTED))
    for entry in report.conflict_cases[:LISTED]:
        text = _("  ≠ {sheet}, row {row}: an officer has acted on {case}; nothing was overwritten.")
        lines.append(text.format(**entry))
    for entry in report.erased_cases[:LISTED]:
        text = _(
            "  ∅ {sheet}, row {row}: the personal data of {case} were erased and stay so; "
            "take the row out of the ledger too."
        )
        lines.append(text.format(**entry))
    if report.resembling:
        text = _("{count} new rows resemble open cases: `tiji case similar` shows which.")
        lines.append(text.format(count=report.resembling))
    if rejects and report.rejected:
        text = _("Rejected rows: {path}. Mend them there and import that file.")
        lines.append(text.format(path=rejects))
    return "\n".join(lines)
