"""Where uploaded ledgers lie: by what they hold, readable by the program alone, for some weeks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, NamedTuple

from tiji.errors import RefusedFileError
from tiji.intake.rules import MOST_BYTES, too_large
from tiji.runtime import runtime

#: A folder of the home, not of the backups: what an import needs from it, cases have.
FOLDER = "uploads"
_CHUNK = 1 << 18


class Received(NamedTuple):
    """A file that came in: where it is until it is kept, its hash and its size."""

    path: Path
    sha256: str
    size: int


@contextmanager
def receiving(stream: IO[bytes], name: str) -> Iterator[Received]:
    """Receive a file, no longer than is taken; it is gone after the block unless it was kept."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix="incoming-", delete=False) as file:
        path = Path(file.name)
        try:
            digest, size = sha256(), 0
            while block := stream.read(_CHUNK):
                size += len(block)
                if size > MOST_BYTES:
                    raise too_large(name)
                digest.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
            yield Received(path, digest.hexdigest(), size)
        finally:
            path.unlink(missing_ok=True)


def keep(received: Received) -> None:
    """Put a received file in its place."""
    place, now = place_of(received.sha256), runtime().clock.now().timestamp()
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.utime(received.path, (now, now))
    received.path.replace(place)


def place_of(digest: str) -> Path:
    """Say where a file lies."""
    return _folder() / digest[:2] / digest


def drop(digest: str, before: datetime) -> None:
    """Remove a file, unless it has come in again since ``before``."""
    place = place_of(digest)
    if place.exists() and place.stat().st_mtime < before.timestamp():
        place.unlink(missing_ok=True)


@contextmanager
def named(path: Path, name: str) -> Iterator[None]:
    """Let a refusal call a file by the name that people know."""
    try:
        yield
    except RefusedFileError as error:
        raise RefusedFileError(str(error).replace(path.name, name)) from None


def _folder() -> Path:
    return runtime().settings.home / FOLDER


def drop_strays(age: timedelta) -> None:
    """Remove what uploads left behind that were cut off."""
    before = runtime().clock.now().timestamp() - age.total_seconds()
    for path in _folder().glob("incoming-*"):
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
