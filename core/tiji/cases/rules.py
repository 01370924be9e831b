"""What each action demands of its words, and when it is allowed at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tiji.cases import words
from tiji.cases.state import OPEN, RUNNING
from tiji.errors import BadInputError, RuleError
from tiji.i18n import _
from tiji.stations.rules import Ladder, station_title

#: The statuses in which each action is allowed.
ALLOWED: dict[str, tuple[str, ...]] = {
    "take": RUNNING,
    "guide": ("open",),
    "accept": ("guided",),
    "decline": ("guided",),
    "agree": ("open",),
    "complete": ("open", "guided", "in_progress"),
    "escalate": ("open", "guided", "in_progress"),
    "refuse": ("open", "in_progress", "with_leaders"),
    "propose": ("open", "in_progress"),
    "decide": ("with_leaders",),
    "pause": ("open", "in_progress", "with_leaders"),
    "resume": ("paused",),
    "extend": RUNNING,
    "grant": OPEN,
    "deny": OPEN,
    "comment": (*OPEN, "answered"),
    "attach": (*OPEN, "answered"),
    "record": (*OPEN, "answered"),
    "handover": OPEN,
    "withdraw": OPEN,
    "rate": ("answered",),
    "reopen": ("answered", "closed"),
    "merge": OPEN,
    "group": OPEN,
    "erase": ("closed", "withdrawn"),
    "undo": (*OPEN, "answered"),
}

#: Who a case's client is in its log, and what he or she does without an officer.
CLIENT = "client"
BY_CLIENT = ("comment", "rate", "withdraw", "attach")

#: Longest pause that acts at once, in working days; a longer one needs the station above.
PAUSE_DAYS = 10
PAUSE_REASONS = ("awaiting_client", "expert_appraisal", "public_notice")
JUDGEMENTS = ("can_with_approval", "unsure")
OUTCOMES = ("done", "done_with_effort", "guided")
DECISIONS = ("do", "do_with_conditions", "refuse")
#: Grades from 5 非常满意 to 1 非常不满意; the last two ask to reopen (国办发〔2019〕51号).
BAD_GRADES = (1, 2)

#: Words that may not stand for an answer at a window (domain.md section 2), and the design's.
FORBIDDEN_PHRASES = (
    "不知道怎么办",
    "不清楚在哪办",
    "不符合办理条件",
    "暂时不能办理",
    "不属于我单位职责",
    "按规定",
    "暂不具备条件",
    "原则上",
)

_NOTHING = frozenset({"", "无", "没有", "暂无", "不详", "none", "nil", "na"})

#: "There is no document for it" is made of these words alone: something missing, a document,
#: and what is said around it. Whatever else a reason says makes it a reason.
_MISSING = re.compile(
    r"无(?:法|据|章|例|先例)可[依循]|于法无据|(?:尚|并|暂|均|也|又|都)?(?:没有|没|无(?!法))|缺乏|缺少|欠缺"
    r"|未见|未找到|未发现|找不到|查不到|\b(?:no|without|lack)\b"
)
_DOCUMENT = re.compile(
    r"文件|依据|政策|先例|规定|法律|法规|条文|条款|参照|参考|支持|支撑|可[依循]"
    r"|\b(?:documents?|polic(?:y|ies)|precedents?|basis|rules?|provisions?)\b"
)
_AROUND = re.compile(
    r"对此|此[事类项]?|这[个件类种事方面]*|该[类种项]?|本|事项|事情|问题|情况|目前|现在|现阶段|当前|暂时|"
    r"经[查研究核实]+|因为|因此|因|由于|所以|故|并?且|而且|并|也|和|与|及|以及|又|或者?|都|均|的|了|我们|"
    r"[我本][局市单位县区科]+|国家|[省市][里级]?|上级|中央|部门|方面|任何|相关|相应|明确|具体|现行|有关|对应|"
    r"成文|直接|书面|对口|类似|[里在上中]|不能|无法|不予|不好|不便|难以|办理|办|处理|解决|受理|答复|申请|建议|"
    r"很?抱歉|遗憾|对不起|敬?请|谅解|理解|您好|您|"
    r"\b(?:there|is|are|we|have|has|any|for|it|this|that|matter|or|and|nor|legal|written|found|exists?|a|the)\b"
)
_SIMPLIFIED = str.maketrans("沒無據規關辦請", "没无据规关办请")


@dataclass(frozen=True, slots=True)
class WayForward:
    """A way to yes (说行建议): what the client can do, and who by name helps with it."""

    what: str
    helper: str


def require_status(action: str, status: str) -> None:
    """Raise RuleError where a case's status does not allow an action (I7 included)."""
    if status in ALLOWED[action]:
        return
    advice = {
        "closed": _("A closed case changes only by `reopen`, by the superior of who answered."),
        "answered": _("It is answered; the client may rate it, and a superior may reopen it."),
        "withdrawn": _("The client withdrew it; open a new case if it comes back."),
        "paused": _("Its clocks are stopped; `resume` it first."),
        "guided": _("The client was guided on; that unit accepts or declines first."),
        "with_leaders": _("It lies with the city's leaders, who `decide`."),
        "in_progress": _("It is promised already; complete it, or ask to `extend`."),
        "open": _("See `tiji case show` for what is possible now."),
    }[status]
    raise RuleError(
        "status",
        _("The case is {status}; {action} is not possible now.").format(
            action=words.actions()[action], status=words.statuses()[status]
        ),
        advice,
    )


#: NUL, which PostgreSQL refuses, and halves of characters, which nothing can write.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def require_storable(*texts: str) -> None:
    """Raise BadInputError for a text that not every database keeps as it is."""
    for text in texts:
        if found := _UNSTORABLE.search(text):
            said = _("A text holds the character U+{code:04X}, which cannot be kept; remove it.")
            raise BadInputError(said.format(code=ord(found[0])))


def require_words(requirement: str, **said: str | None) -> None:
    """Raise RuleError naming the fields that are blank."""
    missing = [name for name, text in said.items() if not (text or "").strip()]
    if missing:
        raise RuleError(
            "words-missing",
            _("These must be given: {names} ({requirement}).").format(
                names=words.listed(f"--{name.replace('_', '-')}" for name in missing),
                requirement=requirement,
            ),
        )


def is_nothing(text: str) -> bool:
    """Tell whether a text says nothing: empty, 无, a dash, in brackets or several times."""
    said = re.split(r"[\W_]+", _plain(text))
    return all(part in _NOTHING for part in said) or "".join(said) in _NOTHING


def is_only_missing_document(text: str) -> bool:
    """Tell whether a text says nothing but that no document, basis, policy or precedent exists."""
    # Chinese knows no spaces: taken out, they part no words; English words stay apart.
    plain = re.sub(r"(?<![a-z])\s+|\s+(?![a-z])", "", _plain(text))
    rest, missing = _MISSING.subn(" ", plain)
    rest, documents = _DOCUMENT.subn(" ", rest)
    idiom = any("可" in said or "据" in said for said in _MISSING.findall(plain))
    return bool(missing and (documents or idiom)) and not re.sub(
        r"[\W_]+", "", _AROUND.sub(" ", rest)
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_SIMPLIFIED).casefold()


def check_refusal(
    reasons: str, basis: str, ways: Sequence[WayForward], feedback: str
) -> tuple[str, ...]:
    """Check the words of a "no" (requirements 13 and 25, I2); return phrases advised against.

    Raises RuleError naming what is missing or not accepted.
    """
    require_words(_("requirement 25"), reasons=reasons, feedback=feedback)
    if is_nothing(basis) or is_only_missing_document(basis):
        raise RuleError(
            "basis",
            _("A refusal names the clause that it rests on; 无 or no document is no basis."),
            _("Name the article and what it demands, or do it, or propose it to the leaders."),
        )
    if is_nothing(reasons) or is_only_missing_document(reasons):
        raise RuleError(
            "no-document",
            _("“There is no document for it” is no reason to refuse (requirement 13)."),
            _("Say what stands in the way, or `propose` a way to the city's leaders."),
        )
    if not any(w.what.strip() and w.helper.strip() for w in ways):
        raise RuleError(
            "way-forward",
            _("A refusal shows at least one way to yes, with a named helper (requirement 25)."),
            _('Give --way-forward "WHAT :: WHO HELPS".'),
        )
    if any(is_nothing(w.what) or is_nothing(w.helper) for w in ways):
        raise RuleError(
            "way-forward",
            _("Every way forward names what to do and who helps."),
            _('Give --way-forward "WHAT :: WHO HELPS".'),
        )
    return forbidden_phrases(reasons, feedback)


def forbidden_phrases(*texts: str) -> tuple[str, ...]:
    """List the phrases that an answer should not hide behind; advice, never a block."""
    return tuple(phrase for phrase in FORBIDDEN_PHRASES if any(phrase in text for text in texts))


def check_escalation(ladder: Ladder, station: int) -> None:
    """Raise RuleError where a station may refuse: from there only a proposal leads up."""
    if ladder.station(station).may_refuse:
        raise RuleError(
            "escalate",
            _("Station {no} ({title}) decides: it does not escalate.").format(
                no=station, title=station_title(ladder.station(station).title)
            ),
            _("Agree, complete, refuse with reasons, or `propose` to the city's leaders."),
        )


def check_may_refuse(ladder: Ladder, station: int | None) -> None:
    """Raise RuleError at every station whose ladder does not let it refuse (I1)."""
    if station is None or not ladder.station(station).may_refuse:
        title = station_title(ladder.station(station).title) if station else "-"
        raise RuleError(
            "no-refusal-here",
            _("Station {no} ({title}) never says no (requirements 16 and 22).").format(
                no=station, title=title
            ),
            _("Agree if it can be done; if you cannot decide, `escalate`."),
        )


def check_proposal(ladder: Ladder, station: int) -> None:
    """Raise RuleError unless the station is the last below the city's leaders."""
    here = ladder.station(station)
    above = ladder.station(station + 1) if station < ladder.top else None
    if here.role != "principal" or above is None or above.role != "city":
        raise RuleError(
            "propose",
            _("Only the principal proposes to the city's leaders (requirement 27)."),
            _("Below the principal, `escalate` one station."),
        )


@dataclass(frozen=True, slots=True)
class Seated:
    """Who sits on a station, for the rule that climbs: a code, and for whom he or she acts."""

    officer: str
    section: str | None
    acting_for: str | None


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a case arrives: the station, who holds it, and the stations passed through."""

    station: int
    seat: Seated
    passed: tuple[tuple[int, str], ...]

    def passed_json(self) -> list[dict[str, object]]:
        """Write the stations that were passed through, as events keep them."""
        return [{"station": no, "why": why} for no, why in self.passed]


def land(
    ladder: Ladder, start: int, leaving: str | None, seat_of: Callable[[int], Seated | None]
) -> Landing:
    """Find the first station from ``start`` upwards that somebody holds (I3).

    A vacant station is passed and recorded, never skipped in silence; so is one that the
    officer who is leaving the case holds too (a merged post), unless it may refuse.
    """
    passed: list[tuple[int, str]] = []
    for station in ladder.stations[start - 1 :]:
        seat = seat_of(station.no)
        if seat is None:
            passed.append((station.no, "vacant"))
        elif seat.officer == leaving and not station.may_refuse:
            passed.append((station.no, "merged"))
        else:
            return Landing(station.no, seat, tuple(passed))
    raise RuleError(
        "no-holder",
        _("Nobody holds station {no} ({title}) or any above it.").format(
            no=start, title=station_title(ladder.station(start).title)
        ),
        _("Fill the post in the organisation file and run `tiji org load`."),
    )


def check_grade(grade: int) -> None:
    """Raise RuleError for a grade outside 1 to 5."""
    if not 1 <= grade <= 5:
        raise RuleError("grade", _("A grade is 5 (very satisfied) to 1 (very dissatisfied)."))
