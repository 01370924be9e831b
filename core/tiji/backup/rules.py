"""What an archive says of itself, how it is called, and which old ones may go."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from tiji.errors import RefusedFileError
from tiji.i18n import _

FORMAT = 1
MANIFEST = "manifest.json"
DATABASES = {"sqlite": "tiji.db", "postgresql": "tiji.dump"}
CALENDARS = "calendars"
ATTACHMENTS = "attachments"
PARTIAL = ".partial"

#: The names that the program gives; no other file in a folder of backups is ever removed.
OWN_NAME = re.compile(r"tiji-\d{8}T\d{6}Z\.(?:tar\.gz|sealed)")


@dataclass(frozen=True, slots=True)
class Member:
    """Name one file, in the archive or beside it, by a path relative to the home."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Survey:
    """Say what a database holds; ``digest`` covers where the log of every case ends.

    ``revisions`` holds each owner's migration: core's and every plugin's with tables.
    """

    cases: int
    events: int
    digest: str
    revisions: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Say what an archive holds; ``key_check`` tells whether a data key is the right one."""

    format: int = FORMAT
    made_at: str
    tiji: str
    database: str
    survey: Survey
    key_check: str
    members: tuple[Member, ...]
    attachments: tuple[Member, ...] = field(default=())

    def to_text(self) -> str:
        """Write it as it stands in the archive."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)


def read_manifest(text: bytes) -> Manifest:
    """Read what :meth:`Manifest.to_text` wrote; raise RefusedFileError if it cannot be trusted."""
    try:
        values: dict[str, Any] = json.loads(text)
        if values["format"] > FORMAT:
            raise RefusedFileError(
                _("This archive was made by Tiji {version}; restore it with that or a newer one.")
                .format(version=values["tiji"])
            )  # fmt: skip
        values["survey"] = Survey(**values["survey"])
        values |= {name: _members(values[name]) for name in ("members", "attachments")}
        manifest = Manifest(**values)
        _check_paths(manifest)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise damaged() from None
    return manifest


def _members(values: Iterable[dict[str, Any]]) -> tuple[Member, ...]:
    return tuple(Member(**value) for value in values)


def _check_paths(manifest: Manifest) -> None:
    """Let no path lead out of the home, and none be there twice."""
    wanted = [(member.path, CALENDARS) for member in manifest.members[1:]]
    wanted += [(member.path, ATTACHMENTS) for member in manifest.attachments]
    for path, folder in wanted:
        parts = PurePosixPath(path).parts
        if len(parts) < 2 or parts[0] != folder or ".." in parts or "/".join(parts) != path:
            raise ValueError(path)
    if manifest.members[0].path != DATABASES[manifest.database]:
        raise ValueError(manifest.members[0].path)
    if len({path for path, _folder in wanted}) != len(wanted):
        raise ValueError("a path is there twice")


def damaged() -> RefusedFileError:
    """Say that an archive is not what was written, and what to do."""
    return RefusedFileError(
        _("The archive is damaged or cut off, or it is none of Tiji's; take another one.")
    )


def archive_name(moment: datetime, sealed: bool) -> str:
    """Name an archive by its time."""
    suffix = "sealed" if sealed else "tar.gz"
    return f"tiji-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}.{suffix}"


def too_old(names: Iterable[str], keep: int) -> list[str]:
    """Choose which archives go so that the newest ``keep`` stay; other files are never chosen."""
    own = sorted(name for name in names if OWN_NAME.fullmatch(name))
    return own[: max(len(own) - keep, 0)]


def left_over(names: Iterable[str]) -> list[str]:
    """Choose what a backup left behind that was killed."""
    return [n for n in names if n.endswith(PARTIAL) and OWN_NAME.fullmatch(n[: -len(PARTIAL)])]
