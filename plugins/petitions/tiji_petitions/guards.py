"""What the petitions bureau forbids beyond the core's law."""

from __future__ import annotations

from tiji.api import CaseView, Deny, in_department, runtime
from tiji_petitions.queries import petition
from tiji_petitions.rules import COLLECTIVE_FROM, is_collective
from tiji_petitions.words import say

BUREAU = "petitions_bureau"


def decide(actor: str, action: str, case: CaseView) -> Deny | None:
    """Forbid that a collective petition is withdrawn on the word of the department it is about.

    The petitions bureau asks the representatives and records it: who must answer a case may not
    make it go away (domain.md, section 8).
    """
    if action != "withdraw":
        return None
    row = petition(case.id)
    if row is None or not is_collective(row["people"]):
        return None
    if in_department(actor, BUREAU, runtime().clock.now()):
        return None
    return Deny(
        say(
            "{number} 是 {limit} 人以上的集体访，责任单位不能代为登记撤回。",
            "{number} is a petition of {limit} people or more: the department that handles it "
            "does not record its withdrawal.",
            number=case.number,
            limit=COLLECTIVE_FROM,
        ),
        say(
            "由信访局向信访人代表核实后登记撤回。",
            "The petitions bureau asks the representatives and records it.",
        ),
    )
