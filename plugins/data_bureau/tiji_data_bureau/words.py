"""What the plugin says, in both languages, and the words that message platforms use."""

from __future__ import annotations

from typing import Any

from tiji.api import either

#: 诉求类型: enquiry, request for help, complaint, report of misconduct, suggestion, praise.
KINDS = ("咨询", "求助", "投诉", "举报", "建议", "表扬")

#: What each kind is called in English.
_KINDS_EN = ("enquiry", "request for help", "complaint", "report", "suggestion", "praise")

#: 满意度, the best first; the last two are bad ratings (国办发〔2019〕51号).
GRADES = ("非常满意", "满意", "基本满意", "不满意", "非常不满意")

#: 解决情况 as a callback finds it.
SOLVED = "已解决"
SOLUTIONS = (SOLVED, "部分解决", "未解决")

YES, NO = "是", "否"
#: How platforms write that something is so.
YES_WORDS = frozenset({YES, "匿名", "1", "√", "Y", "y", "TRUE", "true"})
#: Who is not named.
ANONYMOUS = "匿名"


def say(zh: str, en: str, **values: Any) -> str:
    """Give a text in the caller's language, with its values put in."""
    return either({"zh": zh, "en": en}).format(**values)


def kind_name(kind: str) -> str:
    """Show a kind in the caller's language; one that no list has stays as it is."""
    return say(kind, dict(zip(KINDS, _KINDS_EN, strict=True)).get(kind, kind))


def label(zh: str, en: str, personal: bool = False) -> dict[str, Any]:
    """Make the metadata of a form's field: its label, and whether it is kept encrypted."""
    shown = {"label": zh, "label_en": en}
    return shown | {"personal": True} if personal else shown
