"""What the plugin says, in both languages, and the words that a petition ledger uses."""

from __future__ import annotations

from typing import Any

from tiji.api import either

#: 信访形式: letter, visit, online, telephone.
WAYS = ("来信", "来访", "网上", "电话")

#: 化解状态 as the ledger writes it, by the code that the plugin keeps.
STATES = {
    "unresolved": "未化解",
    "resolving": "化解中",
    "resolved": "已化解",
    "relapsed": "反弹",
}
_CODES = {word: code for code, word in STATES.items()}


def say(zh: str, en: str, **values: Any) -> str:
    """Give a text in the caller's language, with its values put in."""
    return either({"zh": zh, "en": en}).format(**values)


def state_code(word: str | None) -> str:
    """Give the code of a 化解状态; an empty or unknown one is not resolved."""
    return _CODES.get(word or "", "unresolved")


def state_name(code: str) -> str:
    """Show a state in the caller's language."""
    return say(STATES[code], code)


def label(zh: str, en: str, personal: bool = False) -> dict[str, Any]:
    """Make the metadata of a form's field: its label, and whether it is kept encrypted."""
    shown = {"label": zh, "label_en": en}
    return shown | {"personal": True} if personal else shown
