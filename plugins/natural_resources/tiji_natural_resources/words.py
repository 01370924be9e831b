"""What the plugin says, in both languages, and the words that a certificate ledger uses."""

from __future__ import annotations

from typing import Any

from tiji.api import either

#: 办证状态 as the ledger writes it, and the household's state that it means.
LEDGER_STATES = {"未办": "ready", "办理中": "accepted", "已办": "issued"}

YES_NO = ("是", "否")

#: How each state is named in both languages, and its sign in the grid.
_STATES = {
    "issued": ("已发证", "issued", "■"),
    "accepted": ("已受理", "accepted", "·"),
    "ready": ("可申请", "can apply", "○"),
    "papers": ("缺件", "papers missing", "缺"),
    "blocked": ("卡住", "blocked", "!"),
    "refused": ("未予办理", "refused", "×"),
    "ended": ("已终止", "ended", "-"),
}


def say(zh: str, en: str, **values: Any) -> str:
    """Give a text in the caller's language, with its values put in."""
    return either({"zh": zh, "en": en}).format(**values)


def state_name(state: str) -> str:
    """Show a household's state in the caller's language."""
    zh, en, _glyph = _STATES[state]
    return say(zh, en)


def glyph(state: str) -> str:
    """Give the sign of a state: never by colour alone."""
    return _STATES[state][2]


def label(zh: str, en: str, personal: bool = False) -> dict[str, Any]:
    """Make the metadata of a form's field: its label, and whether it is kept encrypted."""
    shown = {"label": zh, "label_en": en}
    return shown | {"personal": True} if personal else shown
