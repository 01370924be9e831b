"""What every answer carries: its reference, safe headers, a log line, and no word of an error."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from time import perf_counter

from flask import Flask, Response, g, jsonify, request
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError
from werkzeug.exceptions import HTTPException

from tiji import metrics
from tiji.db import db
from tiji.logs import Log, bound, fault

log = Log(__name__)

#: So many seconds a caller is asked to wait where the database does not answer.
RETRY_AFTER = 5
#: Set unless a route says otherwise; pages loosen the policy as far as they need.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
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
    for kind in (OperationalError, InterfaceError, TimeoutError):
        app.register_error_handler(kind, _busy)


def _begin() -> None:
    g.begun, g.reference, g.lines = perf_counter(), secrets.token_hex(6), ExitStack()
    g.lines.enter_context(bound(request=g.reference, route=_route()))


def _route() -> str:
    return request.url_rule.rule if request.url_rule else NO_ROUTE


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    seconds = perf_counter() - g.begun
    metrics.served(_route(), response.status_code, seconds)
    write = log.debug if request.endpoint in WATCHERS else log.info
    write("request", status=response.status_code, ms=round(seconds * 1000, 1))
    return response


def _forget(_error: BaseException | None) -> None:
    g.lines.close()


def _refused(error: HTTPException) -> Response:
    """Name what is wrong with a request; what may not be seen looks as if it were not there."""
    code = 404 if error.code in (404, 405) else error.code or 500
    response = jsonify({"error": "not found" if code == 404 else error.name.lower()})
    response.status_code = code
    return response


def _failed(error: Exception) -> Response:
    """Show a reference only (S41); the log has what happened under the same one."""
    db.session.rollback()
    log.error("request failed", error=error)
    response = jsonify({"error": "failed", "reference": g.reference})
    response.status_code = 500
    return response


def _busy(error: DBAPIError | TimeoutError) -> Response:
    """Ask for patience where the database is out of reach or busy: nothing was changed."""
    if fault(error).get("code") == "SQLITE_ERROR":
        return _failed(error)  # a wrong statement, as SQLite calls it
    db.session.rollback()
    log.error("database does not answer", error=error)
    response = jsonify({"error": "busy", "reference": g.reference})
    response.status_code = 503
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response
