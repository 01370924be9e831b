"""The rejected rows as a workbook: as they stood, with what to mend, ready to import again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO


@dataclass(slots=True)
class Rejects:
    """Collect rejected rows by sheet and write them at the end, if a file is wanted.

    They are kept for :meth:`write_to` too where ``kept`` says so.
    """

    path: Path | None
    reason: str
    kept: bool = False
    sheets: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def add(self, sheet: str, row: dict[str, str], reason: str) -> None:
        """Keep one row with what is wrong with it."""
        if self.path is not None or self.kept:
            self.sheets.setdefault(sheet, []).append({**row, self.reason: reason})

    def write(self) -> None:
        """Write the workbook beside its place and put it there whole; nothing rejected, no file."""
        if self.path is None or not self.sheets:
            return
        part = self.path.with_name(self.path.name + ".part")
        self.write_to(str(part))
        part.replace(self.path)

    def write_to(self, target: str | BinaryIO) -> None:
        """Write the workbook; every cell is text, whatever it begins with (S21)."""
        import xlsxwriter

        with xlsxwriter.Workbook(target, {"strings_to_formulas": False}) as book:
            for no, rows in enumerate(self.sheets.values(), start=1):
                sheet = book.add_worksheet(f"{no}")
                headers = list(dict.fromkeys(name for row in rows for name in row))
                bold = book.add_format({"bold": True, "text_wrap": True})
                text = book.add_format({"num_format": "@"})
                for column, name in enumerate(headers):
                    sheet.write_string(0, column, name, bold)
                for line, row in enumerate(rows, start=1):
                    for column, name in enumerate(headers):
                        sheet.write_string(line, column, row.get(name, ""), text)
                sheet.set_column(0, len(headers) - 1, 16)
                sheet.freeze_panes(1, 0)
