"""The public signals: sent after the commit, with the immutable event as ``event``.

A receiver gets ``(app, event=Event)``. It runs outside any transaction, may run twice after a
crash, and cannot stop or change what happened.
"""

from __future__ import annotations

from blinker import NamedSignal, Namespace

_signals = Namespace()


def _signal(name: str, doc: str) -> NamedSignal:
    return _signals.signal(name, doc)


case_opened = _signal("case-opened", "A case was registered by its first-inquiry officer.")
case_repeated = _signal("case-repeated", "The same person brought the same subject again.")
case_taken = _signal("case-taken", "A holder acknowledged the case.")
case_guided = _signal("case-guided", "The client was told who, where, and contact was made.")
case_accepted = _signal("case-accepted", "The unit that the client was guided to took the case.")
case_declined = _signal("case-declined", "That unit sent the case back: counted as a return.")
case_agreed = _signal("case-agreed", "A holder said that it can be done, and promised a day.")
case_escalated = _signal("case-escalated", "A case went up one station, by judgement or timeout.")
case_proposed = _signal("case-proposed", "A principal took a proposal to the city's leaders.")
case_decided = _signal("case-decided", "A city leader decided; feedback is owed.")
case_answered = _signal("case-answered", "The client was answered, whatever the outcome.")
case_refused = _signal("case-refused", "The answer was a no, with reasons and ways forward.")
case_paused = _signal("case-paused", "Both clocks stopped, for a reason and until a day.")
case_resumed = _signal("case-resumed", "Both clocks run again.")
case_rated = _signal("case-rated", "The client rated the answer.")
case_reopened = _signal("case-reopened", "A superior reopened an answered or closed case.")
case_merged = _signal("case-merged", "A case was taken in by another that is about the same.")
case_withdrawn = _signal("case-withdrawn", "The client took the case back.")
case_closed = _signal("case-closed", "An answered case closed.")
personal_erased = _signal("personal-erased", "A case's client was erased: erase your own copy.")
case_handed_over = _signal("case-handed-over", "The first-inquiry officer changed.")
request_made = _signal("request-made", "A holder asked for days or for a long pause.")
request_decided = _signal("request-decided", "The station above granted or denied a request.")
deadline_near = _signal("deadline-near", "A third or less of a station's limit is left.")
deadline_missed = _signal("deadline-missed", "A station's or the client's limit was missed.")
alarm_raised = _signal("alarm-raised", "A station that does not pass cases up is overdue.")
ledger_imported = _signal("ledger-imported", "Rows of a ledger came in: one for each batch.")
ledger_finished = _signal("ledger-finished", "An uploaded ledger is imported, to its last row.")
ledger_withdrawn = _signal("ledger-withdrawn", "An import was taken back: one for each batch.")

#: The signals that each kind of event sends.
SIGNALS: dict[str, tuple[NamedSignal, ...]] = {
    "case_opened": (case_opened,),
    "case_repeated": (case_repeated,),
    "case_taken": (case_taken,),
    "case_guided": (case_guided,),
    "guidance_accepted": (case_accepted,),
    "guidance_declined": (case_declined,),
    "case_agreed": (case_agreed,),
    "case_escalated": (case_escalated,),
    "case_proposed": (case_proposed,),
    "case_decided": (case_decided,),
    "case_answered": (case_answered,),
    "case_refused": (case_answered, case_refused),
    "case_paused": (case_paused,),
    "case_resumed": (case_resumed,),
    "case_rated": (case_rated,),
    "case_reopened": (case_reopened,),
    "case_merged": (case_merged,),
    "case_withdrawn": (case_withdrawn,),
    "case_closed": (case_closed,),
    "personal_erased": (personal_erased,),
    "officer_changed": (case_handed_over,),
    "extension_requested": (request_made,),
    "pause_requested": (request_made,),
    "request_granted": (request_decided,),
    "request_denied": (request_decided,),
    "deadline_near": (deadline_near,),
    "deadline_missed": (deadline_missed,),
    "client_deadline_missed": (deadline_missed,),
    "alarm_raised": (alarm_raised,),
    "ledger_imported": (ledger_imported,),
    "ledger_finished": (ledger_finished,),
    "ledger_withdrawn": (ledger_withdrawn,),
}
