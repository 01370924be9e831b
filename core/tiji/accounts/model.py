"""Tables of accounts, roles, sessions, and tries to sign in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tiji.db import Model, UTCDateTime
from tiji.people.model import CODE, Effective


class AccountRow(Model):
    """How an officer signs in.

    The second factor's secret is sealed; ``factor_at`` is None until a first code has proved that
    the phone knows it, and until then the secret asks nobody for anything.
    """

    __tablename__ = "tj_account"

    officer: Mapped[str] = mapped_column(CODE, ForeignKey("tj_officer.code"), primary_key=True)
    user_name: Mapped[str] = mapped_column(CODE, unique=True)
    password: Mapped[str] = mapped_column(String(200))
    password_at: Mapped[datetime] = mapped_column(UTCDateTime)
    must_change: Mapped[bool]
    secret: Mapped[bytes | None]
    factor_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    recovery_codes: Mapped[list[str]] = mapped_column(JSON)
    preferences: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RoleRow(Effective, Model):
    """A role granted to an officer; ``department`` is what a department's administrator keeps."""

    __tablename__ = "tj_role"

    id: Mapped[int] = mapped_column(primary_key=True)
    officer: Mapped[str] = mapped_column(ForeignKey("tj_officer.code"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    department: Mapped[str | None] = mapped_column(ForeignKey("tj_department.code"))


class SessionRow(Model):
    """A sign-in that lasts until it ends or its time is over; the token is kept as a hash only.

    ``proved_at`` is None as long as the second factor's code is awaited.
    """

    __tablename__ = "tj_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    officer: Mapped[str] = mapped_column(ForeignKey("tj_account.officer"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    proved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    browser: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(60))


class TryRow(Model):
    """Failures in a row under a name, known or not, which is kept as a keyed hash only (S14)."""

    __tablename__ = "tj_sign_in_try"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
