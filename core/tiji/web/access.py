"""Who may call which route: one table, and 404 for all that is not in it (S1)."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from flask import Flask, abort, current_app, request

from tiji.runtime import runtime
from tiji.web.viewer import officers, signed_in


def anyone() -> bool:
    """Let everybody in."""
    return True


def scrapers() -> bool:
    """Let in who asks from an address of TIJI_METRICS_FROM, and not through a proxy.

    A proxy on this machine would make everybody's request come from here.
    """
    if any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "Via")):
        return False
    try:
        address = ip_address((request.remote_addr or "").partition("%")[0])
    except ValueError:
        return False
    return any(address in network for network in runtime().settings.metrics_from)


#: Every endpoint of the application, and the rule that lets a request in.
ACCESS: dict[str, Callable[[], bool]] = {
    "healthz": anyone,
    "readyz": anyone,
    "metrics": scrapers,
    "static.static": anyone,
    "attached.add": officers,
    "attached.download": signed_in,
    "attached.download_all": signed_in,
    "attached.remove": officers,
    "attached.keep": officers,
    "attached.discard": officers,
    # One case; whether it may be seen, each view asks (cases/sight.py).
    "case.page": signed_in,
    "acting.do": officers,
    "acting.preview": officers,
    "acting.undo": officers,
}


def allows(endpoint: str | None) -> bool:
    """Tell whether the table, or what a plugin says of its own page, lets who asks call it."""
    rule = ACCESS.get(endpoint or "")
    if rule is None:
        rule = current_app.extensions.get("tiji_page_rules", {}).get(endpoint)
    return rule is not None and rule()


def guard(app: Flask) -> None:
    """Answer 404 before any route that the table does not open, as for one that is not there."""

    @app.before_request
    def check() -> None:
        if not allows(request.endpoint):
            abort(404)
