"""Bring a backup back into a place where there is nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tiji.app import create_app
from tiji.backup import postgres, sqlite
from tiji.backup.actions import failures_named, key_check
from tiji.backup.archive import Tell, open_private, put_in_place, read_archive
from tiji.backup.attachments import fetch_attachments
from tiji.backup.rules import DATABASES, PARTIAL, Manifest, Survey
from tiji.backup.survey import survey
from tiji.cases.model import CaseRow
from tiji.cases.verifying import verify_log
from tiji.config import Settings
from tiji.crypto import KEY_FILE, Cipher, read_key
from tiji.db import db, disconnect, transaction
from tiji.errors import BadInputError, RefusedFileError, RuleError, TijiError
from tiji.i18n import _
from tiji.jobs.actions import hold_outside
from tiji.plugins import migrate
from tiji.runtime import runtime

#: Everything is made ready and proved here; then it goes to its place, the database last.
STAGE = ".restoring"
#: What may be in an empty home.
_EMPTY = {KEY_FILE, STAGE, "lost+found"}


@dataclass(frozen=True, slots=True)
class Restored:
    """Say what was brought back: how many deliveries are held, which revisions are pending."""

    manifest: Manifest
    held: int
    pending: tuple[migrate.Pending, ...]


def restore(settings: Settings, archive: Path, key_file: Path | None, tell: Tell) -> Restored:
    """Fill an empty home, and an empty database, from an archive; all of it is there, or nothing.

    ``key_file`` holds the data key, if neither the settings nor the home has it. Nothing that
    reaches outside is sent again: deliveries that waited in the backup are held. Raises RuleError
    for a place that is not empty, RefusedFileError for an archive that is not whole, BadInputError
    for one of the other kind of database, TijiError for a wrong key.
    """
    home, key = settings.home, _key(settings, key_file)
    _check_empty(home)
    engine = sa.create_engine(settings.database_url)
    kind = engine.dialect.name

    def check(manifest: Manifest) -> None:
        _check_kind(manifest, kind)
        if kind == "sqlite":
            sqlite.check_empty(settings.database_url)
        else:
            postgres.check_empty(engine)
        if key_check(Cipher(key)) != manifest.key_check:
            raise TijiError(_("The data key is not the one of this backup; give that one."))

    with _stage(home) as stage, _cleared(engine) as undo:
        tell(_("Checking the archive…"))
        manifest = read_archive(archive, settings.backup_key, stage, check)
        fetch_attachments(archive.parent, manifest.attachments, settings.backup_key, stage)
        if settings.data_key is None:
            _write_key(stage / KEY_FILE, key)
        url = settings.database_url
        if kind == "sqlite":
            url = f"sqlite:///{stage / DATABASES[kind]}"
        else:
            tell(_("Filling the database…"))
            undo.append(engine)
            postgres.fill(engine, stage / DATABASES[kind], settings.pg_bin)
            (stage / DATABASES[kind]).unlink()
        tell(_("Verifying the log…"))
        staged = replace(settings, home=stage, database_url=url, data_key=key)
        restored = _prove(staged, manifest)
        _move(stage, home, sqlite.file_of(settings.database_url) if kind == "sqlite" else None)
        undo.clear()
    return restored


def _key(settings: Settings, key_file: Path | None) -> str:
    here = settings.home / KEY_FILE
    if key_file:
        key = _read_key_file(key_file)
        if settings.data_key not in (None, key):
            raise TijiError(_("--key and TIJI_DATA_KEY are two keys; give one of them."))
        if here.exists() and _read_key_file(here) != key:
            raise TijiError(_("{path} holds another key; move it away.").format(path=here))
        return key
    try:
        return read_key(settings.home, settings.data_key)
    except TijiError:
        raise TijiError(
            _("Give the data key: --key FILE, or TIJI_DATA_KEY. No backup holds it.")
        ) from None


def _read_key_file(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise BadInputError(_("{path} cannot be read as a key file.").format(path=path)) from None


def _check_empty(home: Path) -> None:
    there = {path.name for path in home.iterdir()} - _EMPTY if home.exists() else set()
    if there:
        raise RuleError(
            "restore_into_empty",
            _("{home} is not empty: {name} is there.").format(home=home, name=min(there)),
            _("Restore into another TIJI_HOME, or move this one away."),
        )


def _check_kind(manifest: Manifest, kind: str) -> None:
    if manifest.database != kind:
        raise BadInputError(
            _(
                "This is a backup of {backup}, but TIJI_DATABASE_URL names {here}: one is no "
                "copy of the other. Restore into {backup}."
            ).format(backup=manifest.database, here=kind)
        )


@contextmanager
def _stage(home: Path) -> Iterator[Path]:
    """Give a folder in the home; afterwards it is gone, and the home too if there was none."""
    made, stage = not home.exists(), home / STAGE
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True, mode=0o700)
    try:
        with failures_named():
            yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        if made and not any(home.iterdir()):
            home.rmdir()


@contextmanager
def _cleared(engine: Engine) -> Iterator[list[Engine]]:
    """Empty the databases again that are in the list when something fails."""
    undo: list[Engine] = []
    try:
        yield undo
    except BaseException:
        for filled in undo:
            postgres.clear(filled)
        raise
    finally:
        engine.dispose()


def _prove(settings: Settings, manifest: Manifest) -> Restored:
    """Verify a database that was brought back, and hold what would be sent again."""
    with create_app(settings).app_context():
        try:
            if _survey(settings) != manifest.survey:
                raise RefusedFileError(_("The database is not the one that was backed up."))
            _check_log()
            _open_one()
            with transaction() as session:
                held = hold_outside(session)
            return Restored(manifest, held, tuple(_pending(manifest)))
        finally:
            disconnect()


def _survey(settings: Settings) -> Survey:
    if db.engine.dialect.name == "sqlite":
        return sqlite.check(sqlite.file_of(settings.database_url))
    with db.engine.connect() as connection:
        return survey(connection)


def _check_log() -> None:
    found = verify_log()
    if found.bad or found.broken:
        case = found.bad[0].case if found.bad else found.broken[0].why
        text = _("The log in this backup is not whole ({case}); take an older backup.")
        raise RefusedFileError(text.format(case=case))


def _open_one() -> None:
    """Open one sealed row, which tells whether the key is the right one."""
    sealed = sa.select(CaseRow.sealed).where(CaseRow.sealed.is_not(None)).limit(1)
    runtime().cipher.open(db.session.scalar(sealed))
    db.session.rollback()


def _pending(manifest: Manifest) -> list[migrate.Pending]:
    try:
        return migrate.pending(runtime().plugins)
    except TijiError:
        text = _("This backup is of a newer Tiji, {version}; restore it with that one.")
        raise TijiError(text.format(version=manifest.tiji)) from None


def _write_key(path: Path, key: str) -> None:
    with open_private(path) as file:
        file.write(f"{key}\n".encode("ascii"))


def _move(stage: Path, home: Path, database: Path | None) -> None:
    """Put everything in its place, the database last: with it the home is whole."""
    name = DATABASES["sqlite"]
    for path in stage.iterdir():
        if path.name != name:
            put_in_place(path, home / path.name)
    if database:
        partial = database.with_name(database.name + PARTIAL)
        shutil.move(stage / name, partial)  # it may be on another disk than the home
        put_in_place(partial, database)
