"""How much a draft holds, how it is named, and how long it is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from tiji.canonical import canonical
from tiji.errors import BadInputError
from tiji.i18n import _

MOST_BYTES = 64 * 1024
KEPT_FOR = timedelta(days=30)
#: A case's number and an action, or the name of a form that has no case yet.
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[a-z0-9_.-]+)?")

#: Who types: an officer by code, or a visitor by a word that only he or she knows.
OFFICER, VISITOR = "officer", "visitor"


def owner_of(kind: str, code: str) -> str:
    """Name the owner of drafts."""
    return f"{kind}:{code}"


def require_key(key: str) -> None:
    """Raise BadInputError for what names no form."""
    if len(key) > 120 or not _KEY.fullmatch(key):
        raise BadInputError(_("This form has no name by which a draft could be kept."))


def written(fields: Mapping[str, list[str]]) -> str:
    """Write a draft's fields as they are sealed; raises BadInputError where they are too long."""
    text = canonical({"fields": dict(fields)})
    if len(text.encode()) > MOST_BYTES:
        raise BadInputError(_("The draft is longer than what can be kept; shorten it."))
    return text
