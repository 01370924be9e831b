"""Make a backup while everybody works."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tiji import __version__
from tiji.backup import postgres, sqlite
from tiji.backup.archive import Tell, describe, put_in_place, read_archive, write_archive
from tiji.backup.attachments import list_files, save_attachments
from tiji.backup.rules import (
    CALENDARS,
    DATABASES,
    OWN_NAME,
    PARTIAL,
    Manifest,
    archive_name,
    left_over,
    too_old,
)
from tiji.clock import iso
from tiji.crypto import Cipher
from tiji.db import db
from tiji.errors import BadInputError, TijiError
from tiji.i18n import _
from tiji.runtime import runtime

#: The plain copy of the database never leaves the home; it is removed when the archive stands.
WORKSHOP = ".backup"


@dataclass(frozen=True, slots=True)
class Backup:
    """Say what was written, and which older archives were removed."""

    path: Path
    size: int
    sealed: bool
    manifest: Manifest
    removed: tuple[str, ...]


def key_check(cipher: Cipher) -> str:
    """Give what tells later whether a data key is the right one, and nothing else."""
    return cipher.index("tiji backup")


def back_up(target: Path, keep: int | None, tell: Tell) -> Backup:
    """Write one proved archive of database and calendars to a file, or into a folder.

    In a folder it is named by the time, and ``keep`` removes the older ones of that naming.
    Attachments are copied beside it. Nothing stands under the final name before it was read back.
    Raises BadInputError for a target that cannot be, TijiError for what fails.
    """
    here = runtime()
    secret = here.settings.backup_key
    path = _place(target, keep, bool(secret))
    partial = path.with_name(path.name + PARTIAL)
    with workshop(here.settings.home) as place, failures_named(), _removed_in_the_end(partial):
        manifest, files = _gather(place, path.parent, secret, tell)
        write_archive(partial, manifest, files, secret, tell)
        tell(_("Reading it back…"))
        if read_archive(partial, secret) != manifest:
            raise TijiError(_("What was written is not what was read back; check the disk."))
        put_in_place(partial, path)
    removed = _prune(path.parent, keep) if keep else ()
    return Backup(path, path.stat().st_size, bool(secret), manifest, removed)


def _place(target: Path, keep: int | None, sealed: bool) -> Path:
    if target.is_dir():
        target = target / archive_name(runtime().clock.now(), sealed)
    elif keep:
        raise BadInputError(_("--keep needs a folder that is there; {path} is none.").format(
            path=target))  # fmt: skip
    if not target.parent.is_dir():
        raise BadInputError(_("There is no folder {path}.").format(path=target.parent))
    if target.exists():
        raise BadInputError(_("{path} is there already.").format(path=target))
    return target


def _gather(
    place: Path, folder: Path, secret: str | None, tell: Tell
) -> tuple[Manifest, dict[str, Path]]:
    """Copy the database of one moment and list what belongs to it."""
    here, kind = runtime(), db.engine.dialect.name
    home, name = here.settings.home, DATABASES[kind]
    tell(_("Copying the database…"))
    at, copy = here.clock.now(), place / name
    held = sqlite.take(copy) if kind == "sqlite" else postgres.take(copy, here.settings.pg_bin)
    tell(_("Looking for new attachments…"))
    attachments = save_attachments(home, folder, secret)
    calendars = list_files(home, CALENDARS)
    manifest = Manifest(
        made_at=iso(at) or "",
        tiji=__version__,
        database=kind,
        survey=held,
        key_check=key_check(here.cipher),
        members=(describe(copy, name), *calendars),
        attachments=attachments,
    )
    return manifest, {name: copy, **{m.path: home / m.path for m in calendars}}


@contextmanager
def workshop(home: Path) -> Iterator[Path]:
    """Give a private folder of the home's to one backup at a time; what a killed one left goes."""
    import fcntl

    place = home / WORKSHOP
    lock = os.open(home, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TijiError(_("Another backup of this home is running.")) from None
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(mode=0o700)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock)


@contextmanager
def failures_named() -> Iterator[None]:
    """Say what the disk or SQLite said, as when there is no room."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise TijiError(
            _("This failed: {error}. Nothing was changed.").format(error=why)
        ) from error


@contextmanager
def _removed_in_the_end(partial: Path) -> Iterator[None]:
    try:
        yield
    finally:
        partial.unlink(missing_ok=True)


def _prune(folder: Path, keep: int) -> tuple[str, ...]:
    """Remove older archives, and halves that killed backups left."""
    names = [path.name for path in folder.iterdir()]
    old = too_old(names, keep)
    for name in (*old, *left_over(names)):
        assert OWN_NAME.match(name)
        (folder / name).unlink(missing_ok=True)
    return tuple(old)
