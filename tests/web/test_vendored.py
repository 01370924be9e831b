"""Scripts of others are kept as they came, and the manifest says what they are."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tiji.web.app import HERE

VENDOR = HERE / "static" / "vendor"


def test_vendored_files_are_those_of_the_manifest() -> None:
    listed = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert {entry["file"] for entry in listed} == {
        path.name for path in VENDOR.iterdir() if path.name != "manifest.json"
    }
    for entry in listed:
        assert _sum(VENDOR / entry["file"]) == entry["sha256"], entry["file"]
        assert entry["version"] in entry["file"]
        assert entry["licence"]


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
