"""One file: a compressed tar, its manifest first, sealed where there is a key."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tiji.backup.rules import MANIFEST, Manifest, Member, damaged, read_manifest
from tiji.backup.sealing import MAGIC, SealedReader, SealedWriter
from tiji.errors import TijiError
from tiji.i18n import _

Tell = Callable[[str], None]

_BLOCK = 1 << 20
_LARGEST_MANIFEST = 1 << 30


def describe(path: Path, name: str) -> Member:
    """Measure and hash a file that stands under ``name`` in the home."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Member(name, path.stat().st_size, digest)


def write_archive(
    path: Path, manifest: Manifest, files: Mapping[str, Path], secret: str | None, tell: Tell
) -> None:
    """Write the manifest and its members, whose files are given by name, down to the disk."""
    whole = sum(member.size for member in manifest.members) or 1
    with open_private(path) as file:
        with _packing(file, secret) as archive:
            _add(archive, MANIFEST, io.BytesIO(text := manifest.to_text().encode()), len(text))
            done = 0
            for member in manifest.members:
                tell(_("Packing: {percent} %").format(percent=100 * done // whole))
                with files[member.path].open("rb") as plain:
                    _add(archive, member.path, plain, member.size)
                done += member.size
        file.flush()
        os.fsync(file.fileno())


def _add(archive: tarfile.TarFile, name: str, file: IO[bytes], size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    archive.addfile(entry, file)


@contextmanager
def _packing(file: IO[bytes], secret: str | None) -> Iterator[tarfile.TarFile]:
    sealed = SealedWriter(file, secret) if secret else None
    inner: IO[bytes] = io.BufferedWriter(sealed, _BLOCK) if sealed else file
    with (
        gzip.GzipFile(fileobj=inner, mode="wb", compresslevel=1, mtime=0, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        yield archive
    if sealed:
        inner.close()


def read_archive(
    path: Path,
    secret: str | None,
    into: Path | None = None,
    check: Callable[[Manifest], None] | None = None,
) -> Manifest:
    """Read an archive to its end and prove every byte; with ``into``, write its files there.

    ``check`` sees the manifest before any file is written. Raises RefusedFileError for an archive
    that is damaged, cut off or sealed with another key.
    """
    with path.open("rb") as file, damage_named():
        plain = _opened(file, secret)
        with (
            gzip.GzipFile(fileobj=plain, mode="rb") as packed,
            tarfile.open(fileobj=packed, mode="r|") as archive,
        ):
            manifest = read_manifest(_first(archive))
            if check:
                check(manifest)
            for member in manifest.members:
                _extract(archive, member, into)
            if archive.next() is not None:
                raise damaged()
            while packed.read(_BLOCK):  # its end holds the sum of all
                pass
    return manifest


def _opened(file: IO[bytes], secret: str | None) -> IO[bytes]:
    start = file.read(len(MAGIC))
    file.seek(0)
    if start != MAGIC:
        return file
    if not secret:
        raise TijiError(
            _("This archive is sealed: set TIJI_BACKUP_KEY to the key that it was made with.")
        )
    return io.BufferedReader(SealedReader(file, secret), _BLOCK)


def _first(archive: tarfile.TarFile) -> bytes:
    entry = archive.next()
    if entry is None or entry.name != MANIFEST or entry.size > _LARGEST_MANIFEST:
        raise damaged()
    file = archive.extractfile(entry)
    assert file
    return file.read()


def _extract(archive: tarfile.TarFile, member: Member, into: Path | None) -> None:
    """Take the next file of an archive, which must be exactly what the manifest says."""
    entry = archive.next()
    if entry is None or (entry.name, entry.size) != (member.path, member.size):
        raise damaged()
    file = archive.extractfile(entry)
    if file is None or copy_proved(file, into / member.path if into else None) != member.sha256:
        raise damaged()


def copy_proved(file: IO[bytes], path: Path | None) -> str:
    """Copy a stream to a private file, flushed to the disk, and give its digest."""
    digest = hashlib.sha256()
    if path is None:
        while block := file.read(_BLOCK):
            digest.update(block)
        return digest.hexdigest()
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_private(path) as copy:
        while block := file.read(_BLOCK):
            digest.update(block)
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest()


def open_private(path: Path) -> IO[bytes]:
    """Open a new file to write, readable by its owner only."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def put_in_place(partial: Path, path: Path) -> None:
    """Give a finished file its name, durably."""
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def damage_named() -> Iterator[None]:
    """Turn whatever a broken stream raises into one clear refusal."""
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error, tarfile.TarError):
        raise damaged() from None
