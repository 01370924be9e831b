"""The form of each action: its fields, what they are called, and what they hold."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from tiji.cases.rules import DECISIONS, JUDGEMENTS, OUTCOMES, PAUSE_REASONS, WayForward
from tiji.clock import parse_day
from tiji.errors import BadInputError
from tiji.i18n import N_

SHORT, LONG = 200, 2000


class Day(fields.Field[Any]):
    """Read a day as people write it."""

    def _deserialize(self, value: Any, *_where: Any, **_options: Any) -> Any:
        try:
            return parse_day(str(value))
        except BadInputError as error:
            raise ValidationError(str(error)) from None


class Ways(fields.Field[Any]):
    """Read ways to yes: pairs of what can be done and who by name helps."""

    def _deserialize(self, value: Any, *_where: Any, **_options: Any) -> Any:
        ways = [WayForward(what.strip(), who.strip()) for what, who in value]
        return [way for way in ways if way.what or way.helper]


def _words(label: str, hint: str = "", most: int = LONG, **more: Any) -> fields.String:
    metadata = {"label": label, "hint": hint, **more}
    needed = metadata.pop("required", True)
    return fields.String(required=needed, validate=validate.Length(max=most), metadata=metadata)


def _one_of(label: str, values: tuple[str, ...], *choices: tuple[str, ...]) -> fields.String:
    return fields.String(
        required=True,
        validate=validate.OneOf(values),
        metadata={"label": label, "choices": choices},
    )


def _day(label: str, hint: str = "", required: bool = True) -> Day:
    return Day(required=required, metadata={"label": label, "hint": hint, "kind": "date"})


_FEEDBACK = (
    N_("What the client is told"),
    N_("In the words in which he or she reads it: who does what until when."),
)


class Nothing(Schema):
    """Ask for nothing: the press alone says it."""


class Guide(Schema):
    """Say who is in charge, where to go, and that contact was made (requirement 1)."""

    who = _words(N_("Who is in charge"), N_("The unit by its name, such as a bureau's section."))
    where = _words(N_("Where to go"))
    contact = _words(N_("How contact was made"), N_("Whom you reached, and what was agreed."))


class Reason(Schema):
    """Give the reason."""

    reason = _words(N_("Reason"))


class Agree(Schema):
    """Say how it will be done and promise a day (requirement 18)."""

    plan = _words(N_("How it will be done"))
    promised = _day(N_("Promised day"), N_("The last day on which the client hears the result."))
    feedback = _words(*_FEEDBACK)


class Complete(Schema):
    """Say what was done and what the client is told (requirement 7)."""

    outcome = _one_of(
        N_("Outcome"),
        OUTCOMES,
        ("done", N_("Done"), N_("It could be done as it is.")),
        ("done_with_effort", N_("Done with effort"), N_("Something in the way was overcome.")),
        ("guided", N_("Guided to a unit outside"), N_("Only where the client was guided there.")),
    )
    result = _words(N_("What was done"))
    feedback = _words(*_FEEDBACK)


class Escalate(Schema):
    """Pass it up with an analysis (requirement 21)."""

    why = _words(
        N_("Why I cannot decide"),
        N_("One or two sentences: the next station sees them first."),
    )
    judgement = _one_of(
        N_("My judgement"),
        JUDGEMENTS,
        ("can_with_approval", N_("It can be done, with a nod from above")),
        ("unsure", N_("I am not sure")),
    )
    suggestion = _words(N_("What I suggest"))


class Refuse(Schema):
    """Refuse with reasons, a basis and ways to yes (requirements 13 and 25)."""

    reasons = _words(
        N_("Reasons of the “no”"),
        N_("For the client: which clause, what is missing, and why it cannot be closed."),
    )
    basis = _words(N_("Basis"), N_("The article, and what it demands."), SHORT * 2)
    ways_forward = Ways(
        required=True,
        metadata={
            "label": N_("Ways to yes"),
            "hint": N_("How else could it be done? Each says what to do, and who helps."),
            "kind": "ways",
        },
    )
    feedback = _words(*_FEEDBACK)


class Propose(Schema):
    """Take a feasibility proposal to the city's leaders (requirement 27)."""

    proposal = _words(N_("Feasibility proposal"), N_("How it could be done, and what it needs."))


class Decide(Schema):
    """Decide for the city: who is to do it until when, or no, with all that a “no” needs."""

    decision = _one_of(
        N_("Decision"),
        DECISIONS,
        ("do", N_("Do it")),
        ("do_with_conditions", N_("Do it with conditions")),
        ("refuse", N_("It cannot be done")),
    )
    department = _words(N_("Who is to do it"), N_("The department by its name."), SHORT,
                        required=False)  # fmt: skip
    by = _day(N_("To be done by"), required=False)
    reasons = _words(N_("Reasons"), required=False)
    basis = _words(N_("Basis"), N_("For a “no”: the article, and what it demands."), SHORT * 2,
                   required=False)  # fmt: skip
    ways_forward = Ways(metadata={"label": N_("Ways to yes"), "kind": "ways"})
    feedback = _words(*_FEEDBACK, required=False)


class Pause(Schema):
    """Stop the clocks for a reason until a day."""

    reason = _one_of(
        N_("What is waited for"),
        PAUSE_REASONS,
        ("awaiting_client", N_("Something from the client")),
        ("expert_appraisal", N_("An expert's appraisal")),
        ("public_notice", N_("A public notice")),
    )
    until = _day(N_("Until"), N_("Over ten working days, the station above must grant it."))


class Extend(Schema):
    """Ask for more working days."""

    days = fields.Integer(
        required=True,
        validate=validate.Range(1, 60),
        metadata={"label": N_("Working days"), "hint": N_("1 to 60")},
    )
    reason = _words(N_("Reason"))


class Comment(Schema):
    """Add a remark."""

    text = _words(N_("Remark"))
    public = fields.Boolean(metadata={"label": N_("The client may read it")})


class Handover(Schema):
    """Give the case another first-inquiry officer."""

    to = _words(N_("New first-inquiry officer"), N_("The officer's code."), SHORT, kind="officer")
    reason = _words(N_("Reason"))


class ClientsWord(Schema):
    """Record what the client says."""

    text = _words(N_("In the client's words"), required=False)


class Rate(Schema):
    """Record the client's grade."""

    grade = fields.Integer(
        required=True,
        metadata={
            "label": N_("Grade"),
            "kind": "radio",
            "choices": (
                ("5", N_("Very satisfied")),
                ("4", N_("Satisfied")),
                ("3", N_("Rather satisfied")),
                ("2", N_("Dissatisfied")),
                ("1", N_("Very dissatisfied")),
            ),
        },
    )
    text = _words(N_("In the client's words"), required=False)


class Erase(Schema):
    """Erase the personal data of a case that is over."""

    why = _words(N_("Why they are erased"), N_("Nobody can bring them back."))


FORMS: dict[str, type[Schema]] = {
    **dict.fromkeys(("take", "accept", "resume", "grant"), Nothing),
    **dict.fromkeys(("decline", "deny", "reopen"), Reason),
    "guide": Guide,
    "agree": Agree,
    "complete": Complete,
    "escalate": Escalate,
    "refuse": Refuse,
    "propose": Propose,
    "decide": Decide,
    "pause": Pause,
    "extend": Extend,
    "comment": Comment,
    "handover": Handover,
    "withdraw": ClientsWord,
    "rate": Rate,
    "erase": Erase,
}
