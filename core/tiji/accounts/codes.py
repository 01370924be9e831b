"""What proves a person or a session: random tokens, one-time codes by time, recovery codes."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime

from pyotp import TOTP, random_base32

ISSUER = "Tiji"
#: A phone's clock may be so many steps of 30 seconds off.
DRIFT = 1
RECOVERY_CODES = 10
#: Letters and digits that nobody mistakes for others: 10 of them are 49 bits.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_HALF = 5


def new_token() -> str:
    """Give a session's token: 256 random bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Give what is kept of a token; it is random, so that a quick hash hides it."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_secret() -> str:
    """Give a secret for one-time codes."""
    return random_base32()


def provisioning_uri(secret: str, user_name: str) -> str:
    """Give what an authenticator application reads from a QR code."""
    return TOTP(secret).provisioning_uri(name=user_name, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime, last: int | None) -> int | None:
    """Give the time step that a code is right for; None if for none, or one that was used."""
    plain = re.sub(r"\s", "", code)
    totp = TOTP(secret)
    current = totp.timecode(now)
    for step in range(current - DRIFT, current + DRIFT + 1):
        fresh = last is None or step > last
        if fresh and plain.isascii() and secrets.compare_digest(totp.generate_otp(step), plain):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Give codes that each stand once for a lost phone."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _sign in range(_HALF)) for _part in "ab")
        for _code in range(RECOVERY_CODES)
    ]


def new_password() -> str:
    """Give a temporary password of 99 random bits, which is easily read out and typed."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_HALF)) for _ in range(4))


def plain_recovery_code(text: str) -> str:
    """Read a recovery code however it was written."""
    return re.sub(r"[\W_]", "", text).lower()
