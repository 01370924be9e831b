"""Take a picture of every page at both widths: ``scripts/screenshots`` runs this."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tests.browser import showcase
from tests.browser.tour import ALL

from tiji.app import create_app
from tiji.clock import LOCAL
from tiji.config import read_settings
from tiji.crypto import make_key
from tiji.db import connected
from tiji.organisation import adopt_organisation
from tiji.plugins import migrate
from tiji.runtime import runtime
from tiji.testing.browser import DESK, PHONE, launched, served, visit
from tiji.testing.pytest_plugin import CITY

#: Always the same moment, so that two pictures of a page differ by what was changed in it.
NOW = datetime(2026, 11, 25, 10, 40, tzinfo=LOCAL)


@contextmanager
def city() -> Iterator[tuple[str, dict[str, str], dict[str, str]]]:
    """Serve the demo city; give its address, its people's sessions and where its cases are."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        make_key(home)
        os.environ["TIJI_HOME"] = folder
        settings = replace(read_settings(), fixed_at=NOW, strict=True)
        with create_app(settings).app_context(), connected():
            migrate.upgrade(runtime().plugins)
            adopt_organisation(CITY)
            showcase.fill()
            sessions, marks = showcase.sign_everybody_in(), showcase.landmarks()
        environment = {
            "TIJI_HOME": folder,
            "TIJI_CLOCK": NOW.isoformat(),
            "TIJI_LOG_LEVEL": "error",
        }
        with served(environment) as server:
            yield server.url, sessions, marks


def main(folder: Path) -> int:
    """Take all pictures; tell which page could not be reached, and give 1 if there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    missed = []
    with city() as (url, sessions, marks), launched() as browser:
        for stop in ALL:
            for size in (DESK, PHONE):
                path = folder / f"{stop.name}-{size[0]}.png"
                token = sessions[stop.who] if stop.who else None
                visitor = visit(browser, url, size=size, token=token, language="zh-CN")
                try:
                    page = visitor.page()
                    stop.arrive(page, url, marks)
                    page.screenshot(path=path, full_page=True)
                except Exception as error:
                    missed.append(f"{path.name}: {str(error).partition(chr(10))[0]}")
                finally:
                    visitor.context.close()
                missed += [f"{path.name}: {fault}" for fault in visitor.faults]
    for line in missed:
        print(line, file=sys.stderr)
    print(folder)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
