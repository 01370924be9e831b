"""Files beside the database: listed in the manifest, copied once each by what they hold."""

from __future__ import annotations

import io
from pathlib import Path

from tiji.backup.archive import copy_proved, damage_named, describe, open_private, put_in_place
from tiji.backup.rules import ATTACHMENTS, PARTIAL, Member
from tiji.backup.sealing import MAGIC, SealedReader, SealedWriter
from tiji.errors import RefusedFileError, TijiError
from tiji.i18n import _


def list_files(home: Path, folder: str) -> list[Member]:
    """Measure and hash the files under a folder of the home, by name."""
    found = sorted(path for path in (home / folder).rglob("*") if path.is_file())
    return [describe(path, path.relative_to(home).as_posix()) for path in found]


def save_attachments(home: Path, folder: Path, secret: str | None) -> tuple[Member, ...]:
    """Copy what is not yet in the folder of backups; give the list of all.

    Call it after the database was copied: every attachment that the copy knows is there then.
    """
    listed = tuple(list_files(home, ATTACHMENTS))
    for member in listed:
        place = _place(folder, member, sealed=bool(secret))
        if not place.exists():
            _save(home / member.path, place, member, secret)
    return listed


def _place(folder: Path, member: Member, *, sealed: bool) -> Path:
    name = member.sha256 + (".sealed" if sealed else "")
    return folder / ATTACHMENTS / member.sha256[:2] / name


def _save(source: Path, place: Path, member: Member, secret: str | None) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = place.with_name(place.name + PARTIAL)
    with source.open("rb") as plain:
        if secret is None:
            digest = copy_proved(plain, partial)
        else:
            with open_private(partial) as file:
                with io.BufferedWriter(SealedWriter(file, secret)) as sealed:
                    while block := plain.read(1 << 20):
                        sealed.write(block)
                file.flush()
            digest = _digest(partial, secret)
    if digest != member.sha256:
        raise TijiError(
            _("{path} was changed while it was copied; run the backup again.").format(
                path=member.path
            )
        )
    put_in_place(partial, place)


def _digest(path: Path, secret: str) -> str:
    with path.open("rb") as file:
        return copy_proved(io.BufferedReader(SealedReader(file, secret)), None)


def fetch_attachments(
    folder: Path, members: tuple[Member, ...], secret: str | None, into: Path
) -> None:
    """Bring a manifest's attachments back; raise RefusedFileError naming one that is not whole."""
    for member in members:
        places = (_place(folder, member, sealed=sealed) for sealed in (True, False))
        place = next((place for place in places if place.exists()), None)
        if place is None or _fetch(place, secret, into / member.path) != member.sha256:
            raise RefusedFileError(
                _(
                    "The attachment {path} is missing beside the archive, or damaged; copy the "
                    "whole folder `attachments` of the backups there."
                ).format(path=member.path)
            )


def _fetch(place: Path, secret: str | None, path: Path) -> str:
    with place.open("rb") as file, damage_named():
        sealed = file.read(len(MAGIC)) == MAGIC and place.suffix == ".sealed"
        file.seek(0)
        if not sealed:
            return copy_proved(file, path)
        if secret is None:
            raise TijiError(_("The attachments are sealed: set TIJI_BACKUP_KEY."))
        return copy_proved(io.BufferedReader(SealedReader(file, secret)), path)
