"""An OpenDocument sheet gives the same rows as a workbook."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest
from tests.unit.test_ledger_reader import CONTEXT, HEAD, LEDGER

from tiji.errors import RefusedFileError
from tiji.forms.cells import PartialDate
from tiji.intake.reader import read_ledger

KIND = "application/vnd.oasis.opendocument.spreadsheet"
HEAD_XML = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
    "<office:body><office:spreadsheet>"
)
TAIL_XML = "</office:spreadsheet></office:body></office:document-content>"
#: A formatted tail, as programs write it: tens of thousands of empty rows in one element.
EMPTY = (
    '<table:table-row table:number-rows-repeated="40000">'
    '<table:table-cell table:number-columns-repeated="6"/></table:table-row>'
)


def cell(value: object) -> str:
    if isinstance(value, date):
        kind = f'office:value-type="date" office:date-value="{value.isoformat()}"'
    elif isinstance(value, int):
        kind = f'office:value-type="float" office:value="{value}"'
    else:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell>"


def ods(path: Path, *sheets: list[list[object]]) -> Path:
    tables = "".join(
        f'<table:table table:name="第{no}表">'
        + "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
        + f"{EMPTY}</table:table>"
        for no, rows in enumerate(sheets, 1)
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{KIND}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", KIND, zipfile.ZIP_STORED)
        book.writestr("META-INF/manifest.xml", manifest)
        book.writestr("content.xml", HEAD_XML + tables + TAIL_XML, zipfile.ZIP_DEFLATED)
    return path


def test_rows_of_an_open_document(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        list(HEAD),
        ["张某某", 13800000000, "办证难", date(2019, 3, 5), 3, "城管局"],
        ["合计", "", "", "", "", ""],
        ["李某", "", "路灯不亮", "2020年", "2次", "市住建局"],
    ]
    reading = read_ledger(ods(tmp_path / "t.ods", rows, [["填表说明"]]), LEDGER, CONTEXT)
    found = list(reading)
    assert [(row.sheet, row.row) for row in found] == [("第1表", 2), ("第1表", 4)]
    assert found[0].values["phone"] == "13800000000"
    assert found[0].values["first"] == PartialDate(date(2019, 3, 5))
    assert found[1].values["first"] == PartialDate(date(2020, 1, 1), "year")
    assert (reading.read, reading.skipped, reading.sheets_skipped) == (2, 1, ["第2表"])
    assert not any(row.rejected or row.warned for row in found)


def test_a_broken_open_document_is_refused(tmp_path: Path) -> None:
    path = ods(tmp_path / "t.ods", [list(HEAD)])
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(RefusedFileError):
        read_ledger(path, LEDGER, CONTEXT)
