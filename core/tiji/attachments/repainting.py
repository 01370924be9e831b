"""Paint a picture anew, so that nothing but what is seen stays of it (S29).

Run as a process of its own (S28), ``python -m tiji.attachments.repainting SOURCE TARGET FORMAT``:
what decodes a picture that somebody made to break it may ask for all the memory there is.
"""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from threading import BoundedSemaphore

from tiji.attachments.rules import FileType
from tiji.errors import RefusedFileError
from tiji.i18n import _

#: More is no photograph of a paper; what is larger than the second is made smaller.
MOST_PIXELS, KEPT_SIDE = 120_000_000, 6000
MEMORY, SECONDS = 1 << 30, 30
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_QUALITY = {"JPEG": {"quality": 90}, "WEBP": {"quality": 90}, "PNG": {"compress_level": 6}}
_TOO_LARGE = 3
#: So many pictures are painted at a time by one process.
_turns = BoundedSemaphore(2)


def repaint(path: Path, kind: FileType, name: str) -> None:
    """Replace a picture by one without metadata, upright; raises RefusedFileError."""
    target = path.with_name(f"{path.name}.painted")
    command = [sys.executable, "-I", "-m", __name__, str(path), str(target), _FORMATS[kind.media]]
    try:
        with _turns:
            code = _run(command)
        if code == 0:
            target.replace(path)
            return
    finally:
        target.unlink(missing_ok=True)
    if code == _TOO_LARGE:
        raise RefusedFileError(
            _("{name} has too many pixels. Take it at a lower resolution.").format(name=name)
        )
    raise RefusedFileError(
        _("{name} cannot be opened as a picture. Take or save it again.").format(name=name)
    )


def _run(command: list[str]) -> int | None:
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    return done.returncode


def _limit_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError, OSError):  # not everywhere
        pass


def _paint(source: str, target: str, into: str) -> None:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(source, formats=[into]) as image:
        if image.width * image.height > MOST_PIXELS:
            raise Image.DecompressionBombError
        # First smaller, then turned: each step holds the whole picture twice.
        image.thumbnail((KEPT_SIDE, KEPT_SIDE))
        upright = ImageOps.exif_transpose(image)
    clear = "A" in upright.getbands() or "transparency" in upright.info
    painted = upright.convert("RGBA" if clear and into != "JPEG" else "RGB")
    painted.info.clear()
    painted.save(target, into, **_QUALITY[into])


def main(source: str, target: str, into: str) -> int:
    """Paint a picture anew; give the exit code."""
    from PIL import Image

    _limit_memory()
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        _paint(source, target, into)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        return _TOO_LARGE
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
