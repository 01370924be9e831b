"""Invented clients of the demo city: what they are called, and what they write into a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random

from tiji.clock import local
from tiji.demo.topics import FAMILIES, FIRMS, PLACES
from tiji.plugins.types import ClientKind
from tiji.runtime import runtime

DISTRICTS = ("铜官区", "义安区", "郊区", "枞阳县")
ESTATES = ("滨河锦苑", "矿工新村", "官塘小区")
#: How often a field that a case may lack is filled in.
FILLED = 0.85


class Client:
    """Somebody whom nobody is: born in 1900, with a telephone that belongs to nobody."""

    def __init__(self, no: int, kind: ClientKind, chance: Random) -> None:
        family = chance.choice(FAMILIES) + chance.choice(("某", "某某"))
        self.no = no
        self.chance = chance
        self.name = f"{chance.choice(FIRMS)}有限公司" if kind == "enterprise" else family
        self.place = chance.choice(PLACES)
        self.households = chance.randint(12, 320)
        self.mobile = f"1390001{no:04d}"
        self.identity = identity(no)

    def told(self, title: str) -> str:
        """Fill in where it is and how many it concerns."""
        return title.format(p=self.place, n=self.households)


def identity(no: int) -> str:
    """Give an identity number that nobody has (born in 1900, serial 000), its check digit right."""
    born = date(1900, 1, 1) + timedelta(days=no % 365)
    digits = f"{('340705', '340706', '340711', '340722')[no // 365 % 4]}{born:%Y%m%d}000"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return digits + "10X98765432"[total % 11]


def _ago(least: int, most: int) -> Callable[[Client], str]:
    def day(client: Client) -> str:
        today = local(runtime().clock.now()).date()
        return (today - timedelta(days=client.chance.randint(least, most))).isoformat()

    return day


def _one_of(*words: str) -> Callable[[Client], str]:
    return lambda client: client.chance.choice(words)


#: What a client writes into a form's field; what is not here stays empty.
_ANSWERS: Mapping[str, Callable[[Client], str]] = {
    "id_number": lambda client: client.identity,
    "mobile": lambda client: client.mobile,
    "address": lambda client: f"{client.place}{client.no % 13 + 1}栋{client.no % 6 + 1}01室",
    "location": lambda client: f"{client.place}东门",
    "district": _one_of(*DISTRICTS),
    "way": _one_of("来访", "来访", "来信", "网上", "电话"),
    "visits": lambda client: str(client.chance.randint(1, 12)),
    "people": _one_of("1", "1", "1", "2", "3", "6", "28"),
    "first_visit": _ago(60, 2600),
    "leader": _one_of("甲副市长", "乙副市长"),
    "measures": _one_of("召开协调会", "入户核实", "指定单位代办"),
    "origin": _one_of("原单位改制，档案移交不全", "承办人员调离，没有书面移交", "政策前后口径不一"),
    "earlier_answer": _one_of("建议走司法途径", "待上级明确后办理", "已转相关单位"),
    "departments": _one_of("自然资源局、住建局", "城管局、铜官区", "住建局、城管局、义安区"),
    "wanted": _one_of("希望先受理、边办边补", "希望给出明确的办理路径", "希望参照外市做法试点"),
    "practice_elsewhere": _one_of("邻市已有试点办法", "省城可以容缺受理"),
    "source": _one_of("12345热线", "网络留言板", "市长信箱"),
    "external_id": lambda client: f"TL2026{client.no:06d}",
    "kind": _one_of("求助", "投诉", "建议"),
    "category": _one_of("城乡建设", "交通出行", "社会保障", "物业管理"),
    "urgency": _one_of("一般", "一般", "紧急"),
    "publish": _one_of("愿意公开", "不公开"),
    "votes_for": lambda client: str(client.chance.randint(0, 180)),
    "about": _one_of("某物业公司", "某施工单位"),
    "project_name": _one_of(*ESTATES),
    "households_affected": lambda client: str(client.households),
    "purchase_date": _ago(3000, 6000),
    "occupied_since": _ago(2000, 2900),
    "house_area_m2": lambda client: (
        f"{client.chance.randint(62, 138)}.{client.chance.randint(0, 99):02d}"
    ),
    "cause": _one_of("开发单位管理混乱，资料未移交", "建设时期政策与现行政策不衔接"),
    "policy_basis": _one_of("《云川市历史遗留问题处理办法（示例）》第六条"),
    "developer": _one_of("云川示例置业有限公司", "铜都示例房地产有限公司"),
    "credit_code": _one_of("91340700MA00000075"),
    "developer_state": _one_of("注销", "吊销", "破产", "失联"),
    "permit_no": _one_of("建字第3407002009001号"),
    "deviation": _one_of("局部加建阳光房，超出红线 1.2 米", "层高超出批准 0.3 米"),
    "difference": _one_of("房产证 89.50 平方米，土地证 76.20 平方米", "房证为住宅，地证为工业"),
    "missing_papers": _one_of("购房发票原件", "集资建房缴款凭证"),
    "other_proof": _one_of("单位证明、存折流水", "邻居证言、水电缴费记录"),
    "missing_acceptance": _one_of("竣工验收", "消防验收", "竣工和消防验收"),
    "deceased": lambda client: f"{client.name[0]}某",
    "heirs": lambda client: str(client.chance.randint(2, 6)),
    "heirs_agree": _one_of("是", "否"),
    "change": _one_of("分割", "合并"),
    "parcels_before": _one_of("340705001002GB00003"),
    "court": _one_of("云川市示例区人民法院"),
}


def answers(matter: str, client: Client) -> dict[str, str]:
    """Fill in a matter's form as its client does: most of what is asked, not all."""
    declared = runtime().plugins.matter(matter)
    fields = declared.form().fields if declared and declared.form else {}
    always = {"id_number", "mobile", "external_id"}
    return {
        name: answer(client)
        for name, answer in _ANSWERS.items()
        if name in fields and (name in always or client.chance.random() < FILLED)
    }
