"""What a plugin's pages may import; only a server loads it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select

from tiji.accounts.rules import Viewer
from tiji.cases import topics
from tiji.web.pages import back_to, is_fragment, local_path, render, say
from tiji.web.viewer import viewer

__all__ = [
    "Viewer",
    "back_to",
    "is_fragment",
    "local_path",
    "only_seen",
    "render",
    "say",
    "shown_cases",
    "viewer",
]


def only_seen(query: Select[Any], case_id: ColumnElement[int]) -> Select[Any]:
    """Narrow a query over a plugin's rows to the cases that whoever asks may see (S2)."""
    return topics.only_seen(query, case_id, viewer())


def shown_cases(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Give cases by id as all lists show them: number, title, client masked, light, ladder."""
    return topics.shown_cases(ids)
