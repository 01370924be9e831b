"""What an examination says: how something stands, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Say how one thing stands; ``advice`` is what to do, and empty where all is well."""

    check: str
    state: State
    what: str
    advice: str = ""


def well(check: str, what: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(check, "ok", what)


def doubtful(check: str, what: str, advice: str) -> Finding:
    """Say what should be looked at."""
    return Finding(check, "warning", what, advice)


def wrong(check: str, what: str, advice: str) -> Finding:
    """Say what does not work, or loses something."""
    return Finding(check, "error", what, advice)


def report(findings: Iterable[Finding]) -> dict[str, Any]:
    """Give findings as plain data; ``ok`` tells that none is an error."""
    given = list(findings)
    return {
        "ok": all(finding.state != "error" for finding in given),
        "findings": [asdict(finding) for finding in given],
    }
