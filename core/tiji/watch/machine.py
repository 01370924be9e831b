"""Examine what needs no database: settings, key, versions, disks."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from sqlalchemy import make_url

from tiji.config import VARIABLES, Settings
from tiji.crypto import KEY_FILE
from tiji.db import wal_is_safe
from tiji.i18n import _
from tiji.watch import rules
from tiji.watch.findings import Finding, doubtful, guarded, well, wrong

MOUNTS = Path("/proc/self/mounts")


def examine_machine(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Examine the machine and the settings, in the order in which an administrator sets up."""
    yield from rules.variables(environment, VARIABLES)
    if settings.fixed_at is not None:
        yield doubtful(
            "clock",
            _("TIJI_CLOCK fixes the time: no limit runs."),
            _("Unset TIJI_CLOCK, unless this is a rehearsal."),
        )
    parts = {"home": _home, "data-key": _key, "libraries": _versions, "disk": _disks}
    for check, examine in parts.items():
        yield from guarded(check, partial(examine, settings))


def sqlite_file(url: str) -> Path | None:
    """Give the file of a SQLite database, or nothing for another database."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def _home(settings: Settings) -> Iterator[Finding]:
    home = settings.home
    if not home.is_dir():
        yield wrong(
            "home",
            _("There is no folder {home}.").format(home=home),
            _("Run `tiji init`, or set TIJI_HOME to where it was run."),
        )
    elif not os.access(home, os.W_OK | os.X_OK):
        yield wrong(
            "home",
            _("{home} cannot be written by this user.").format(home=home),
            _("Run tiji as the user who owns it."),
        )
    else:
        yield well("home", str(home))


def _key(settings: Settings) -> Iterator[Finding]:
    if settings.data_key:
        yield well("data-key", _("TIJI_DATA_KEY gives it."))
        return
    path = settings.home / KEY_FILE
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        yield wrong(
            "data-key",
            _("There is no data key in {home}.").format(home=settings.home),
            _("Put back the key file that belongs to the database; a new one: `tiji init`."),
        )
        return
    if mode & 0o077 and os.name == "posix":
        yield wrong(
            "data-key",
            _("Others may read {path} (mode {mode:04o}).").format(path=path, mode=mode),
            _("chmod 600 {path}").format(path=path),
        )
    else:
        yield well("data-key", _("Only its owner may read {path}.").format(path=path))


def _versions(settings: Settings) -> Iterator[Finding]:
    yield well("python", f"Python {platform.python_version()}, Tiji {version('tiji')}")
    lacking = list(_libraries())
    yield from lacking or [well("libraries", _("All are of a version that fits."))]
    if sqlite_file(settings.database_url) is None:
        return
    yield sqlite(sqlite3.sqlite_version)


def sqlite(number: str) -> Finding:
    """Judge a version of SQLite: in some of them write-ahead logging can corrupt a database."""
    if wal_is_safe(number):
        return well("sqlite", _("SQLite {version}, write-ahead log.").format(version=number))
    return doubtful(
        "sqlite",
        _(
            "SQLite {version} has the WAL-reset bug; the rollback journal is used: "
            "safe, but readers wait for writers."
        ).format(version=number),
        _("Use a Python with SQLite 3.51.3 or newer, or PostgreSQL."),
    )


def _libraries() -> Iterator[Finding]:
    for line in requires("tiji") or ():
        match = re.match(r"([A-Za-z0-9._-]+)\s*([^;\[\]]*)$", line)
        if match is None:  # of an extra, which may be absent
            continue
        name, wanted = match[1], match[2].strip()
        try:
            found = rules.library(name, version(name), wanted)
        except PackageNotFoundError:
            found = rules.library(name, None, wanted)
        if found:
            yield found


def _disks(settings: Settings) -> Iterator[Finding]:
    file = sqlite_file(settings.database_url)
    folders = [settings.home, *([file.parent] if file else [])]
    if settings.checkpoints:
        folders.append(settings.checkpoints)
    seen = set()
    for folder in folders:
        if folder.is_dir() and (device := folder.stat().st_dev) not in seen:
            seen.add(device)
            usage = shutil.disk_usage(folder)
            yield rules.disk(folder, usage.free, usage.total)
    if file and (found := rules.file_system(file.parent.resolve(), mounted())):
        yield found


def mounted() -> dict[str, str]:
    """Map each mounted place to its type of file system; empty where the system does not tell."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    parts = [line.split(" ") for line in lines]
    return {_unescaped(part[1]): part[2] for part in parts if len(part) > 2}


def _unescaped(place: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), place)
