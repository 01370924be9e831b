"""Files as people bring them: pictures, papers, and what only looks like one."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import Any

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
#: Where the picture was taken, as a phone writes it.
PLACE = "GPS-IN-PHOTO"


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), turned: bool = False) -> bytes:
    """Make a picture with a red left half and with metadata."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x010E] = PLACE  # ImageDescription
    if turned:
        exif[0x0112] = 6  # Orientation: turn right to see it upright
    more: dict[str, Any] = {"exif": exif}
    if kind == "PNG":
        more["pnginfo"] = PngInfo()
        more["pnginfo"].add_text("Comment", PLACE)
    file = io.BytesIO()
    image.save(file, kind, **more)
    assert PLACE.encode() in file.getvalue()
    return file.getvalue()


def package(*parts: str, content: bytes = b"<x/>") -> bytes:
    """Make a package with some parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.writestr(part, content)
    return file.getvalue()


DOCX = package("[Content_Types].xml", "word/document.xml")
XLSX = package("[Content_Types].xml", "xl/workbook.xml")
OFD = package("OFD.xml", "Doc_0/Document.xml")


def compound(*entries: str) -> bytes:
    """Make the beginning of a compound file with some directory entries."""
    names = (entry.encode("utf-16-le") for entry in entries)
    written = b"".join(n.ljust(64, b"\0") + struct.pack("<H", len(n) + 2) for n in names)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + written + bytes(128)
