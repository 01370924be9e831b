"""The use cases of a case: each public function is one transaction with its events."""

from tiji.cases.actions.aftercare import comment, handover, rate, reopen, withdraw
from tiji.cases.actions.answering import agree, complete, decide, refuse
from tiji.cases.actions.climbing import escalate, propose
from tiji.cases.actions.erasing import erase
from tiji.cases.actions.guiding import accept, decline, guide, take
from tiji.cases.actions.joining import group, merge
from tiji.cases.actions.opening import open_case
from tiji.cases.actions.pausing import deny, extend, grant, pause, resume
from tiji.cases.actions.undoing import undo

__all__ = [
    "accept",
    "agree",
    "comment",
    "complete",
    "decide",
    "decline",
    "deny",
    "erase",
    "escalate",
    "extend",
    "grant",
    "group",
    "guide",
    "handover",
    "merge",
    "open_case",
    "pause",
    "propose",
    "rate",
    "refuse",
    "reopen",
    "resume",
    "take",
    "undo",
    "withdraw",
]
