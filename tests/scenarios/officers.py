"""What officers and clients may try, in any order and with any words."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule
from tests.scenarios.city import ALLOWED, OFFICES, STRANGER, Case
from tests.scenarios.life import WORDINGS, Life, some

from tiji.clock import local
from tiji.runtime import runtime


class Officers(Life):
    """Act for officers and clients, rightly and wrongly."""

    @rule(data=st.data(), action=st.sampled_from(sorted(ALLOWED)))
    def wrong_moment(self, data: st.DataObject, action: str) -> None:
        """Try an action, well worded and by the right officer, that the status does not let be."""
        cases = [case for case in self.cases if not case.may(action)]
        cases = [case for case in cases if self.status(case) == case.status]
        if not cases:
            return
        case = data.draw(st.sampled_from(cases), label="case")
        actor = case.holder or case.answered_by or case.fio
        self.attempt(data, case, action, actor, False, **self.words(action))

    # The first station.

    @some("take")
    @rule(data=st.data())
    def take(self, data: st.DataObject) -> None:
        case = self.case(data, "take")
        actor = self.draw(data, self.city.holders(case))
        allowed = actor in self.city.holders(case) and not case.taken
        if self.attempt(data, case, "take", actor, allowed):
            case.taken = True

    @some("guide")
    @rule(data=st.data(), where=st.sampled_from(["housing", "human_resources", "", "省高院"]))
    def guide(self, data: st.DataObject, where: str) -> None:
        case = self.case(data, "guide")
        actor = self.draw(data, self.city.holders(case))
        name = OFFICES[where]["name"] + "物业科" if where in OFFICES else where
        allowed = actor in self.city.holders(case) and case.station == 1
        allowed &= where not in ("", case.department)
        words = {"who": name, "where": "政务中心二楼", "contact": "已电话联系李科长"}
        if self.attempt(data, case, "guide", actor, allowed, **words):
            case.status, case.guided_to = "guided", where if where in OFFICES else None

    @some("accept")
    @rule(data=st.data())
    def accept(self, data: st.DataObject) -> None:
        case = self.case(data, "accept")
        entitled = self.city.in_department(case.guided_to)
        actor = self.draw(data, entitled)
        unit = case.guided_to
        if self.attempt(data, case, "accept", actor, actor in entitled):
            assert unit
            first = OFFICES[unit]["first"]
            case.department = unit
            if actor in first:
                holder = actor
            else:
                holder = case.fio if unit == case.fio_department else f"{unit}_fio"
            case.section = first[holder]
            case.enter(1, holder, None)

    @some("guide", 1)
    @rule(data=st.data(), where=st.sampled_from(["housing", "human_resources"]))
    def guides_and_is_answered(self, data: st.DataObject, where: str) -> None:
        """Guide a client on, and see who takes over: by chance alone this seldom happens."""
        self.guide(data, where=where)
        self.the_law_holds()
        if any(case.guided_to for case in self.cases if case.may("accept")):
            self.accept(data)

    @some("decline")
    @rule(data=st.data(), reason=st.sampled_from(["应由城管局办理", " "]))
    def decline(self, data: st.DataObject, reason: str) -> None:
        case = self.case(data, "decline")
        entitled = self.city.in_department(case.guided_to)
        actor = self.draw(data, entitled)
        allowed = actor in entitled and bool(reason.strip())
        if self.attempt(data, case, "decline", actor, allowed, reason=reason):
            case.status, case.guided_to = "open", None

    # Answers.

    @some("agree")
    @rule(data=st.data(), days=st.integers(-2, 25), plan=st.sampled_from(["补办手续", "补办", ""]))
    def agree(self, data: st.DataObject, days: int, plan: str) -> None:
        case = self.case(data, "agree")
        actor = self.draw(data, self.city.holders(case))
        promised = self.today() + timedelta(days=days)
        allowed = actor in self.city.holders(case) and bool(plan)
        allowed &= self.promisable(case, promised)
        missed = self.missed(case)
        words = {"plan": plan, "promised": promised, "feedback": "已电话告知"}
        if self.attempt(data, case, "agree", actor, allowed, **words):
            if missed:
                self.record_missed(case)
            case.status, case.promised = "in_progress", True

    @some("complete")
    @rule(
        data=st.data(),
        outcome=st.sampled_from(["done", "done_with_effort", "guided", "refused"]),
        feedback=st.sampled_from(["已送达", "已告知", ""]),
    )
    def complete(self, data: st.DataObject, outcome: str, feedback: str) -> None:
        case = self.case(data, "complete")
        actor = self.draw(data, self.city.holders(case))
        allowed = actor in self.city.holders(case) and bool(feedback) and outcome != "refused"
        if outcome == "guided":
            allowed &= self.status(case) == "guided" and case.guided_to is None
        words = {"result": "已办证", "outcome": outcome, "feedback": feedback}
        if self.attempt(data, case, "complete", actor, allowed, **words):
            case.answer(actor, outcome)

    @some("refuse", 4, 5)
    @rule(data=st.data(), wording=WORDINGS)
    def refuse(self, data: st.DataObject, wording: str) -> None:
        case = self.case(data, "refuse")
        actor = self.draw(data, self.city.holders(case))
        good, words = self.refusal(wording)
        allowed = good and actor in self.city.holders(case) and (case.station or 0) >= 4
        if self.attempt(data, case, "refuse", actor, allowed, **words):
            case.answer(actor, "refused")

    # Up and down.

    @some("escalate")
    @rule(data=st.data(), judgement=st.sampled_from(["unsure", "can_with_approval", "no"]))
    def escalate(self, data: st.DataObject, judgement: str) -> None:
        case = self.case(data, "escalate")
        actor = self.draw(data, self.city.holders(case))
        allowed = actor in self.city.holders(case) and (case.station or 9) < 4 and judgement != "no"
        words = {"why": "缺竣工备案", "judgement": judgement, "suggestion": "会同核验"}
        if self.attempt(data, case, "escalate", actor, allowed, **words):
            assert case.station
            self.city.land(case, case.station + 1, case.holder)

    @some("propose", 4)
    @rule(data=st.data(), proposal=st.sampled_from(["先登记后追缴", "先登记", ""]))
    def propose(self, data: st.DataObject, proposal: str) -> None:
        case = self.case(data, "propose")
        actor = self.draw(data, self.city.holders(case))
        allowed = actor in self.city.holders(case) and case.station == 4 and bool(proposal)
        if self.attempt(data, case, "propose", actor, allowed, proposal=proposal):
            self.city.land(case, 5, case.holder)

    @some("decide")
    @rule(
        data=st.data(),
        decision=st.sampled_from(["do", "do_with_conditions", "refuse", "wait"]),
        department=st.sampled_from(["housing", "human_resources", None]),
        days=st.integers(-1, 20),
        wording=WORDINGS,
    )
    def decide(
        self, data: st.DataObject, decision: str, department: str | None, days: int, wording: str
    ) -> None:
        case = self.case(data, "decide")
        actor = self.draw(data, self.city.holders(case))
        good, words = self.refusal(wording)
        by = self.today() + timedelta(days=days)
        allowed = actor in self.city.holders(case) and decision != "wait"
        if decision == "refuse":
            allowed &= good
        else:
            allowed &= department is not None and self.promisable(case, by)
        words |= {"decision": decision, "department": department, "by": by}
        if not self.attempt(data, case, "decide", actor, allowed, **words):
            return
        if decision == "refuse":
            case.answer(actor, "refused")
            return
        assert department
        case.department = department
        own = department == case.fio_department
        case.section = OFFICES[department]["first"][case.fio] if own else None
        self.city.land(case, 1, None)
        case.promised = True
        if not own:
            case.section = OFFICES[department]["first"][f"{department}_fio"]

    # Clocks.

    @some("pause")
    @rule(
        data=st.data(),
        days=st.integers(-1, 30),
        reason=st.sampled_from(["awaiting_client", "expert_appraisal", "holiday"]),
    )
    def pause(self, data: st.DataObject, days: int, reason: str) -> None:
        case = self.case(data, "pause")
        actor = self.draw(data, self.city.holders(case))
        until = self.today() + timedelta(days=days)
        above = self.city.above(case)
        begins = local(self.now(case)).date()
        is_long = runtime().calendar.count_working_days(begins, until) > 10
        allowed = actor in self.city.holders(case) and reason != "holiday"
        allowed &= self.to_come(case, until)
        if is_long:
            allowed &= above is not None and not case.request
        elif (case.station or 0) < 4:
            allowed &= self.in_time(case)
        missed = self.missed(case)
        if not self.attempt(data, case, "pause", actor, allowed, reason=reason, until=until):
            return
        if is_long:
            case.request = {"what": "pause", "by": actor, "asked": above, "until": until}
            return
        if missed:
            self.record_missed(case)
        case.paused_from, case.status = case.status, "paused"

    @some("resume")
    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        case = self.case(data, "resume")
        actor = self.draw(data, self.city.holders(case))
        if self.attempt(data, case, "resume", actor, actor in self.city.holders(case)):
            case.resume()

    @some("extend")
    @rule(data=st.data(), days=st.sampled_from([1, 2, 60, 0, 61]))
    def extend(self, data: st.DataObject, days: int) -> None:
        case = self.case(data, "extend")
        actor = self.draw(data, self.city.holders(case))
        above = self.city.above(case)
        allowed = actor in self.city.holders(case) and self.in_time(case) and above is not None
        allowed &= 1 <= days <= 60 and not case.request
        if self.attempt(data, case, "extend", actor, allowed, days=days, reason="等待测绘"):
            case.request = {"what": "extend", "by": actor, "asked": above}

    @some("grant", asked=True)
    @rule(data=st.data())
    def grant(self, data: st.DataObject) -> None:
        case = self.case(data, "grant", asked=True)
        entitled = self.city.answers_request(case)
        own = [self.asker(case), case.holder or case.fio]
        actor = data.draw(st.sampled_from([*entitled, *own, STRANGER]), label="actor")
        allowed = actor in entitled
        if case.request and case.request["what"] == "pause":
            allowed &= self.to_come(case, case.request["until"])
            if self.status(case) != "paused" and (case.station or 0) < 4:
                allowed &= self.in_time(case)
        else:
            allowed &= self.in_time(case)
        if not self.attempt(data, case, "grant", actor, allowed):
            return
        assert case.request
        if case.request["what"] == "pause" and case.status != "paused":
            case.paused_from, case.status = case.status, "paused"
        case.request = None

    def asker(self, case: Case) -> str:
        return str(case.request["by"]) if case.request else case.fio

    @some("extend")
    @rule(data=st.data(), sure=st.integers(0, 3))
    def asks_and_is_answered(self, data: st.DataObject, sure: int) -> None:
        """Ask, and see who may answer: by chance alone the two seldom follow each other."""
        if sure:
            return
        self.extend(data, days=2)
        self.the_law_holds()
        if any(case.request for case in self.cases):
            self.grant(data)

    @some("deny", asked=True)
    @rule(data=st.data(), reason=st.sampled_from(["材料已齐", ""]))
    def deny(self, data: st.DataObject, reason: str) -> None:
        case = self.case(data, "deny", asked=True)
        entitled = self.city.answers_request(case)
        actor = self.draw(data, entitled)
        allowed = actor in entitled and bool(reason)
        if self.attempt(data, case, "deny", actor, allowed, reason=reason):
            case.request = None

    @some("undo")
    @rule(data=st.data(), own=st.integers(0, 4))
    def undo(self, data: st.DataObject, own: int) -> None:
        case = self.case(data, "undo")
        step = self.last_step(case)
        actor = step.link.actor if step and own else self.draw(data, [])
        answered = case.status == "answered"
        if self.attempt(data, case, "undo", actor, self.undoes(case, actor)):
            case.take_back()
            if answered:  # officers may have left since
                self.city.reseat(case, pause_over=False)

    # Around the case.

    @some("comment")
    @rule(data=st.data(), public=st.booleans())
    def comment(self, data: st.DataObject, public: bool) -> None:
        case = self.case(data, "comment")
        actor = data.draw(st.sampled_from([case.fio, case.holder or case.fio, STRANGER]))
        allowed = actor != STRANGER
        self.attempt(data, case, "comment", actor, allowed, text="已约周三面谈", public=public)

    @some("handover")
    @rule(data=st.data(), sure=st.integers(0, 2))
    def handover(self, data: st.DataObject, sure: int) -> None:
        if sure:
            return  # seldom: it matters little to what follows
        case = self.case(data, "handover")
        seat = self.city.present(f"{case.fio_department}_principal")
        actor = self.draw(data, [seat[0]] if seat else [])
        first = OFFICES[case.fio_department]["first"]
        to = data.draw(st.sampled_from([*first, STRANGER]))
        allowed = seat is not None and actor == seat[0] and to in first
        allowed &= to != case.fio and to not in self.city.left
        if self.attempt(data, case, "handover", actor, allowed, to=to, reason="岗位调整"):
            old, case.fio = case.fio, to
            if case.holder == old and case.station == 1:
                case.holder, case.acting_for, case.taken = to, None, False
                case.section = first[to]

    @some("withdraw")
    @rule(data=st.data(), sure=st.integers(0, 5), stranger=st.booleans())
    def withdraw(self, data: st.DataObject, sure: int, stranger: bool) -> None:
        if sure:
            return  # seldom: nothing more happens to the case
        case = self.case(data, "withdraw")
        actor = case.holder if case.holder and not stranger else STRANGER
        named = actor in (case.holder, case.acting_for)
        promised_it = named and self.status(case) == "in_progress"
        if self.attempt(data, case, "withdraw", actor, not promised_it, text="已自行解决"):
            case.end("withdrawn")

    @some("rate")
    @rule(data=st.data(), grade=st.integers(0, 6))
    def rate(self, data: st.DataObject, grade: int) -> None:
        case = self.case(data, "rate")
        actor = data.draw(st.sampled_from([case.answered_by or case.fio, STRANGER, "mayor"]))
        allowed = actor not in case.answered_for and case.grade is None and 1 <= grade <= 5
        if self.attempt(data, case, "rate", actor, allowed, grade=grade, text="不满意"):
            case.grade, case.reopen_requested = grade, grade <= 2

    @some("reopen")
    @rule(data=st.data(), reason=st.sampled_from(["问题未解决", "未解决", ""]))
    def reopen(self, data: st.DataObject, reason: str) -> None:
        case = self.case(data, "reopen")
        entitled = self.city.superiors(case)
        actor = self.draw(data, entitled)
        allowed = actor in entitled and bool(reason)
        if not self.attempt(data, case, "reopen", actor, allowed, reason=reason):
            return
        assert case.answered_station
        start = case.answered_station + (1 if case.reopened else 0)
        if case.fio in self.city.left:
            case.fio = f"{case.fio_department}_fio"
        self.city.land(case, min(start, 5), None)
        case.reopened += 1
        case.outcome = case.answered_by = case.answered_station = case.grade = None
        case.reopen_requested = False
