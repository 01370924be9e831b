"""Of what kind a file is, by what it holds; what cannot be opened safely is refused (S27)."""

from __future__ import annotations

import mmap
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from tiji.attachments import rules
from tiji.attachments.rules import FileType, ending_of, unknown_type
from tiji.errors import RefusedFileError
from tiji.i18n import _

_MARKS = (
    (b"%PDF-", rules.PDF),
    (b"\xff\xd8\xff", rules.JPEG),
    (b"\x89PNG\r\n\x1a\n", rules.PNG),
)
_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEIC = (b"heic", b"heix", b"heif", b"hevc", b"mif1", b"msf1")

#: The part that makes a package what it is.
_PARTS = {"word/document.xml": rules.DOCX, "xl/workbook.xml": rules.XLSX, "OFD.xml": rules.OFD}
MOST_PARTS = 4000
MOST_UNPACKED = 300 * rules.MIB
HIGHEST_RATIO = 200
#: A part that unpacks to less than this is harmless, however well it was packed.
HARMLESS = rules.MIB

_CONTROL = bytes(sign for sign in range(32) if sign not in b"\t\n\r\f")
_ENCODINGS = ("utf-8-sig", "gb18030")


def recognise(path: Path, name: str) -> FileType:
    """Tell of what kind a file is; ``name`` is for messages, and parts CSV from text.

    Raises RefusedFileError for a kind that is not taken, a bomb, macros, a password.
    """
    with path.open("rb") as file:
        head = file.read(32)
    for mark, kind in _MARKS:
        if head.startswith(mark):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return rules.WEBP
    if head.startswith(_ZIP):
        return _package(path, name)
    if head.startswith(_COMPOUND):
        return _compound(path, name)
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        raise RefusedFileError(
            _("{name} is a HEIC picture. Save or send it as JPG.").format(name=name)
        )
    return _text(path, name)


def _package(path: Path, name: str) -> FileType:
    """Look at what a package declares; nothing of it is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, ValueError):
        raise _damaged(name) from None
    _check_declared(parts, name)
    names = {part.filename for part in parts}
    if any(part.rpartition("/")[2].lower() == "vbaproject.bin" for part in names):
        raise _macros(name)
    for part, kind in _PARTS.items():
        if part in names:
            return kind
    raise RefusedFileError(
        _("{name} is an archive. Unpack it and send the files in it.").format(name=name)
    )


def _check_declared(parts: Sequence[zipfile.ZipInfo], name: str) -> None:
    if any(part.flag_bits & 1 for part in parts):
        raise _protected(name)
    unpacked = sum(part.file_size for part in parts)
    steep = any(
        part.file_size > max(HARMLESS, HIGHEST_RATIO * max(part.compress_size, 1)) for part in parts
    )
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or steep:
        raise RefusedFileError(
            _("{name} unpacks to far more than it is. Save it again, or as PDF.").format(name=name)
        )


def _entry(name: str) -> bytes:
    """Write a compound file's directory entry as far as its name goes."""
    text = name.encode("utf-16-le")
    return text.ljust(64, b"\0") + struct.pack("<H", len(text) + 2)


def _compound(path: Path, name: str) -> FileType:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:

        def holds(*entries: str) -> bool:
            return any(whole.find(_entry(entry)) >= 0 for entry in entries)

        if holds("EncryptedPackage"):
            raise _protected(name)
        if holds("_VBA_PROJECT", "_VBA_PROJECT_CUR"):
            raise _macros(name)
        if holds("WordDocument"):
            return rules.DOC
        if holds("Workbook", "Book"):
            return rules.XLS
    raise unknown_type(name)


def _text(path: Path, name: str) -> FileType:
    content, ending = path.read_bytes(), ending_of(name)
    kind = {"csv": rules.CSV, "txt": rules.TXT, "": rules.TXT}.get(ending)
    plain = content.translate(None, _CONTROL) == content
    if kind is None or not content or not plain or not any(_reads(content, e) for e in _ENCODINGS):
        raise unknown_type(name)
    return kind


def _reads(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _damaged(name: str) -> RefusedFileError:
    return RefusedFileError(_("{name} is damaged. Save it again.").format(name=name))


def _protected(name: str) -> RefusedFileError:
    return RefusedFileError(
        _("{name} is protected by a password. Save it without one.").format(name=name)
    )


def _macros(name: str) -> RefusedFileError:
    return RefusedFileError(
        _("{name} holds macros. Save it without them, or as PDF.").format(name=name)
    )
