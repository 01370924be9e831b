"""Each route has a rule; what is not open looks as if it were not there (S1)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tiji.runtime import runtime
from tiji.web.access import ACCESS


def test_every_route_stands_in_the_table_and_every_rule_has_its_route(web: Flask) -> None:
    plugins = set(web.extensions["tiji_page_rules"])
    assert {rule.endpoint for rule in web.url_map.iter_rules()} - plugins == set(ACCESS)


@pytest.fixture
def forgotten(web: Flask) -> str:
    """Add a route of which the table knows nothing."""

    def view() -> str:
        raise AssertionError("nobody may come here")

    web.add_url_rule("/forgotten", "forgotten", view, methods=["GET", "POST"])
    return "/forgotten"


def test_absent_and_denied_are_the_same_answer(
    client: FlaskClient, forgotten: str, web: Flask
) -> None:
    absent = client.get("/nowhere")
    assert absent.status_code == 404
    answers = [
        client.get(forgotten),
        client.post(forgotten),
        client.get("/metrics", environ_base={"REMOTE_ADDR": "10.9.8.7"}),
        client.post("/healthz"),
        client.options("/healthz"),
        client.get("/healthz/"),
    ]
    for answer in answers:
        assert (answer.status_code, answer.data) == (404, absent.data)
        assert dict(answer.headers) == dict(absent.headers)


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.1.2.3", {}, 404),
        ("", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("127.0.0.1", {"Forwarded": "for=10.1.2.3"}, 404),
    ],
)
def test_figures_are_for_this_machine(
    client: FlaskClient, address: str, headers: dict[str, str], status: int
) -> None:
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status


def test_figures_are_for_whom_the_setting_names(client: FlaskClient) -> None:
    here = runtime()
    here.settings = replace(here.settings, metrics_from=(ip_network("10.1.0.0/16"),))
    for address, status in (("10.1.2.3", 200), ("10.2.0.1", 404), ("127.0.0.1", 404)):
        answer = client.get("/metrics", environ_base={"REMOTE_ADDR": address})
        assert answer.status_code == status


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/nowhere"])
def test_every_answer_has_the_safe_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
