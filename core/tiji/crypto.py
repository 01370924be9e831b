"""Encryption of personal data with a key outside the database (S33; PIPL art. 51)."""

from __future__ import annotations

import hashlib
import json
import os
from hashlib import blake2b
from pathlib import Path
from typing import Any

from tiji.canonical import canonical
from tiji.errors import TijiError
from tiji.i18n import _

KEY_FILE = "data.key"
_NONCE = 12


class Cipher:
    """Seal personal data, open it, and index it so that equal values can be found.

    AES-256-GCM for sealing, keyed BLAKE2b for the blind index, each with a key of its own that
    is derived from the data key.
    """

    def __init__(self, secret: str) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._aead = AESGCM(hashlib.sha256(b"tiji seal\0" + secret.encode()).digest())
        self._index_key = hashlib.sha256(b"tiji index\0" + secret.encode()).digest()
        #: What cookies and form tokens are signed with.
        self.signing_key = hashlib.sha256(b"tiji sign\0" + secret.encode()).digest()

    def seal(self, values: dict[str, Any]) -> bytes:
        """Encrypt a mapping of plain values."""
        return self.seal_text(canonical(values))

    def seal_text(self, text: str) -> bytes:
        """Encrypt a mapping that is written as canonical JSON already."""
        nonce = os.urandom(_NONCE)
        return nonce + self._aead.encrypt(nonce, text.encode(), None)

    def open(self, sealed: bytes | None) -> dict[str, Any]:
        """Decrypt what :meth:`seal` gave; raise TijiError where the key is another one."""
        from cryptography.exceptions import InvalidTag

        if not sealed:
            return {}
        try:
            plain = self._aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
        except InvalidTag:
            raise TijiError(
                _(
                    "The data key does not belong to this database. Put back the key file "
                    "that was made with it, or set TIJI_DATA_KEY to its key."
                )
            ) from None
        values = json.loads(plain)
        assert isinstance(values, dict)
        return values

    def index(self, *values: str) -> str:
        """Give a keyed hash by which equal values can be found, and nothing else learnt."""
        message = "\x1f".join(values).encode()
        return blake2b(message, key=self._index_key, digest_size=16).hexdigest()


def commitment(salt: str, *texts: str) -> str:
    """Hash personal data into the event log.

    Without the salt it says nothing, and erasing the data leaves the chain valid.
    """
    return hashlib.sha256("\0".join((salt, *texts)).encode()).hexdigest()


def read_key(home: Path, given: str | None) -> str:
    """Return the data key that the environment gives or that the home's key file holds."""
    if given:
        return given
    try:
        return (home / KEY_FILE).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise TijiError(
            _("There is no data key in {home}: run `tiji init` first.").format(home=home)
        ) from None


def make_key(home: Path) -> bool:
    """Make the key file, readable by its owner only, unless there is one; tell if it is new."""
    home.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(home / KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(os.urandom(32).hex() + "\n")
    return True
