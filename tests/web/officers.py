"""Officers of the demo city before a browser."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from tiji.testing.browsing import Visitor, sign_in


def signed_in(web: Flask, officer: str) -> FlaskClient:
    """Give a browser in which an officer has signed in; forms need no token."""
    web.config["WTF_CSRF_ENABLED"] = False
    web.test_client_class = Visitor
    browser = web.test_client()
    sign_in(browser, officer)
    return browser
