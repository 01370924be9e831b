"""Short ways to run `tiji` on the demo city."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from click.testing import Result

Json = dict[str, Any]
Run = Callable[..., Result]

OPEN = [
    *("case", "open", "--matter", "petitions.other", "--title", "路灯无人管养"),
    *("--content", "两区交界处路灯不亮", "--client-name", "张某某", "--client-kind", "citizen"),
]
WORDS: dict[str, list[str]] = {
    "take": [],
    "guide": ["--who", "市自规局", "--where", "政务中心二楼", "--contact", "已电话联系"],
    "accept": [],
    "decline": ["--reason", "应由住建局办理"],
    "agree": ["--plan", "补办手续", "--promised", "2026-12-04", "--feedback", "已电话告知"],
    "complete": ["--result", "已办证", "--outcome", "done", "--feedback", "已送达"],
    "escalate": ["--why", "缺备案", "--judgement", "unsure", "--suggestion", "会同核验"],
    "refuse": [
        *("--reasons", "未满五年", "--basis", "某办法第三条", "--feedback", "已书面告知"),
        *("--way-forward", "满五年后再申请 :: 范科长"),
    ],
    "propose": ["--proposal", "先登记后追缴"],
    "decide": ["--decision", "do", "--department", "housing", "--by", "2026-12-11"],
    "pause": ["--reason", "awaiting_client", "--until", "2026-11-27"],
    "resume": [],
    "extend": ["--days", "2", "--reason", "等待测绘"],
    "grant": [],
    "deny": ["--reason", "材料已齐"],
    "comment": ["--text", "已约周三面谈", "--public"],
    "handover": ["--to", "housing_fio4", "--reason", "岗位调整"],
    "withdraw": [],
    "rate": ["--grade", "5", "--text", "很满意"],
    "reopen": ["--reason", "问题未解决"],
    "erase": ["--why", "保存期限已满", "--yes"],
}


def data(result: Result) -> Json:
    """Read what a command printed as JSON."""
    read: Json = json.loads(result.stdout)
    return read


def fails(tiji: Run, code: int, action: str, number: str, actor: str, *more: str) -> str:
    """Run an action that fails with an exit code; give what it says on stderr."""
    result = tiji("case", action, number, "--as", actor, *WORDS[action], *more, code=code)
    assert result.stdout == ""
    return result.stderr
