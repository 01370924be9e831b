"""Look for viruses before anybody else opens a file, where the house has a scanner (S30)."""

from __future__ import annotations

import shlex
import subprocess
from datetime import datetime
from pathlib import Path

from tiji.errors import RefusedFileError, TijiError
from tiji.i18n import _
from tiji.logs import Log
from tiji.runtime import runtime

#: A scanner ends so for a clean file and for one with a virus, as clamscan and clamdscan do.
_CLEAN, _INFECTED = 0, 1
_SECONDS = 60

log = Log(__name__)


def scan(path: Path, name: str) -> datetime | None:
    """Run TIJI_SCAN_COMMAND with the file's path; give when it was found clean, None without one.

    Raises RefusedFileError for a virus, TijiError where the scanner does not answer: what it did
    not see is not taken.
    """
    command = runtime().settings.scan_command
    if not command:
        return None
    try:
        done = subprocess.run(  # noqa: S603
            [*shlex.split(command), str(path)], capture_output=True, timeout=_SECONDS, check=False
        )
        code: int | None = done.returncode
    except (OSError, subprocess.TimeoutExpired):
        code = None
    if code == _CLEAN:
        return runtime().clock.now()
    if code == _INFECTED:
        log.warning("file refused", why="virus")
        raise RefusedFileError(_("{name} holds a virus and was not taken.").format(name=name))
    log.error("scanner failed", code=code)
    raise TijiError(_("Files cannot be checked for viruses at the moment. Try again later."))
