"""Alive, ready, and what is said when something fails."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from tiji.db import db, disconnect, transaction
from tiji.plugins import migrate
from tiji.runtime import runtime
from tiji.web import access


def _json(answer: TestResponse) -> dict[str, Any]:
    read: dict[str, Any] = answer.get_json()
    return read


def _lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Give the fields of each line."""
    return [dict(record.msg) for record in caplog.records if isinstance(record.msg, dict)]


def test_alive_asks_no_database(client: FlaskClient) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"alive": True})
    assert asked == []


def test_ready_when_the_database_answers_and_nothing_is_pending(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert _json(answer)["ready"]
    assert _json(answer)["plugins"]["petitions"] == "active"


def test_not_ready_while_revisions_are_pending(client: FlaskClient) -> None:
    migrate.downgrade(runtime().plugins, "petitions")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert _json(answer)["reasons"] == [
        "Revisions of petitions are pending: run `tiji db upgrade`."
    ]
    migrate.upgrade(runtime().plugins)
    assert client.get("/readyz").status_code == 200


@pytest.mark.sqlite("a file that is no database")
def test_not_ready_without_a_database_but_alive(client: FlaskClient, home: Path) -> None:
    assert client.get("/readyz").status_code == 200
    disconnect()
    (home / "tiji.db").rename(home / "away")
    (home / "tiji.db").mkdir()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert _json(answer)["reasons"] == ["The database does not answer."]
    assert client.get("/healthz").status_code == 200
    figures = client.get("/metrics")
    assert figures.status_code == 200
    assert "tiji_database_up 0.0" in figures.text
    assert "tiji_cases_overdue" not in figures.text
    (home / "tiji.db").rmdir()
    shutil.move(home / "away", home / "tiji.db")
    assert client.get("/readyz").status_code == 200, "it is ready again by itself"


@pytest.fixture
def broken(web: Flask, monkeypatch: pytest.MonkeyPatch) -> str:
    """Open a route that does what its argument says and fails."""

    def view(how: str) -> Response:
        if how == "code":
            raise RuntimeError("张某某")
        if how == "busy":
            raise OperationalError("select", {}, Exception("database is locked 张某某"))
        with transaction() as session:
            session.execute(text("update tj_case set title = :t"), {"t": "张某某"})
            session.execute(text("select nothing from nowhere"))
        raise AssertionError

    web.add_url_rule("/broken/<how>", "broken", view)
    monkeypatch.setitem(access.ACCESS, "broken", access.anyone)
    return "/broken/"


def test_an_error_shows_a_reference_under_which_the_log_has_it(
    client: FlaskClient, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tiji")
    for how in ("code", "sql"):
        caplog.clear()
        answer = client.get(broken + how)
        assert answer.status_code == 500
        assert set(_json(answer)) == {"error", "reference"}
        failed, request = _lines(caplog)
        assert failed["request"] == request["request"] == _json(answer)["reference"]
        assert failed["error"].endswith("Error")
        assert failed["route"] == "/broken/<how>"
        assert request["status"] == answer.status_code
        assert "张某某" not in caplog.text + answer.text


def test_a_busy_database_asks_to_come_again(client: FlaskClient, broken: str) -> None:
    answer = client.get(broken + "busy")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "locked" not in answer.text


def test_requests_are_logged_by_their_rule_and_watchers_are_not(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tiji")
    for path in ("/healthz", "/readyz", "/metrics", "/case/张某某?q=13812345678"):
        client.get(path)
    (line,) = _lines(caplog)
    assert (line["event"], line["route"], line["status"]) == ("request", "none", 404)
    assert "13812345678" not in caplog.text
