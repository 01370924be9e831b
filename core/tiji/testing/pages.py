"""The web application on a city of a test's own, for tests of pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from tiji.db import connected
from tiji.testing.browsing import Visitor
from tiji.testing.databases import Databases
from tiji.testing.pytest_plugin import START
from tiji.web.app import create_web


@contextmanager
def web_app(home: Path, databases: Databases) -> Iterator[Flask]:
    """Give the web application of a home, its clock fixed as the fixtures' is."""
    app = create_web(databases.settings(home, START, strict=True))
    app.test_client_class = Visitor
    with app.app_context(), connected():
        yield app
