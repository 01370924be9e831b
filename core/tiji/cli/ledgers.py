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

        --withdraw takes an import back within 24 hours, by its number and without LEDGER and
        FILE: its cases end, the personal data in them are erased, their rows can be imported
        again. Cases that somebody has worked on keep it from being withdrawn, or stay with --rest.

        Exit code: 0 all rows entered, 3 some were rejected, 1 the file was refused.

        Example: tiji import petitions.backlog 积案台账.xlsx --rejects 退回.xlsx
        """
    ),
)
@click.argument("ledger", required=False)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--dry-run", is_flag=True, help=_("Say what would happen; change nothing."))
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT.xlsx",
    help=_("Write the rejected rows with what to mend."),
)
@click.option("--as", "actor", metavar="OFFICER", help=_("Who imports; the log names him or her."))
@click.option("--withdraw", "number", metavar="IMPORT", help=_("Take an import back, as --as."))
@click.option("--rest", is_flag=True, help=_("Withdraw what nobody has worked on; leave the rest."))
@json_option
@click.pass_context
def import_(
    ctx: click.Context,
    ledger: str | None,
    file: Path | None,
    dry_run: bool,
    rejects: Path | None,
    actor: str | None,
    number: str | None,
    rest: bool,
    as_json: bool,
) -> None:
    """Import a ledger, or take an import back."""
    if number is not None:
        if ledger or file or dry_run or rejects:
            raise click.UsageError(_("--withdraw goes without LEDGER, FILE and their options."))
        if actor is None:
            raise click.UsageError(_("--withdraw needs --as OFFICER: the log names who it was."))
        _withdraw(number, actor, rest, as_json)
    elif ledger is None or file is None:
        raise click.UsageError(_("Give LEDGER and FILE, or --withdraw IMPORT."))
    else:
        _import(ctx, ledger, file, dry_run, rejects, actor, as_json)


@with_app
def _withdraw(number: str, actor: str, rest: bool, as_json: bool) -> None:
    """Take an import back and say how far."""
    from tiji.intake.withdrawing import withdraw_import

    done = withdraw_import(number, actor, rest=rest)
    text = _("{number}: {withdrawn} cases withdrawn, {kept} left as they are.")
    show(done, as_json, lambda: text.format(**done))


@with_app
def _import(
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
    if report.number and report.imported:
        text = _("Import {number}: `tiji import --withdraw {number}` takes it back for 24 hours.")
        lines.append(text.format(number=report.number))
    if rejects and report.rejected:
        text = _("Rejected rows: {path}. Mend them there and import that file.")
        lines.append(text.format(path=rejects))
    return "\n".join(lines)
