"""Checkpoint files: what a body outside keeps, so that nobody inside can rewrite the log."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tiji import __version__
from tiji.errors import BadInputError, RefusedFileError
from tiji.i18n import _

FORMAT = "tiji-checkpoint"
VERSION = 1
_NAMES = f"{FORMAT}-*.json"
#: A checkpoint is a few hundred bytes; nobody reads a disk image as one.
_LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Say how the log stood: the Merkle root over the first ``leaves`` heads that were witnessed.

    ``at`` is the time in UTC; ``cases`` counts the cases there were. Nothing in it is personal.
    """

    at: str
    leaves: int
    root: str
    cases: int
    tiji: str = __version__

    def to_json(self) -> dict[str, Any]:
        """Give the file's content as plain data."""
        return {"format": FORMAT, "version": VERSION, **asdict(self)}

    def text(self) -> str:
        """Write the file's content."""
        return json.dumps(self.to_json(), indent=2) + "\n"


class Kept(NamedTuple):
    """A checkpoint that was read, and from which file."""

    file: str
    checkpoint: Checkpoint


def check_writable(path: Path) -> None:
    """Raise BadInputError for a file that is there already: evidence is never overwritten."""
    if path.is_dir():
        return
    if path.exists():
        raise BadInputError(
            _("{path} is there already: evidence is not overwritten; name another file.").format(
                path=path
            )
        )
    if not path.parent.is_dir():
        raise BadInputError(_("There is no folder {path}.").format(path=path.parent))


def write_checkpoint(checkpoint: Checkpoint, path: Path) -> Path:
    """Write a checkpoint so that the file is there whole, or not at all; return its path.

    In a folder it is named by its time. Raises BadInputError as :func:`check_writable` does.
    """
    check_writable(path)
    if path.is_dir():
        path = _free_name(path, checkpoint)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".tiji-checkpoint-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(checkpoint.text())
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return path


def _free_name(folder: Path, checkpoint: Checkpoint) -> Path:
    moment = "".join(sign for sign in checkpoint.at.partition(".")[0] if sign.isalnum())
    found, again = folder / f"{FORMAT}-{moment}Z.json", 1
    while found.exists():
        again += 1
        found = folder / f"{FORMAT}-{moment}Z-{again}.json"
    return found


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    # Some network mounts do not sync folders; the file itself is safe by now.
    with suppress(OSError):
        os.fsync(handle)
    os.close(handle)


def read_checkpoints(paths: Iterable[Path]) -> list[Kept]:
    """Read checkpoint files, and all of those in folders, the smallest first.

    Raises BadInputError where there is none (a place that is not mounted proves nothing),
    RefusedFileError for a file that is no checkpoint.
    """
    found: list[Kept] = []
    for path in paths:
        files = sorted(path.glob(_NAMES)) if path.is_dir() else [path]
        if not files or not all(file.is_file() for file in files):
            raise BadInputError(_("There is no checkpoint at {path}.").format(path=path))
        found += [Kept(str(file), _read(file)) for file in files]
    return sorted(found, key=lambda kept: kept.checkpoint.leaves)


def _read(path: Path) -> Checkpoint:
    try:
        with path.open("rb") as file:
            data = json.loads(file.read(_LARGEST))
        if (data["format"], data["version"]) != (FORMAT, VERSION):
            raise ValueError(data["version"])
        names = ("at", "leaves", "root", "cases", "tiji")
        found = Checkpoint(**{name: data[name] for name in names})
        if not _is_sound(found):
            raise ValueError(found)
    except (ValueError, KeyError, TypeError):
        raise RefusedFileError(
            _("{path} is no checkpoint of this version, or it is damaged.").format(path=path)
        ) from None
    return found


def _is_sound(found: Checkpoint) -> bool:
    counts = (found.leaves, found.cases)
    return all(type(n) is int and n >= 0 for n in counts) and len(bytes.fromhex(found.root)) == 32
