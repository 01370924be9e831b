"""Which files a case takes, how many, and by what name they are shown."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from tiji.clock import local
from tiji.errors import RefusedFileError, RuleError
from tiji.i18n import _
from tiji.privacy import mask_text

MIB = 1 << 20
MOST_BYTES = 20 * MIB
#: How many files one case carries, and how many of them its client brings.
MOST_IN_CASE, MOST_FROM_CLIENT = 50, 10
LONGEST_NAME = 120
#: A file whose case never came goes after this.
PENDING_FOR = timedelta(hours=24)
#: A removed file can be had back from the administrator for so long.
REMOVED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class FileType:
    """Name a kind of file that is taken: its media type, and the endings that belong to it."""

    media: str
    endings: tuple[str, ...]
    image: bool = False


_OFFICE = "application/vnd.openxmlformats-officedocument"
PDF = FileType("application/pdf", ("pdf",))
JPEG = FileType("image/jpeg", ("jpg", "jpeg", "jpe", "jfif"), image=True)
PNG = FileType("image/png", ("png",), image=True)
WEBP = FileType("image/webp", ("webp",), image=True)
DOCX = FileType(f"{_OFFICE}.wordprocessingml.document", ("docx",))
XLSX = FileType(f"{_OFFICE}.spreadsheetml.sheet", ("xlsx",))
DOC = FileType("application/msword", ("doc", "wps"))
XLS = FileType("application/vnd.ms-excel", ("xls", "et"))
OFD = FileType("application/ofd", ("ofd",))
TXT = FileType("text/plain", ("txt",))
CSV = FileType("text/csv", ("csv",))
TYPES = (PDF, JPEG, PNG, WEBP, DOCX, XLSX, DOC, XLS, OFD, TXT, CSV)
#: What a file field offers to choose from. A phone that takes HEIC pictures sends them as JPEG.
ENDINGS = tuple(f".{ending}" for kind in TYPES for ending in kind.endings)
MEDIA = {kind.media for kind in TYPES}

#: Signs that no system should meet in a file's name.
_UNFIT = re.compile(r'[<>:"|?*]')
_PATH = re.compile(r".*[/\\]", re.DOTALL)


def plain_name(name: str) -> str:
    """Give a name without path and without signs that could make it look like another one."""
    text = _PATH.sub("", unicodedata.normalize("NFC", name))
    text = "".join(" " if sign.isspace() else sign for sign in text if _is_seen(sign))
    return mask_text(_UNFIT.sub("_", " ".join(text.split())))[-2 * LONGEST_NAME :]


def shown_name(name: str, kind: FileType) -> str:
    """Give the name by which a file is shown: plain, short, with an ending that is true.

    It is never part of a path. Numbers of persons inside are masked.
    """
    text = plain_name(name)
    stem, dot, ending = text.rpartition(".")
    if not dot or ending.lower() not in kind.endings:
        stem, ending = text, kind.endings[0]
    stem = stem.strip(" .")[: LONGEST_NAME - len(ending) - 1].rstrip(" .")
    stem = stem or _("file")
    return f"{stem}.{ending.lower()}"


def _is_seen(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def ending_of(name: str) -> str:
    """Give a name's ending, in small letters."""
    return name.rpartition(".")[2].strip().lower() if "." in name else ""


def pending_key(pending: str) -> str:
    """Hash the word under which a visitor's files wait: who reads the table cannot use it."""
    return sha256(b"tiji pending\0" + pending.encode()).hexdigest()


def require_room(in_case: int, from_client: int, *, client: bool) -> None:
    """Raise RuleError where a case carries as many files as it may."""
    if client and from_client >= MOST_FROM_CLIENT:
        raise RuleError(
            "too-many-files",
            _("{most} files can be sent with one request; these are all there.").format(
                most=MOST_FROM_CLIENT
            ),
            _("Put several pages into one file, or remove a file first."),
        )
    if in_case >= MOST_IN_CASE:
        raise RuleError(
            "too-many-files",
            _("A case carries {most} files, and this one does.").format(most=MOST_IN_CASE),
            _("Put several pages into one file, or remove a file first."),
        )


def is_fresh(at: datetime, now: datetime) -> bool:
    """Tell whether a file was added on the same day, while who added it may take it back."""
    return local(at).date() == local(now).date()


def too_large(name: str) -> RefusedFileError:
    """Say that a file is larger than what is taken."""
    return RefusedFileError(
        _("{name} is larger than {most} MB. Make it smaller, or send it in parts.").format(
            name=name, most=MOST_BYTES // MIB
        )
    )


def unknown_type(name: str) -> RefusedFileError:
    """Say that a file is of no kind that is taken."""
    return RefusedFileError(
        _(
            "{name} is of no kind that is taken. Send a PDF, a picture (JPG, PNG, WebP), a Word "
            "or Excel file, OFD, text or CSV."
        ).format(name=name)
    )
