"""Passwords: which are good, and their argon2id hashes."""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tiji.errors import RuleError
from tiji.i18n import _

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 256
FEWEST_SIGNS = 5
#: What people take when they are asked for twelve signs.
COMMON = """
123456789012 1234567890123 123456123456 1234567890ab 1q2w3e4r5t6y 1qaz2wsx3edc 1qaz2wsx3edc4rfv
a1b2c3d4e5f6 abc123456789 abcd12345678 admin1234567 admin12345678 administrator adminadminadmin
asdfghjkl123 changeme1234 iloveyou1234 letmein12345 passw0rd1234 password1234 password12345
password123456 passwordpassword p@ssw0rd1234 p@ssword1234 qazwsxedcrfv qwerty123456 qwertyuiop12
qwertyuiop123 qwertyuiop[] welcome12345 woaini123456 woaini1314520 zxcvbnm12345
"""
COMMON_PASSWORDS = frozenset(COMMON.split())

#: RFC 9106's second choice: 64 MiB, three passes. Tests put a cheaper one here.
hasher = PasswordHasher()


def hashed(password: str) -> str:
    """Hash a password with a salt of its own."""
    return hasher.hash(_plain(password))


def matches(stored: str | None, password: str) -> bool:
    """Compare a password with a stored hash; without one it takes as long, and is wrong (S14)."""
    try:
        hasher.verify(stored or _nobodys(hasher), _plain(password)[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Tell whether a hash was made with other costs than today's."""
    return hasher.check_needs_rehash(stored)


def _plain(password: str) -> str:
    """Let the same keys give the same password on every system."""
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys(made_by: PasswordHasher) -> str:
    return made_by.hash("nobody's")


def require_good_password(password: str, user_name: str) -> None:
    """Raise RuleError for a password that is short, is the user name, or that everybody takes."""
    if len(password) < SHORTEST_PASSWORD:
        raise _weak(
            _("The password has {count} characters; at least {least} are needed.").format(
                count=len(password), least=SHORTEST_PASSWORD
            )
        )
    if len(password) > LONGEST_PASSWORD:
        raise _weak(_("The password is longer than {most}.").format(most=LONGEST_PASSWORD))
    plain = password.casefold()
    if user_name.casefold() in (plain, plain[::-1]) or plain == user_name.casefold() * 2:
        raise _weak(_("The password is the user name."))
    if plain in COMMON_PASSWORDS or len(set(plain)) < FEWEST_SIGNS or _is_run(plain):
        raise _weak(_("Many people take this password, so it is guessed first."))


def _is_run(text: str) -> bool:
    """Tell whether each sign follows on the one before, as in 23456789 or cdefgh."""
    steps = {ord(b) - ord(a) for a, b in pairwise(text)}
    return len(steps) == 1


def _weak(message: str) -> RuleError:
    return RuleError("weak-password", message, _("Three or four words that only you join do well."))
