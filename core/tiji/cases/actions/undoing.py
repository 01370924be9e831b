"""Take back one's own last step (撤回), while nobody has gone on from it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tiji.cases.actions.answering import MOST_IN_A_GROUP
from tiji.cases.actions.reseating import reseat
from tiji.cases.last_step import chosen_by
from tiji.cases.model import CaseRow
from tiji.cases.move import Move
from tiji.cases.moving import load_moves, moving_all, raise_conflict
from tiji.cases.undo import Step, is_own, last_that_counts, past, until
from tiji.clock import local
from tiji.errors import RuleError
from tiji.events.deliveries import keep_inside
from tiji.events.queries import links_of
from tiji.events.rules import Link, read_stamp
from tiji.i18n import _

_ANSWERS = ("case_answered", "case_refused")


def undo(number: str, actor: str, *, seen: int | None = None) -> str:
    """Take back the step that the actor took last: for 30 seconds, a refusal for 30 minutes.

    The case stands as it did before, but its clocks ran on: the time that passed counts. What
    was answered with it is taken back too. Return the kind of event that was taken back. Raises
    RuleError where nothing can be taken back any more, ConflictError where somebody went on.
    """
    with moving_all([number], "undo", actor, seen) as moves:
        lead = moves[0]
        step = _take_back(lead, actor)
        if step.kind in _ANSWERS:
            for follower in _answered_with(lead, step, actor):
                _take_back(follower, actor, of_group=True)
                moves.append(follower)
            reseat(moves, lead.desk)  # officers may have left since
        return step.kind


def _take_back(move: Move, actor: str, of_group: bool = False) -> Step:
    links = links_of(move.id)
    step = _own_last(move, links, actor)
    first = step.seq
    if of_group and _ended_pause(links, step):
        first -= 1
    changes = [json.loads(link.change) for link in links]
    move.put_back(past(changes, first, step.seq))
    move.record("undone", actor, step=step.kind, seq=step.seq)
    keep_inside(move.desk.session, [f"{move.number}/{step.seq}"], step.kind)
    return step


def _own_last(move: Move, links: Sequence[Link], actor: str) -> Step:
    """Give the actor's step that is the case's last; what came after it stands in the way."""
    steps = [Step(link.seq, link.kind, read_stamp(link.at), link.actor) for link in links]
    step, chosen = last_that_counts(steps), chosen_by(actor)
    if step is None or move.links or not is_own(step, actor):
        recent = [one for one in steps if is_own(one, actor) and move.now <= until(one, chosen)]
        if recent:
            raise_conflict(move, recent[-1].seq, actor)
        raise RuleError(
            "nothing-to-undo",
            _("There is no step of yours on {number} that could be taken back.").format(
                number=move.number
            ),
            _("Only one's own last step can be, for a short while."),
        )
    if move.now > (ended := until(step, chosen)):
        raise RuleError(
            "undo-late",
            _("It could be taken back until {time}.").format(
                time=local(ended).strftime("%H:%M:%S")
            ),
            _("Go on from where the case is now."),
        )
    return step


def _ended_pause(links: Sequence[Link], step: Step) -> bool:
    """Tell whether a pause was ended only so that the answer could be given."""
    before = links[step.seq - 2]
    answer = links[step.seq - 1]
    return before.kind == "case_resumed" and before[3:5] == answer[3:5]


def _answered_with(lead: Move, step: Step, actor: str) -> list[Move]:
    """Load the cases that got their answer with this one's."""
    shared = (CaseRow.grouped_with == lead.id) & (CaseRow.status == "answered")
    at_once = (CaseRow.answered_by == actor) & (CaseRow.answered_at == step.at)
    return load_moves(lead.desk, shared & at_once, MOST_IN_A_GROUP, by_id=True)
