"""A ledger's template: its columns with notes and choices, and an example row that imports."""

from __future__ import annotations

from pathlib import Path

from tiji.forms.fields import Word
from tiji.i18n import _
from tiji.plugins.types import Ledger

#: Rows for which a template offers its drop-downs.
PREPARED_ROWS = 2000


def write_template(ledger: Ledger, path: Path) -> None:
    """Write an empty ledger to fill in; required columns carry a ``*``."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("台账")
        required = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
        optional = book.add_format({"bold": True, "border": 1})
        text = book.add_format({"num_format": "@"})
        for place, column in enumerate(ledger.columns):
            name = f"{column.name}*" if column.required else column.name
            sheet.set_column(place, place, max(12, 2 * len(column.name) + 4), text)
            sheet.write_string(0, place, name, required if column.required else optional)
            if note := _note(column.required, column.aliases):
                sheet.write_comment(0, place, note)
            if isinstance(column.field, Word):
                choices = {"validate": "list", "source": list(column.field.choices)}
                sheet.data_validation(1, place, PREPARED_ROWS, place, choices)
            sheet.write_string(1, place, ledger.example.get(column.name, ""), text)
        sheet.freeze_panes(1, 0)


def _note(required: bool, aliases: tuple[str, ...]) -> str:
    notes = [_("Must be filled in.")] if required else []
    if aliases:
        notes.append(_("May also be headed: {names}.").format(names="、".join(aliases)))
    return " ".join(notes)
