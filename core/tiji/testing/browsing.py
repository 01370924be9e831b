"""Officers of a test who sign in: cheap hashes, one password, a client that has come through.

``sign_in(client, "housing_fio")`` makes the account if there is none and leaves the client signed
in; it needs the application's context, as the fixtures ``web`` and ``client`` give it. ``account``
makes an account without signing in; ``PASSWORD`` is everybody's password. ``send(client, path,
name=value)`` posts a form with its token, which ``token_of(client)`` gives.
"""

from __future__ import annotations

import re
from typing import Any

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tiji.accounts import actions, passwords, queries
from tiji.accounts.actions.signing import Admitted
from tiji.web.viewer import COOKIE

PASSWORD = "seven lamps 走廊 barefoot"
#: One pass over 8 KiB: what a hash protects is not what is tested.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Visitor(FlaskClient):
    """Ask as a stranger to all requests before: each has a context of its own.

    A test holds a context open to look behind the pages; what requests keep in ``g``, a form's
    token among it, would else pass from one visitor to the next.
    """

    def open(self, *args: Any, **how: Any) -> TestResponse:
        """Ask for something."""
        with self.application.app_context():
            return super().open(*args, **how)


def make_hashes_cheap() -> None:
    """Let a hash cost next to nothing in this process from now on."""
    passwords.hasher = CHEAP


def account(officer: str, must_change: bool = False) -> str:
    """Give an officer an account with PASSWORD; say the user name."""
    make_hashes_cheap()
    actions.set_password(officer, PASSWORD, must_change=must_change)
    return officer


def sign_in(client: FlaskClient, officer: str, *roles: str, department: str | None = None) -> None:
    """Sign a client in as an officer, who is granted roles first; one account serves all calls.

    ``department`` is what a ``department_admin`` administers.
    """
    if officer not in {view.officer for view in queries.accounts()}:
        account(officer)
    make_hashes_cheap()
    for role in roles:
        of = department if role == "department_admin" else None
        actions.grant_role(officer, role, of)
    client.set_cookie(COOKIE, admitted(officer).token)


def admitted(officer: str) -> Admitted:
    """Begin a session without a browser."""
    return actions.sign_in(officer, PASSWORD)


def sign_out(client: FlaskClient) -> None:
    """Let a client forget who it was."""
    client.delete_cookie(COOKIE)


def token_of(client: FlaskClient) -> str:
    """Give the token that the forms of this client carry."""
    page = client.get("/signin")
    if page.status_code != 200:
        page = client.get("/account")
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, "the page has no form"
    return found[1]


def send(client: FlaskClient, path: str, **fields: Any) -> TestResponse:
    """Send a form as a browser does, with its token."""
    sent = {**fields, "csrf_token": token_of(client)}
    return client.post(path, data=sent, headers={"Accept": "text/html"})
