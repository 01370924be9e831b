"""The ledgers that the demo city's bureaus keep: estates without papers, and online messages."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from tiji.demo.clients import DISTRICTS, identity
from tiji.demo.topics import FAMILIES, PLACES
from tiji.intake.actions import ImportReport, import_ledger

HERE = Path(__file__).parent
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """Say which ledger came so many working days ago: a file, or rows."""

    code: str
    days_ago: int
    rows: Sequence[Row] = ()
    file: Path | None = None

    def bring_in(self) -> ImportReport:
        """Import it; what has no file of its own is written into one for that."""
        if self.file:
            return import_ledger(self.code, self.file)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "ledger.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(self.rows[0]))
                writer.writeheader()
                writer.writerows(self.rows)
            return import_ledger(self.code, path)


def ledgers(chance: Random, today: date) -> tuple[Kept, ...]:
    """Give the ledgers of the demo city."""
    return (
        Kept("natural_resources.certificates", 19, list(_households(chance, today))),
        Kept("petitions.backlog", 11, file=HERE / "backlog.xlsx"),
        Kept("data_bureau.messages", 6, list(_messages(chance, today))),
    )


@dataclass(frozen=True, slots=True)
class _Estate:
    """Hold an estate: its buildings, their floors, units and rooms, and what blocks it."""

    name: str
    buildings: int
    floors: int
    units: int
    rooms: int
    issued: float
    blockers: tuple[tuple[str, str, range], ...]


#: A blocker's title, the problem it makes, and the buildings that it holds.
_ESTATES = (
    _Estate(
        *("滨河锦苑", 13, 6, 2, 2, 0.62),
        (
            ("缺竣工验收备案", "竣工、消防验收缺失", range(9, 14)),
            ("开发单位欠税，开不出发票", "欠缴土地出让价款和税费", range(6, 8)),
            ("局部超出规划红线", "未通过规划核实", range(12, 13)),
        ),
    ),
    _Estate(
        *("矿工新村", 4, 5, 2, 2, 0.45),
        (("原始票据遗失", "原始取得材料缺失", range(2, 4)),),
    ),
    _Estate(
        *("官塘小区", 3, 6, 1, 3, 0.8),
        (("宗地未分割", "宗地分割、合并", range(3, 4)),),
    ),
)


def _households(chance: Random, today: date) -> Iterator[Row]:
    serial = 0
    for estate in _ESTATES:
        for building, unit, floor, room in _places(estate):
            serial += 1
            yield _household(chance, today, estate, serial, (building, unit, floor, room))


def _places(estate: _Estate) -> Iterator[tuple[int, int, int, int]]:
    for building in range(1, estate.buildings + 1):
        for unit in range(1, estate.units + 1):
            for floor in range(1, estate.floors + 1):
                for room in range(1, estate.rooms + 1):
                    yield building, unit, floor, room


def _household(
    chance: Random, today: date, estate: _Estate, serial: int, place: tuple[int, int, int, int]
) -> Row:
    building, unit, floor, room = place
    held = [(title, problem) for title, problem, where in estate.blockers if building in where]
    issued = not held and chance.random() < estate.issued + 0.25
    asked = today - timedelta(days=chance.randint(400, 2400))
    state = "已办" if issued else chance.choice(("未办", "未办", "办理中"))
    return {
        "序号": str(serial),
        "小区名称": estate.name,
        "楼栋": f"{building}号楼",
        "单元": f"{unit}单元",
        "房号": f"{floor}{room:02d}",
        "权利人": chance.choice(FAMILIES) + chance.choice(("某", "某某")),
        "身份证号": identity(serial),
        "联系电话": f"1390002{serial:04d}",
        "建筑面积": f"{chance.randint(62, 138)}.{chance.randint(0, 99):02d}",
        "开发单位": "云川示例置业有限公司",
        "小区地址": f"铜官区示例路 {len(estate.name) * 9} 号",
        "问题类别": held[0][1] if held else "原始取得材料缺失",
        "难点": ";".join(title for title, _problem in held),
        "责任单位": "不动产登记中心",
        "反映时间": asked.isoformat(),
        "发证时间": (today - timedelta(days=chance.randint(40, 380))).isoformat() if issued else "",
        "办证状态": state,
    }


_SUBJECTS = (
    *("路灯坏了三个月没人修", "公交站台没有遮雨棚", "小区门前积水", "健身步道夜间没有照明"),
    *("菜市场污水横流", "学校门口堵车", "老小区没有充电桩", "盲道被占用", "垃圾分类点异味"),
    *("天然气改造停工", "工地夜间施工", "物业不公开账目", "公园座椅损坏", "快递车占道"),
)
_UNITS = (
    *("城管局", "交通局", "住建局", "市场监管局", "铜官区", "义安区", "郊区"),
    *("人社局", "", ""),
)
_REPLIES = ("已现场处理，感谢反映", "已列入本月维修计划", "经核实情况属实，已责成整改并回访")


def _messages(chance: Random, today: date) -> Iterator[Row]:
    for no in range(1, 73):
        answered = no % 3 != 0
        received = today - timedelta(days=chance.randint(12, 90) if answered else 10)
        replied = received + timedelta(days=chance.randint(1, 6))
        subject = f"{chance.choice(PLACES)}{chance.choice(_SUBJECTS)}"
        yield {
            "留言编号": f"WY{received:%Y%m}{no:04d}",
            "来源": chance.choice(("12345热线", "网络留言板", "市长信箱")),
            "留言时间": f"{received.isoformat()} {chance.randint(7, 21):02d}:{no % 60:02d}:00",
            "留言用户": chance.choice(FAMILIES) + "某某",
            "联系电话": f"1390003{no:04d}",
            "诉求类型": chance.choice(("求助", "投诉", "建议", "咨询")),
            "一级分类": chance.choice(("城乡建设", "交通出行", "社会保障", "物业管理")),
            "留言主题": subject,
            "留言详情": f"{subject}，多次反映没有结果，盼回复。",
            "区划": chance.choice(DISTRICTS),
            "紧急程度": chance.choice(("一般", "一般", "紧急")),
            "承办单位": chance.choice(_UNITS),
            "公开意愿": chance.choice(("愿意公开", "不公开")),
            "点赞数": str(chance.randint(0, 160)),
            "答复意见": chance.choice(_REPLIES) if answered else "",
            "答复时间": replied.isoformat() if answered else "",
            "解决情况": chance.choice(("已解决", "已解决", "部分解决")) if answered else "",
            "满意度": chance.choice(("非常满意", "满意", "基本满意")) if answered else "",
        }
