"""The floor of a page: bare Flask and SQLAlchemy Core, one statement, an ideal index, HTML."""

from __future__ import annotations

import os
import secrets
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Flask, abort, render_template, render_template_string, request, session
from jinja2 import DictLoader
from sqlalchemy import create_engine, event, text

#: A list of eight columns, as a program would show it that knows nothing of stations. Its template
#: is a string in the code and read with each request, as in the bare page that the targets were
#: set by; with ``?compiled`` it is read once.
LIST = """<!doctype html><meta charset="utf-8"><title>{{ user }}</title><nav>{{ user }}</nav><table>
{% for row in rows %}<tr><td><a href="/cases/{{ row.number }}">{{ row.number }}</a></td>
<td>{{ row.client_name }}</td><td>{{ row.category }}</td><td>{{ row.title }}</td>
<td>{{ row.opened_at }}</td><td>{{ row.due_at }}</td><td>{{ row.status }}</td>
<td>{{ row.station }}</td></tr>
{% endfor %}</table>"""
_ROWS = text(
    "SELECT id, number, client_name, category, title, opened_at, due_at, status, station "
    "FROM tj_case WHERE holder = :holder ORDER BY order_at, id LIMIT :rows"
)
_TABLES = (
    "CREATE TABLE IF NOT EXISTS bare_case (id INTEGER PRIMARY KEY, number TEXT, name TEXT, "
    "kind TEXT, phone TEXT, matter TEXT, department TEXT, title TEXT, content TEXT, "
    "opened_at TEXT, due_at TEXT, status TEXT, station INTEGER)",
    "CREATE TABLE IF NOT EXISTS bare_event (id INTEGER PRIMARY KEY, case_id INTEGER, kind TEXT, "
    "at TEXT, actor TEXT, note TEXT)",
    "CREATE INDEX IF NOT EXISTS bare_due ON bare_case (department, status, due_at, id)",
    "CREATE INDEX IF NOT EXISTS bare_number ON bare_case (number)",
    "CREATE INDEX IF NOT EXISTS bare_opened ON bare_case (opened_at)",
    "CREATE INDEX IF NOT EXISTS bare_name ON bare_case (name)",
    "CREATE INDEX IF NOT EXISTS bare_matter ON bare_case (matter)",
    "CREATE INDEX IF NOT EXISTS bare_of_case ON bare_event (case_id)",
)
_CASE = text(
    "INSERT INTO bare_case (name, kind, phone, matter, department, title, content, opened_at, "
    "due_at, status, station) VALUES (:name, :kind, :phone, :matter, :department, :title, "
    ":content, :opened_at, :due_at, 'open', 1) RETURNING id"
)
_EVENT = text(
    "INSERT INTO bare_event (case_id, kind, at, actor, note) "
    "VALUES (:case, 'opened', :opened_at, :actor, '')"
)
#: What a case has, and the longest text of each.
FIELDS = {"name": 100, "kind": 10, "phone": 20, "matter": 80, "department": 40, "title": 200,
          "content": 5000, "opened_at": 30, "due_at": 30}  # fmt: skip


def bare_app(url: str, makes: bool = False) -> Flask:
    """Make the bare application on a database; ``makes`` gives it tables of its own."""
    app = Flask("bare", static_folder=None)
    app.secret_key = secrets.token_hex()
    app.jinja_loader = DictLoader({"list.html": LIST})
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def settle(connection: Any, _record: object) -> None:
        for pragma in ("busy_timeout=30000", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    if makes:
        with engine.begin() as connection:
            for table in _TABLES:
                connection.execute(text(table))

    @app.get("/login/<officer>")
    def login(officer: str) -> str:
        session["user"] = officer
        return "ok"

    @app.get("/list")
    def rows() -> str:
        user = _user()
        with engine.connect() as connection:
            values = {"holder": user, "rows": int(request.args.get("rows", 25))}
            found = connection.execute(_ROWS, values).all()
        if "compiled" in request.args:
            return render_template("list.html", rows=found, user=user)
        return render_template_string(LIST, rows=found, user=user)

    @app.post("/cases")
    def create() -> tuple[dict[str, int], int]:
        user, given = _user(), request.form
        if any(not 0 < len(given.get(name, "")) <= most for name, most in FIELDS.items()):
            abort(422)
        values = {name: given[name] for name in FIELDS}
        with engine.begin() as connection:
            case = connection.execute(_CASE, values).scalar_one()
            connection.execute(_EVENT, {**values, "case": case, "actor": user})
        return {"id": case}, 201

    return app


def _user() -> str:
    if "user" not in session:
        abort(403)
    return str(session["user"])


def serving() -> WSGIApplication:
    """Give the bare application to a server, on the database that BARE_URL names."""
    return bare_app(os.environ["BARE_URL"], makes=True)
