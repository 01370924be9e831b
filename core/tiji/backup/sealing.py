"""A stream that is encrypted in chunks: none can be changed, moved, left out or cut off."""

from __future__ import annotations

import io
import os
from typing import IO, TYPE_CHECKING

from tiji.errors import RefusedFileError
from tiji.i18n import _

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"tiji sealed 1\n"
CHUNK = 1 << 20
_SALT, _TAG = 16, 16


def _cipher(secret: str, salt: bytes) -> AESGCM:
    """Derive a key that is this one stream's, so that counting nonces from zero is safe."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return AESGCM(HKDF(SHA256(), 32, salt, b"tiji backup").derive(secret.encode()))


def _nonce(number: int, last: bool) -> bytes:
    """Number the chunks and mark the last: a stream that ends earlier does not open."""
    return number.to_bytes(11, "big") + bytes([last])


class SealedWriter(io.RawIOBase):
    """Encrypt what is written (AES-256-GCM) into ``file``, which stays open after ``close``."""

    def __init__(self, file: IO[bytes], secret: str) -> None:
        salt = os.urandom(_SALT)
        self._file, self._aead = file, _cipher(secret, salt)
        self._waiting, self._number = bytearray(), 0
        file.write(MAGIC + salt)

    def writable(self) -> bool:
        """Tell that this is a stream to write to."""
        return True

    def write(self, data: ReadableBuffer) -> int:
        """Take plain bytes; whole chunks leave as soon as another follows."""
        plain = memoryview(data).cast("B")
        self._waiting += plain
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(plain)

    def close(self) -> None:
        """Write the last chunk."""
        if not self.closed:
            self._seal(bytes(self._waiting), last=True)
        super().close()

    def _seal(self, plain: bytes, last: bool) -> None:
        self._file.write(self._aead.encrypt(_nonce(self._number, last), plain, None))
        self._number += 1


class SealedReader(io.RawIOBase):
    """Decrypt what :class:`SealedWriter` wrote; raise RefusedFileError for any other byte."""

    def __init__(self, file: IO[bytes], secret: str) -> None:
        head = file.read(len(MAGIC) + _SALT)
        self._file, self._aead = file, _cipher(secret, head[len(MAGIC) :])
        self._next: bytes | None = file.read(CHUNK + _TAG)
        self._plain, self._number = b"", 0

    def readable(self) -> bool:
        """Tell that this is a stream to read from."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Give plain bytes that were proved; nothing at the end."""
        if not self._plain and self._next is not None:
            self._plain = self._open()
        room = memoryview(buffer).cast("B")
        part, self._plain = self._plain[: len(room)], self._plain[len(room) :]
        room[: len(part)] = part
        return len(part)

    def _open(self) -> bytes:
        from cryptography.exceptions import InvalidTag

        sealed, self._next = self._next, self._file.read(CHUNK + _TAG)
        last = not self._next
        try:
            plain = self._aead.decrypt(_nonce(self._number, last), sealed or b"", None)
        except InvalidTag:
            raise RefusedFileError(
                _(
                    "The archive does not open: it is damaged or cut off, or TIJI_BACKUP_KEY is "
                    "not the key that it was sealed with."
                )
            ) from None
        self._number += 1
        if last:
            self._next = None
        return plain
