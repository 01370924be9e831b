"""What every answer carries: its reference, safe headers, a log line, and no word of an error.

People get a page that says what to do next; machines get the same as JSON.
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from time import perf_counter

from flask import Flask, Response, g, jsonify, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError
from werkzeug.exceptions import HTTPException, NotFound

from tiji import metrics
from tiji.db import db
from tiji.errors import AbsentError, ConflictError, TijiError
from tiji.logs import Log, bound, fault
from tiji.web.headers import add_headers
from tiji.web.pages import render

log = Log(__name__)

#: So many seconds a caller is asked to wait where the database does not answer.
RETRY_AFTER = 5
#: What watchers ask all day long is no news.
WATCHERS = ("healthz", "readyz", "metrics")
NO_ROUTE = "none"


def add_answers(app: Flask) -> None:
    """Follow each request from its first hook to its last, and answer for what fails in it."""
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_request(_forget)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(TijiError, _told)
    for kind in (OperationalError, InterfaceError, TimeoutError):
        app.register_error_handler(kind, _busy)


def _begin() -> None:
    g.begun, g.reference, g.lines = perf_counter(), secrets.token_hex(6), ExitStack()
    g.lines.enter_context(bound(request=g.reference, route=_route()))


def _route() -> str:
    return request.url_rule.rule if request.url_rule else NO_ROUTE


def _finish(response: Response) -> Response:
    add_headers(response)
    seconds = perf_counter() - g.begun
    metrics.served(_route(), response.status_code, seconds)
    write = log.debug if request.endpoint in WATCHERS else log.info
    who = g.get("session_of")
    about = {"officer": who.viewer.code} if who else {}
    write("request", status=response.status_code, ms=round(seconds * 1000, 1), **about)
    return response


def _forget(_error: BaseException | None) -> None:
    g.lines.close()


def _refused(error: HTTPException) -> Response:
    """Name what is wrong with a request; what may not be seen looks as if it were not there."""
    code = 404 if error.code in (404, 405) else error.code or 500
    if not for_people():
        response = jsonify({"error": "not found" if code == 404 else error.name.lower()})
        response.status_code = code
        return response
    return render("errors/absent.html" if code == 404 else "errors/refused.html", code, code=code)


def _stale(error: CSRFError) -> Response:
    """Say that a form is too old to be sent; what was typed stands one step back."""
    return render("errors/stale.html", 400) if for_people() else _refused(error)


def _told(error: TijiError) -> Response:
    """Show what a rule or a reader says, where the view did not show it beside its form."""
    db.session.rollback()
    if isinstance(error, AbsentError):
        return _refused(NotFound())
    code = 409 if isinstance(error, ConflictError) else 422
    if not for_people():
        response = jsonify({"error": str(error)})
        response.status_code = code
        return response
    return render("errors/told.html", code, message=str(error), conflict=code == 409)


def _failed(error: Exception) -> Response:
    """Show a reference only (S41); the log has what happened under the same one."""
    db.session.rollback()
    log.error("request failed", error=error)
    if for_people():
        return render("errors/failed.html", 500, reference=g.reference)
    response = jsonify({"error": "failed", "reference": g.reference})
    response.status_code = 500
    return response


def _busy(error: DBAPIError | TimeoutError) -> Response:
    """Ask for patience where the database is out of reach or busy: nothing was changed."""
    if fault(error).get("code") == "SQLITE_ERROR":
        return _failed(error)  # a wrong statement, as SQLite calls it
    db.session.rollback()
    log.error("database does not answer", error=error)
    if for_people():
        response = render("errors/busy.html", 503, reference=g.reference)
    else:
        response = jsonify({"error": "busy", "reference": g.reference})
    response.status_code = 503
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def for_people() -> bool:
    """Tell whether the answer is shown to somebody: a browser says so."""
    return "text/html" in request.headers.get("Accept", "")
