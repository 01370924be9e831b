"""A Merkle tree over the leaves of the witness, as in RFC 6962: earlier roots stay provable."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

_sha256 = hashlib.sha256


@dataclass(slots=True)
class Tree:
    """Hash leaves one after another, keeping only the complete subtrees, the largest first.

    There are as many of these as ``size`` has binary ones, so that a tree goes on from any
    earlier point without its leaves.
    """

    size: int = 0
    frontier: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        """Add the next leaf."""
        digest = _sha256(b"\0" + leaf).digest()
        complete = self.size
        while complete & 1:
            digest = _sha256(b"\1" + self.frontier.pop() + digest).digest()
            complete >>= 1
        self.frontier.append(digest)
        self.size += 1

    def root(self) -> str:
        """Give the hash over all leaves so far, in hexadecimal."""
        if not self.frontier:
            return _sha256().hexdigest()
        digest = self.frontier[-1]
        for left in reversed(self.frontier[:-1]):
            digest = _sha256(b"\1" + left + digest).digest()
        return digest.hex()

    def kept(self) -> list[str]:
        """Give the frontier as plain data."""
        return [digest.hex() for digest in self.frontier]

    @classmethod
    def going_on(cls, size: int, kept: Sequence[str]) -> Tree:
        """Go on from what :meth:`kept` gave at a size."""
        return cls(size, [bytes.fromhex(digest) for digest in kept])
