"""Take a file in: bounded, recognised, painted anew or scanned, and put in its place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import IO

from tiji.attachments import storage
from tiji.attachments.recognising import recognise
from tiji.attachments.repainting import repaint
from tiji.attachments.rules import MOST_BYTES, plain_name, shown_name, too_large, unknown_type
from tiji.attachments.scanning import scan

_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Received:
    """Hold a file that passed: where it is while it comes in, and what is known of it."""

    path: Path
    sha256: str
    size: int
    media: str
    name: str
    scanned_at: datetime | None

    def keep(self) -> None:
        """Put it in its place; asked twice, it stays there."""
        storage.keep(self.path, self.sha256)


@contextmanager
def receiving(stream: IO[bytes], name: str) -> Iterator[Received]:
    """Receive a file whole, and give it if it may be taken; raises RefusedFileError.

    A picture loses its metadata first: what is hashed and kept is what others will open.
    """
    name = plain_name(name)
    with storage.incoming() as file:
        size = 0
        while block := stream.read(_CHUNK):
            size += len(block)
            if size > MOST_BYTES:
                raise too_large(name)
            file.write(block)
        if size == 0:
            raise unknown_type(name)
        file.flush()
        path = Path(file.name)
        kind = recognise(path, name)
        scanned_at = scan(path, name)
        if kind.image:
            repaint(path, kind, name)
        with path.open("rb") as whole:
            digest, size = (
                file_digest(whole, "sha256").hexdigest(),
                os.fstat(whole.fileno()).st_size,
            )
        yield Received(path, digest, size, kind.media, shown_name(name, kind), scanned_at)
