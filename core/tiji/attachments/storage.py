"""Where the files lie: by what they hold, outside of what the web serves (S26)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, cast
from uuid import uuid4

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from tiji.runtime import runtime

#: The folder of the home whose files backups carry.
FOLDER = "attachments"
#: Where files are while they come in: beside, so that no backup meets half a file.
INCOMING = "incoming"


@contextmanager
def incoming() -> Iterator[IO[bytes]]:
    """Give an empty file to receive into; it is gone after the block."""
    folder = runtime().settings.home / INCOMING
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, delete=False) as file:
        path = Path(file.name)
        try:
            yield cast(IO[bytes], file)
        finally:
            path.unlink(missing_ok=True)


def keep(source: Path, sha256: str) -> None:
    """Put a file in its place; the place holds all of it, for good, or nothing."""
    files, place = _place(sha256)
    if isinstance(files, LocalFileSystem):
        _keep_here(source, Path(place))
    elif not files.exists(place):
        files.makedirs(place.rpartition("/")[0], exist_ok=True)
        files.put_file(str(source), place)


def _keep_here(source: Path, place: Path) -> None:
    if place.exists():
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = place.with_name(f".{place.name}.{uuid4().hex}")
    try:
        with partial.open("xb") as target, source.open("rb") as whole:
            os.chmod(partial, 0o600)
            while block := whole.read(1 << 20):
                target.write(block)
            target.flush()
            os.fsync(target.fileno())
        partial.replace(place)
    finally:
        partial.unlink(missing_ok=True)
    _sync(place.parent)


def _sync(folder: Path) -> None:
    """Let the folder's own entry outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_kept(sha256: str) -> bool:
    """Tell whether a file is in its place."""
    files, place = _place(sha256)
    return bool(files.exists(place))


def opened(sha256: str) -> IO[bytes]:
    """Open a file to read; raises FileNotFoundError where it is missing."""
    files, place = _place(sha256)
    return cast(IO[bytes], files.open(place, "rb"))


def drop(sha256: str) -> None:
    """Remove a file."""
    files, place = _place(sha256)
    if files.exists(place):
        files.rm_file(place)


def kept_under(prefix: str) -> list[str]:
    """List the files whose hash begins with two digits."""
    files, root = _root()
    folder = f"{root}/{prefix}"
    if not files.exists(folder):
        return []
    return sorted(path.rpartition("/")[2] for path in files.find(folder))


def _place(sha256: str) -> tuple[AbstractFileSystem, str]:
    files, root = _root()
    return files, f"{root}/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _root() -> tuple[AbstractFileSystem, str]:
    settings = runtime().settings
    files, root = url_to_fs(settings.attachments or str(settings.home / FOLDER))
    return files, root.rstrip("/")
