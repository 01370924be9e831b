"""What is no ledger is refused as a whole, at once, and says why and where."""

from __future__ import annotations

import time
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tiji.errors import RefusedFileError
from tiji.forms.fields import CellContext, Departments, LedgerDate, LedgerText
from tiji.intake.reader import LedgerRow, read_ledger
from tiji.plugins.types import Column, ImportedCase, Ledger


class FakeDirectory:
    def find(self, name: str) -> str | None:
        return "urban" if name == "城管局" else None

    def closest(self, name: str) -> list[str]:
        return []


def _no_case(_values: object) -> ImportedCase:
    raise NotImplementedError


CONTEXT = CellContext(date(2026, 11, 23), FakeDirectory())
LEDGER = Ledger(
    code="test.ledger",
    title="台账",
    to_case=_no_case,
    columns=(
        Column("信访人", "who", LedgerText(), required=True),
        Column("信访事项", "what", LedgerText(), required=True),
        Column("首次信访时间", "first", LedgerDate(allow_future=False)),
        Column("责任单位", "units", Departments(), required=True),
    ),
)
HEAD = ["信访人", "信访事项", "首次信访时间", "责任单位"]
ROW = ["张某某", "办证难", "2019.3", "城管局"]


def read(path: Path) -> list[LedgerRow]:
    return list(read_ledger(path, LEDGER, CONTEXT))


def book(path: Path, rows: list[list[str]]) -> Path:
    path.write_bytes(_workbook(rows))
    return path


def _workbook(rows: list[list[str]], merged: str = "") -> bytes:
    file = BytesIO()
    workbook = xlsxwriter.Workbook(file)
    sheet = workbook.add_worksheet("一")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    if merged:
        sheet.merge_range(merged, "城管局")
    workbook.close()
    return file.getvalue()


NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook {NS} xmlns:r="{REL}"><sheets>'
    '<sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{REL}/worksheet" Target="worksheets/sheet1.xml"/>'
    "</Relationships>",
}
PLAIN = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in HEAD)
PLAIN_ROW = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in ROW)


def by_hand(path: Path, data: str, dimension: str = "A1:F2", more: bytes = b"") -> Path:
    """Write a workbook whose sheet holds exactly these rows."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in PARTS.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + part)
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<?xml version="1.0"?><worksheet {NS}><dimension ref="{dimension}"/>'
            f"<sheetData>{data}</sheetData></worksheet>",
        )
        if more:
            archive.writestr("xl/media/more.bin", more)
    return path


def refused(path: Path, match: str) -> None:
    start = time.process_time()
    with pytest.raises(RefusedFileError, match=match) as caught:
        read_ledger(path, LEDGER, CONTEXT)
    assert time.process_time() - start < 1
    assert path.name in str(caught.value)


# --- bombs


def test_a_dimension_that_lies_harms_nobody(tmp_path: Path) -> None:
    data = f"<row>{PLAIN}</row><row>{PLAIN_ROW}</row>"
    rows = read(by_hand(tmp_path / "t.xlsx", data, "A1:XFD1048576"))
    assert [(row.row, row.rejected) for row in rows] == [(2, [])]


@pytest.mark.parametrize(
    "cell",
    [
        '<row r="1048577"><c r="A1048577"><v>1</v></c></row>',
        '<row r="3"><c r="A9999999999"><v>1</v></c></row>',
        "<row r='9999999'><c><v>1</v></c></row>",
        "<row r='3'><c s='1' r='C99999999'><v>1</v></c></row>",
    ],
)
def test_too_many_rows(tmp_path: Path, cell: str) -> None:
    refused(by_hand(tmp_path / "t.xlsx", f'<row r="1">{PLAIN}</row>{cell}'), "1048576 rows")


@pytest.mark.parametrize(
    "cell", ['<c r="ALM2"><v>1</v></c>', '<c r="XFD2" t="n"><v>1</v></c>', "<c><v>1</v></c>" * 1001]
)
def test_too_many_columns(tmp_path: Path, cell: str) -> None:
    data = f'<row r="1">{PLAIN}</row><row r="2">{cell}</row>'
    refused(by_hand(tmp_path / "t.xlsx", data), "1000 columns")


@pytest.mark.parametrize(
    "cells",
    [
        '<c r="A1"><v>1</v></c><c r="ALL1048576"><v>1</v></c>',
        '<c r="ZZ99999"><v>1</v></c>',
        '<c r="A999999"><v>1</v></c><c r="AZ3"><v>1</v></c>',
    ],
)
def test_a_few_cells_far_apart(tmp_path: Path, cells: str) -> None:
    data = f'<row r="1">{PLAIN}</row><row r="2">{cells}</row>'
    refused(by_hand(tmp_path / "t.xlsx", data), "too far apart")


def test_formatted_empty_cells_far_away_are_no_bomb(tmp_path: Path) -> None:
    data = (
        f'<row r="1">{PLAIN}</row><row r="2">{PLAIN_ROW}</row>'
        '<row r="1048576"><c r="A1048576" s="1"/><c r="XFD1048576" s="1"/></row>'
    )
    rows = read(by_hand(tmp_path / "t.xlsx", data))
    assert len(rows) == 1


def test_a_wide_sheet_within_the_limits_is_read(tmp_path: Path) -> None:
    wide = [f"其他{place}" for place in range(994)]
    rows = read(book(tmp_path / "t.xlsx", [[*HEAD, *wide], [*ROW, *wide]]))
    assert len(rows[0].extra) == 994


def test_a_ratio_over_200(tmp_path: Path) -> None:
    path = by_hand(tmp_path / "t.xlsx", f"<row>{PLAIN}</row>", more=b"\0" * 5_000_000)
    refused(path, "200 times")


def test_more_than_a_gibibyte_declared(tmp_path: Path) -> None:
    path = by_hand(tmp_path / "t.xlsx", f"<row>{PLAIN}</row>", more=b"x")
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (1 << 30).to_bytes(4, "little")
    path.write_bytes(data)
    refused(path, "1 GiB")


def test_an_archive_that_declares_less_than_it_holds(tmp_path: Path) -> None:
    path = by_hand(tmp_path / "t.xlsx", f"<row>{PLAIN}</row>", more=b"x" * 100_000)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    refused(path, "damaged")


def test_a_text_with_too_many_rows_columns_or_characters(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    head = ",".join(HEAD)
    path.write_text(head + "\n1,2" * 1_048_577, "utf-8")
    refused(path, "1048576 rows")
    path.write_text(f"{head}\n{',' * 1000}", "utf-8")
    refused(path, "row 2 .*1000 columns")
    path.write_text(f"{head}\n{'长' * 32_768}", "utf-8")
    refused(path, "row 2 .*32767")
    path.write_text(f"{head}\n{'长' * 5_000_000}", "utf-8")
    refused(path, "line 2 ")


# --- no workbook, encrypted, empty, undecodable


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 and then nothing", "no workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "no workbook"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + bytes(600)
            + "EncryptedPackage".encode("utf-16-le"),
            "password",
        ),
        ("信访人,信访事项,责任单位".encode("utf-16"), "UTF-16"),
        ("信访人,信访事项,责任单位\n张某,\0,".encode(), "row 2 .*binary"),
        (b"<html><table><tr><td>1", "none of the first"),
        (b"\xff\xff\xff\xff", "row 1 "),
    ],
)
def test_what_is_no_ledger(tmp_path: Path, data: bytes, match: str) -> None:
    for name in ("t.xlsx", "t.csv"):
        (tmp_path / name).write_bytes(data)
        refused(tmp_path / name, match)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    refused(tmp_path / "none.csv", "cannot be opened")
    refused(tmp_path, "cannot be opened")


def test_a_truncated_workbook(tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx", [HEAD, ROW])
    path.write_bytes(path.read_bytes()[:-500])
    refused(path, "no workbook|damaged")


LINES = ['台账,"两\n行"', ",".join(HEAD), *[",".join(ROW)] * 40]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("row", [1, 2, 17, 42])
def test_undecodable_bytes_name_the_row(
    tmp_path: Path, encoding: str, ending: str, row: int
) -> None:
    parts = [line.encode("utf-8" if "utf" in encoding else encoding) for line in LINES]
    parts[row - 1] = parts[row - 1] + b"\xff"
    bom = b"\xef\xbb\xbf" if encoding == "utf-8-sig" else b""
    path = tmp_path / "t.csv"
    path.write_bytes(bom + ending.encode().join(parts))
    refused(path, f"row {row} holds bytes")


def test_half_a_character_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for encoding in ("utf-8", "gb18030"):
        path.write_bytes("\n".join([*LINES, "李某"]).encode(encoding)[:-1])
        refused(path, "row 43 holds bytes")


def test_a_broken_byte_far_down_names_its_row(tmp_path: Path) -> None:
    lines = [",".join(HEAD), *[",".join(ROW)] * 60_000]
    for encoding in ("utf-8", "gb18030"):
        parts = [line.encode(encoding) for line in lines]
        parts[54_320] += b"\xff"
        (tmp_path / "t.csv").write_bytes(b"\r\n".join(parts))
        refused(tmp_path / "t.csv", "row 54321 holds bytes")


def test_one_broken_byte_is_never_read_as_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("\n".join(LINES).encode().replace("办证难".encode(), b"\xb0\xec", 1))
    refused(path, "row 3 holds bytes")


def test_a_quotation_mark_that_never_closes(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join([",".join(HEAD), ",".join(ROW), '"李某,,,,,', *LINES[2:]]), "utf-8")
    refused(path, "row 3 .*quotation")


# --- whatever comes


def survives(path: Path) -> None:
    try:
        list(read_ledger(path, LEDGER, CONTEXT))
    except RefusedFileError as error:
        assert path.name in str(error)


FUZZ = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


XLS = Path(__file__).parents[3] / "shared" / "data" / "ledgers" / "messy.xls"


@pytest.mark.skipif(not XLS.is_file(), reason="the sample ledgers are not beside this checkout")
@settings(FUZZ, max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 30_000), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_mutated_xls_is_read_or_refused(tmp_path: Path, changes: list[tuple[int, int]]) -> None:
    data = bytearray(XLS.read_bytes())
    for at, byte in changes:
        data[at] = byte
    path = tmp_path / "t.xls"
    path.write_bytes(data)
    survives(path)


@FUZZ
@given(st.binary() | st.text().map(str.encode) | st.binary().map(b"PK\x03\x04".__add__))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    survives(path)


@FUZZ
@given(st.lists(st.lists(st.text(max_size=8), max_size=8), max_size=8))
def test_any_rows_below_a_header_are_read(tmp_path: Path, rows: list[list[str]]) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    path = tmp_path / "t.csv"
    path.write_text("\n".join([",".join(HEAD), *quoted]).replace("\0", ""), "utf-8", newline="")
    read_rows = read(path)
    assert all(1 < row.row <= len(rows) + 1 for row in read_rows)


WORKBOOK = _workbook([HEAD, ROW, ROW], "D2:D3")


@FUZZ
@given(st.lists(st.tuples(st.integers(0, len(WORKBOOK) - 1), st.integers(0, 255)), max_size=6))
def test_a_mutated_workbook_is_read_or_refused(
    tmp_path: Path, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(WORKBOOK)
    for at, byte in changes:
        data[at] = byte
    path = tmp_path / "t.xlsx"
    path.write_bytes(data)
    survives(path)


@FUZZ
@given(st.data())
def test_mutated_xml_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    """Change the parts themselves and pack them again, so that the check sums are right."""
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(BytesIO(WORKBOOK)) as source, zipfile.ZipFile(path, "w") as target:
        name = data.draw(st.sampled_from([n for n in source.namelist() if "xl/" in n]))
        for part in source.namelist():
            content = bytearray(source.read(part))
            if part == name:
                at = data.draw(st.integers(0, len(content) - 1))
                cut = data.draw(st.integers(0, 12))
                content[at : at + cut] = data.draw(st.binary(max_size=12))
            target.writestr(part, bytes(content))
    survives(path)
