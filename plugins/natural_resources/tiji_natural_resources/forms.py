"""The forms of the matters: what an officer asks about a house; nothing missing blocks a case.

``required`` marks what the case lists as missing. Fields marked personal are kept encrypted.
"""

from __future__ import annotations

from marshmallow import Schema, validate

from tiji.api import (
    Count,
    CreditCode,
    Departments,
    IdentityNumber,
    LedgerDate,
    LedgerText,
    Phone,
    Word,
)
from tiji_natural_resources.fields import Area, Blockers, Money, Name, PlacePart, UnitNumber
from tiji_natural_resources.words import LEDGER_STATES, YES_NO, label

ID_TYPES = ("居民身份证", "统一社会信用代码证", "港澳台居民居住证", "护照", "其他")
OWNERSHIP = ("国有", "集体")
REMEDIES = ("划拨", "协议出让", "其他")
#: A case is found by such a field.
SEARCHED = {"search": True}
DEVELOPER_STATES = ("注销", "吊销", "破产", "失联")


def _yes_no(zh: str, en: str) -> Word:
    return Word(YES_NO, metadata=label(zh, en))


def _past(zh: str, en: str, required: bool = False) -> LedgerDate:
    return LedgerDate(allow_future=False, required=required, metadata=label(zh, en))


class CertificateForm(Schema):
    """Ask which house it is about, since when, for how many households, and what blocks it."""

    id_type = Word(ID_TYPES, metadata=label("证件种类", "kind of identity document"))
    id_number = IdentityNumber(
        required=True, metadata=label("身份证号", "identity number", personal=True)
    )
    mobile = Phone(required=True, metadata=label("联系电话", "phone", personal=True))
    district_code = LedgerText(
        validate=validate.Regexp("[0-9]{6}$"), metadata=label("区划代码", "district code")
    )
    project_name = Name(required=True, metadata=label("小区（项目）名称", "estate") | SEARCHED)
    building = PlacePart("building", metadata=label("楼栋", "building"))
    unit = PlacePart("unit", metadata=label("单元", "unit"))
    room = PlacePart("room", metadata=label("房号", "room"))
    location = LedgerText(
        validate=validate.Length(max=200), metadata=label("坐落", "location", personal=True)
    )
    unit_code = UnitNumber(metadata=label("不动产单元号", "real-estate unit number") | SEARCHED)
    house_area_m2 = Area(metadata=label("建筑面积（平方米）", "floor area, m²"))
    land_area_m2 = Area(metadata=label("土地面积（平方米）", "land area, m²"))
    land_use = LedgerText(metadata=label("土地用途", "land use"))
    right_type = LedgerText(metadata=label("权利类型", "kind of right"))
    cert_no = LedgerText(metadata=label("原证书号", "earlier certificate", personal=True))
    purchase_date = _past("购房时间", "bought on")
    occupied_since = _past("入住时间", "lived in since")
    households_affected = Count(metadata=label("涉及户数", "households affected"))
    cause = LedgerText(metadata=label("问题成因", "how it arose"))
    policy_basis = LedgerText(metadata=label("政策依据", "policy basis"))
    departments = Departments(metadata=label("涉及单位", "departments concerned"))
    blockers = Blockers(metadata=label("难点（分号分隔）", "what blocks it, by semicolons"))
    developer = LedgerText(metadata=label("开发单位", "developer"))
    credit_code = CreditCode(metadata=label("统一社会信用代码", "developer's credit code"))
    estate_address = LedgerText(metadata=label("小区地址", "estate's address"))
    state = Word(LEDGER_STATES, metadata=label("办证状态", "state of the certificate"))
    remark = LedgerText(metadata=label("备注", "remark"))


class LandForm(CertificateForm):
    """Ask of land whose formalities are incomplete how it was taken and what may mend it."""

    project_type = LedgerText(required=True, metadata=label("项目类型", "project type"))
    land_approval_no = LedgerText(metadata=label("用地批准文号", "land approval no."))
    current_use = LedgerText(metadata=label("土地现状用途", "current use"))
    ownership = Word(OWNERSHIP, required=True, metadata=label("土地所有权", "land ownership"))
    occupation_date = _past("占用时间", "occupied on")
    remedy = Word(REMEDIES, metadata=label("补办方式", "remedy"))
    planning_opinion = LedgerText(metadata=label("规划意见", "planning opinion"))


class PriceForm(CertificateForm):
    """Ask of an unpaid land price or tax what is due, what is paid, and who bought."""

    developer = LedgerText(required=True, metadata=label("开发单位", "developer"))
    contract_no = LedgerText(metadata=label("出让合同编号", "contract no."))
    price_due = Money(metadata=label("应缴出让价款（元）", "price due, yuan"))
    price_paid = Money(metadata=label("已缴出让价款（元）", "price paid, yuan"))
    tax_due = Money(metadata=label("应缴税费（元）", "taxes due, yuan"))
    tax_paid = Money(metadata=label("已缴税费（元）", "taxes paid, yuan"))
    buyers = Count(metadata=label("购房人数", "buyers"))
    sold_and_occupied = _yes_no("是否已售已住", "sold and lived in?")
    register_first = _yes_no("是否证缴分离", "register now, recover separately?")


class PlanningForm(CertificateForm):
    """Ask of a failed planning verification where the building departs from its permit."""

    permit_no = LedgerText(required=True, metadata=label("规划许可证号", "permit no."))
    deviation = LedgerText(
        required=True, metadata=label("偏差（层数、面积、用途、红线）", "deviation")
    )
    penalty_decision = LedgerText(metadata=label("处罚决定", "penalty decision"))
    partial_verification = _yes_no("能否分期、分栋核实", "verify in part?")
    safety_appraisal = LedgerText(metadata=label("房屋安全鉴定", "safety appraisal"))


class DeveloperForm(CertificateForm):
    """Ask of a developer who is gone what became of it, and who may apply in its place."""

    developer = LedgerText(required=True, metadata=label("开发单位", "developer"))
    credit_code = CreditCode(
        required=True, metadata=label("统一社会信用代码", "developer's credit code")
    )
    developer_state = Word(
        DEVELOPER_STATES, required=True, metadata=label("开发单位状况", "what became of it")
    )
    successor = LedgerText(metadata=label("承继单位", "successor"))
    agent = LedgerText(metadata=label("政府指定的代办单位", "agent designated by government"))
    notice_from = LedgerDate(metadata=label("公告开始", "public notice from"))
    notice_until = LedgerDate(metadata=label("公告截止", "public notice until"))
    buyer_alone = _yes_no("购房人能否单方申请", "may the buyer apply alone?")


class RecordsForm(CertificateForm):
    """Ask where house and land records differ, or which parcels a building crosses."""

    house_cert = LedgerText(metadata=label("房屋证书号", "house certificate", personal=True))
    house_holder = LedgerText(metadata=label("房屋权利人", "house holder", personal=True))
    house_use = LedgerText(metadata=label("房屋用途", "house use"))
    land_cert = LedgerText(metadata=label("土地证书号", "land certificate", personal=True))
    land_holder = LedgerText(metadata=label("土地权利人", "land holder", personal=True))
    difference = LedgerText(required=True, metadata=label("不一致之处", "where they differ"))
    parcels_crossed = Count(metadata=label("跨越宗地数", "parcels crossed"))
    survey_report = LedgerText(metadata=label("权籍调查报告", "survey report"))
    notice_until = LedgerDate(metadata=label("公告截止", "public notice until"))


class PapersForm(CertificateForm):
    """Ask which source papers are missing, and what else proves the purchase."""

    missing_papers = LedgerText(required=True, metadata=label("缺失材料", "papers missing"))
    other_proof = LedgerText(metadata=label("其他佐证", "other proof"))
    archive_search = LedgerText(metadata=label("档案查询结果", "result of the archive search"))


class BuiltDiffersForm(CertificateForm):
    """Ask how the house as built differs from what was approved."""

    approved = LedgerText(required=True, metadata=label("批准内容", "as approved"))
    built = LedgerText(required=True, metadata=label("实际建设", "as built"))
    approved_area_m2 = Area(metadata=label("批准面积（平方米）", "approved area, m²"))
    safety_appraisal = LedgerText(metadata=label("房屋安全鉴定", "safety appraisal"))


class NonResidentialForm(CertificateForm):
    """Ask of housing on other land what the land was granted for."""

    granted_use = LedgerText(required=True, metadata=label("批准土地用途", "use as granted"))
    planning_opinion = LedgerText(metadata=label("规划意见", "planning opinion"))
    price_difference = Money(metadata=label("应补差价（元）", "price difference, yuan"))


class ParcelForm(CertificateForm):
    """Ask of a parcel to be split or merged which parcels become which."""

    change = Word(("分割", "合并"), required=True, metadata=label("变更方式", "split or merge"))
    parcels_before = LedgerText(required=True, metadata=label("原宗地代码", "parcels before"))
    parcels_after = LedgerText(metadata=label("变更后宗地代码", "parcels after"))
    survey_report = LedgerText(metadata=label("权籍调查报告", "survey report"))


class MortgageForm(CertificateForm):
    """Ask of a house mortgaged more than once to whom, and whether it was sold since."""

    mortgagees = LedgerText(required=True, metadata=label("抵押权人", "mortgagees"))
    mortgages = Count(metadata=label("抵押次数", "mortgages"))
    debt = Money(metadata=label("担保债权（元）", "debt secured, yuan"))
    court_case = LedgerText(metadata=label("诉讼案号", "court case"))


class AcceptanceForm(CertificateForm):
    """Ask which acceptance is missing, and what may stand in its place."""

    missing_acceptance = Word(
        ("竣工验收", "消防验收", "竣工和消防验收"),
        required=True,
        metadata=label("缺少的验收", "acceptance missing"),
    )
    completed_on = _past("竣工时间", "completed on")
    constructor = LedgerText(metadata=label("施工单位", "constructor"))
    safety_appraisal = LedgerText(metadata=label("房屋安全鉴定", "safety appraisal"))


class InheritanceForm(CertificateForm):
    """Ask of an inherited house who died when, who inherits, and whether they agree."""

    deceased = LedgerText(required=True, metadata=label("被继承人", "the deceased", personal=True))
    died_on = _past("死亡时间", "died on")
    heirs = Count(metadata=label("继承人数", "heirs"))
    heirs_agree = _yes_no("继承人意见是否一致", "do the heirs agree?")
    notarised = _yes_no("是否公证", "notarised?")


class SeizureForm(CertificateForm):
    """Ask of a seized house which court seized it, and until when."""

    court = LedgerText(required=True, metadata=label("查封法院", "court"))
    court_case = LedgerText(metadata=label("查封文号", "seizure document"))
    seized_until = LedgerDate(metadata=label("查封截止", "seized until"))
    bought_before = _yes_no("是否查封前购买", "bought before the seizure?")


class HomesteadForm(CertificateForm):
    """Ask of a rural homestead in which village, who lives there, and how large it is."""

    village = LedgerText(required=True, metadata=label("村组", "village"))
    member = _yes_no("是否本集体成员", "member of the collective?")
    homestead_area_m2 = Area(metadata=label("宅基地面积（平方米）", "homestead area, m²"))
    other_homestead = _yes_no("是否一户多宅", "another homestead?")
    built_on = _past("建房时间", "built on")


class BoundaryForm(CertificateForm):
    """Ask of a boundary dispute with whom, about what, and who mediated."""

    neighbour = LedgerText(required=True, metadata=label("相邻方", "neighbour", personal=True))
    disputed = LedgerText(required=True, metadata=label("争议内容", "what is disputed"))
    mediation = LedgerText(metadata=label("调处情况", "mediation so far"))
    survey_report = LedgerText(metadata=label("权籍调查报告", "survey report"))


FORMS: dict[str, type[Schema]] = {
    form.__name__: form
    for form in (
        *(CertificateForm, LandForm, PriceForm, PlanningForm, DeveloperForm, RecordsForm),
        *(PapersForm, BuiltDiffersForm, NonResidentialForm, ParcelForm, MortgageForm),
        *(AcceptanceForm, InheritanceForm, SeizureForm, HomesteadForm, BoundaryForm),
    )
}
