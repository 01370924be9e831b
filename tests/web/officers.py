"""Officers of the demo city before a browser."""

from __future__ import annotations

from typing import Any

from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import insert

from tiji.accounts.codes import new_token, token_hash
from tiji.accounts.model import AccountRow, SessionRow
from tiji.db import transaction
from tiji.runtime import runtime
from tiji.web.viewer import COOKIE


class Browser(FlaskClient):
    """A browser of its own: what one request remembers, the next one of another must not."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Ask, as if no other request had been in this context."""
        g.pop("session_of", None)
        return super().open(*args, **kwargs)


def signed_in(web: Flask, officer: str) -> FlaskClient:
    """Give a browser in which an officer has signed in; forms need no token."""
    web.config["WTF_CSRF_ENABLED"] = False
    token, now = new_token(), runtime().clock.now()
    with transaction() as session:
        session.execute(
            insert(AccountRow).values(
                officer=officer,
                user_name=officer,
                password="no hash",
                password_at=now,
                must_change=False,
                secret=None,
                factor_at=None,
                last_step=None,
                recovery_codes=[],
                preferences={},
                made_at=now,
                disabled_at=None,
            )
        )
        session.execute(
            insert(SessionRow).values(
                token=token_hash(token),
                officer=officer,
                created_at=now,
                seen_at=now,
                proved_at=now,
                ended_at=None,
                browser="",
                address="",
            )
        )
    web.test_client_class = Browser
    browser = web.test_client()
    browser.set_cookie(COOKIE, token)
    return browser
