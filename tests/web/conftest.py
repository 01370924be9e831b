"""The web application on a city of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tiji.db import connected
from tiji.testing.browsing import Visitor
from tiji.testing.databases import Databases
from tiji.testing.pytest_plugin import START
from tiji.web.app import create_web


@pytest.fixture
def web(home: Path, databases: Databases) -> Iterator[Flask]:
    """Give the web application on a Monday at nine."""
    app = create_web(databases.settings(home, START, strict=True))
    app.test_client_class = Visitor
    with app.app_context(), connected():
        yield app


@pytest.fixture
def client(web: Flask) -> FlaskClient:
    """Give somebody on this machine who asks."""
    return web.test_client()
