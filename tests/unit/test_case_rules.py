"""The words of a "no", and how a case finds its next station."""

from __future__ import annotations

import pytest

from tiji.cases.rules import (
    Seated,
    WayForward,
    check_grade,
    check_proposal,
    check_refusal,
    forbidden_phrases,
    is_nothing,
    is_only_missing_document,
    land,
)
from tiji.errors import RuleError
from tiji.stations.rules import DEFAULT_LADDER

WAYS = (WayForward("补齐签字后再申请", "范科长"),)

ONLY_NO_DOCUMENT = (
    "没有文件依据",
    "无文件依据。",
    "无政策先例",
    "没有先例",
    "没有 政策 依据！",
    "没有相关政策文件。",
    "没有文件，也没有先例。",
    "没有文件；没有依据；没有政策；没有先例",
    "无文件、无政策、无依据、无先例。",
    "没有依据，无法办理。",
    "因为没有政策依据，所以不能办理。",
    "经研究，此事无政策依据，也无先例，不予办理。",
    "目前国家和省里没有明确的文件规定。",
    "上级没有文件",
    "我局没有依据",
    "没有这方面的政策",
    "没有这方面的文件依据。",
    "没有对应的文件",
    "没文件",
    "没有任何依据",
    "无据可依",
    "无先例可循",
    "没有政策文件的依据",
    "没有文件或先例",
    "文件没有，政策没有，先例没有",
    "文件依据：无",
    "政策无。先例无。",
    "暂无相关文件",
    "缺乏政策依据",
    "没有“文件”依据",
    "（无政策、无先例）",
    "没有\u3000文件\n依据",
    "沒有文件依據",
    "本事项没有文件依据，建议不予办理",
    "没有文件，请理解。",
    "There is no document for it.",
    "No policy, no precedent",
    "无法可依",
    "于法无据",
    "很抱歉，目前没有相关政策依据，暂时无法办理，敬请谅解。",
)
GENUINE = (
    "该房屋未通过消防验收，且业主未达到法定表决比例",
    "申请人未提交规划许可证文件",
    "该宗地已被法院查封，依据民事裁定书不得办理转移登记",
    "没有施工许可证，房屋结构安全未经鉴定",
    "无产权证明",
    "依据《城乡规划法》第六十四条，该建筑超出红线三米",
    "没有文件依据，且该楼承重结构经鉴定为D级危房，加装电梯危及安全",
    "政策要求连续缴纳社保满五年，申请人只缴纳三年",
    "先例中的项目已取得规划许可，本项目没有取得",
    "没有文件中要求的公证书",
    "文件规定的申请期限已于2025年12月31日届满",
    "申请人没有依据合同付清土地出让金，尚欠120万元",
    "开发单位没有缴清土地出让价款",
    "政策已于2024年废止，新政策不包括该类房屋",
    "依据现行政策规定，申请人名下已有住房，不予办理",
    "There is no building permit",
    "无房产证",
    "没有签字",
)


@pytest.mark.parametrize("reasons", ONLY_NO_DOCUMENT)
def test_no_document_is_no_reason(reasons: str) -> None:
    assert is_only_missing_document(reasons)
    with pytest.raises(RuleError) as caught:
        check_refusal(reasons, "某办法第八条", WAYS, "已告知")
    assert caught.value.rule == "no-document"
    assert "propose" in caught.value.instead


@pytest.mark.parametrize("reasons", GENUINE)
def test_a_genuine_reason_may_speak_of_documents(reasons: str) -> None:
    assert not is_only_missing_document(reasons)
    assert check_refusal(reasons, "某办法第八条", WAYS, "已告知") == ()


@pytest.mark.parametrize(
    "basis", ["", "  ", "\u3000", "无", "无。", "（无）", "没有", "暂无", "-", "——", "N/A", "None",
              "/", "无依据", "没有文件依据", "无 ", "「无」", "无、无"]
)  # fmt: skip
def test_an_empty_basis_is_not_accepted(basis: str) -> None:
    with pytest.raises(RuleError) as caught:
        check_refusal("未满五年", basis, WAYS, "已告知")
    assert caught.value.rule == "basis"


@pytest.mark.parametrize("reasons", ["无", "没有", "-", "。"])
def test_nothing_is_no_reason(reasons: str) -> None:
    assert is_nothing(reasons)
    with pytest.raises(RuleError):
        check_refusal(reasons, "某办法第八条", WAYS, "已告知")


@pytest.mark.parametrize(
    "ways",
    [
        (),
        (WayForward("补齐材料", ""),),
        (WayForward("", "范科长"),),
        (WayForward("无", "范科长"),),
        (WayForward("补齐材料", "无"),),
        (WayForward("补齐材料", "范科长"), WayForward("再议", " ")),
    ],
)
def test_a_no_shows_a_way_to_yes_with_a_named_helper(ways: tuple[WayForward, ...]) -> None:
    with pytest.raises(RuleError) as caught:
        check_refusal("未满五年", "某办法第八条", ways, "已告知")
    assert caught.value.rule == "way-forward"
    assert "--way-forward" in caught.value.instead


@pytest.mark.parametrize(
    "phrase",
    ["不知道怎么办", "不清楚在哪办", "不符合办理条件", "暂时不能办理", "不属于我单位职责"],
)
def test_the_forbidden_phrases_are_advised_against(phrase: str) -> None:
    assert forbidden_phrases(f"您好，{phrase}。") == (phrase,)
    assert check_refusal(f"未满五年，{phrase}", "某办法第八条", WAYS, "已告知") == (phrase,)
    assert check_refusal("未满五年", "某办法第八条", WAYS, phrase) == (phrase,)


def test_a_merged_post_is_passed_and_a_station_that_decides_is_not() -> None:
    def seat(officer: str) -> Seated:
        return Seated(officer, None, None)

    both = {2: seat("head"), 3: seat("head"), 4: seat("head"), 5: seat("mayor")}
    landing = land(DEFAULT_LADDER, 2, "head", both.get)
    assert (landing.station, landing.passed) == (4, ((2, "merged"), (3, "merged")))
    vacant = {4: None, 5: seat("mayor")}
    landing = land(DEFAULT_LADDER, 3, "head", vacant.get)
    assert (landing.station, landing.passed) == (5, ((3, "vacant"), (4, "vacant")))
    with pytest.raises(RuleError) as caught:
        land(DEFAULT_LADDER, 3, None, dict[int, Seated]().get)
    assert caught.value.rule == "no-holder"


@pytest.mark.parametrize("station", [1, 2, 3, 5])
def test_only_the_principal_proposes(station: int) -> None:
    check_proposal(DEFAULT_LADDER, 4)
    with pytest.raises(RuleError):
        check_proposal(DEFAULT_LADDER, station)


@pytest.mark.parametrize("grade", [0, 6, -1])
def test_a_grade_is_one_to_five(grade: int) -> None:
    with pytest.raises(RuleError):
        check_grade(grade)
