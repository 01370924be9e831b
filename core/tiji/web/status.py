"""What machines ask: does the process live, may it get requests, and what are its figures."""

from __future__ import annotations

from flask import Flask, Response, jsonify

from tiji import metrics
from tiji.watch.figures import gauges
from tiji.watch.readiness import readiness


def add_status(app: Flask) -> None:
    """Add `/healthz`, `/readyz` and `/metrics`."""
    for endpoint, view in (("healthz", _healthz), ("readyz", _readyz), ("metrics", _metrics)):
        app.add_url_rule(f"/{endpoint}", endpoint, view)


def _healthz() -> Response:
    return jsonify({"alive": True})


def _readyz() -> Response:
    found = readiness()
    response = jsonify(found.to_json())
    response.status_code = 200 if found.ready else 503
    return response


def _metrics() -> Response:
    return Response(metrics.exposition(gauges()), content_type=metrics.CONTENT_TYPE)
