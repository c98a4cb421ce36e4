"""Bursts of reports about made-up incidents, from a seed: several people tell of the same thing, each in their own words.

Every teller picks a phrasing, a title, the parts they mention and the name of the place as they know it; some leave the place
out of the title, some add their own troubles. No words of real messages are used.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from yunshu.lib.radar import Sighting

_FIRST = [
    "云岭",
    "望海",
    "榕东",
    "石桥",
    "金湖",
    "白鹭",
    "翠屏",
    "龙津",
    "桃溪",
    "凤栖",
    "北斗",
    "观澜",
    "紫荆",
    "长乐",
    "青竹",
    "明月",
    "银杏",
    "东篱",
    "双塔",
    "鹿鸣",
    "南浦",
    "西岭",
    "星河",
    "古渡",
    "梅林",
    "松涛",
    "玉泉",
    "兰亭",
    "听雨",
    "枫桥",
]
_LAST = ["花园", "小区", "家园", "新村", "华庭", "公寓", "山庄", "大道", "路", "广场"]

_KINDS = (
    (
        ("停水两天没人管", "又停水了什么时候来水", "突然停水未通知"),
        ("从{when}开始停水，到现在一滴水都没有。", "家里水龙头{when}起就没水了，", "停水没有任何通知，"),
        ("老人小孩没法做饭洗澡。", "打自来水公司电话一直占线。", "物业说是水管爆了。", "请尽快恢复供水。"),
    ),
    (
        ("工地半夜施工扰民", "夜间施工噪音太大", "打桩机通宵作业无法睡觉"),
        ("工地{when}又施工到半夜，", "打桩的声音从{when}一直响到凌晨，", "渣土车整夜进出，"),
        ("孩子要中考根本睡不着。", "投诉后停一天又开工。", "噪音超过八十分贝。", "请城管和环保查处。"),
    ),
    (
        ("开发商延期交房", "楼盘到期不交房", "买的房子迟迟不能入住"),
        ("合同约定的交房日期早过了，", "开发商{when}又通知延期，", "工地停工几个月没有人，"),
        ("业主还着房贷又租房。", "要求给出明确的交房时间。", "售楼部的人都走了。", "担心烂尾。"),
    ),
    (
        ("饭店油烟直排", "烧烤店油烟呛人", "楼下餐馆油烟严重污染"),
        ("楼下烧烤店{when}开业后油烟直往家里灌，", "没有油烟净化设备，", "不敢开窗，"),
        ("家里老人咳嗽不止。", "烟道直接对着阳台。", "环保来了就关门。", "请责令整改。"),
    ),
    (
        ("小区电梯频繁故障困人", "电梯坏了一直不修", "电梯坠落吓坏老人"),
        ("三栋的电梯{when}又坏了，", "电梯一个月坏了五次，", "困了两个人半小时，"),
        ("物业以没有维修资金推托。", "二十几层要爬楼梯。", "请质监部门检查。", "维保单位从没来过。"),
    ),
    (
        ("学校食堂学生集体拉肚子", "孩子在校吃饭后呕吐", "学校食堂卫生太差"),
        ("{when}孩子在学校吃完午饭后肚子痛，", "班里十几个学生上吐下泻，", "食堂的肉有异味，"),
        ("学校不让家长进去看。", "要求公布检测结果。", "请食药监和教育局调查。", "孩子还在医院。"),
    ),
    (
        ("化工厂异味刺鼻", "不明臭气熏天", "工厂夜里偷排废气"),
        ("{when}夜里闻到刺鼻的味道，", "工厂烟囱冒黄烟，", "臭味顺风飘到家里，"),
        ("喉咙痛眼睛流泪。", "白天不排晚上排。", "请环保部门夜间来查。", "附近几百户都受影响。"),
    ),
    (
        ("路面塌陷无人处理", "马路破损大坑", "道路塌了一个洞很危险"),
        ("路中间{when}塌了一个大坑，", "已经有两辆电动车摔倒，", "只放了一个锥桶，"),
        ("晚上没有路灯看不见。", "下雨后坑越来越大。", "请尽快修补。", "校车每天从这里过。"),
    ),
)  # fmt: skip
_WHEN = ("昨天晚上", "前天", "这周一", "上周末", "昨天下午", "今天早上")
_WHO = ("我是业主，", "您好，", "", "反映一个问题：", "我家就在旁边，", "尊敬的领导，")


@dataclass(frozen=True)
class Planted:
    """An incident: where, and the reports in the order of their coming."""

    place: str
    sightings: tuple[Sighting, ...]


def bursts(count: int, seed: int, *, first: datetime, days: int) -> list[Planted]:
    """Return incidents of 3 to 12 reports over one to five days, anywhere in the ``days`` after ``first``; no place twice."""
    chance = random.Random(seed)
    places = [f"{one}{two}" for one in _FIRST for two in _LAST]
    chance.shuffle(places)
    return [_burst(chance, at, place, first, days) for at, place in enumerate(places[:count])]


def _burst(chance: random.Random, at: int, place: str, first: datetime, days: int) -> Planted:
    kind = chance.choice(_KINDS)
    begin = first + timedelta(minutes=chance.randrange(days * 24 * 60))
    minutes = sorted(chance.randrange(chance.randint(1, 5) * 24 * 60) for _ in range(chance.randint(3, 12)))
    told = [
        _telling(chance, kind, f"planted-{at}-{number}", place, begin + timedelta(minutes=minute))
        for number, minute in enumerate(minutes)
    ]
    return Planted(place, tuple(told))


def _telling(
    chance: random.Random, kind: tuple[tuple[str, ...], ...], number: str, place: str, at: datetime
) -> Sighting:
    titles, facts, rest = kind
    title = chance.choice(titles)
    known_as = place if chance.random() < 0.85 else place[:2]
    named_above = chance.random() < 0.8
    told = "".join(chance.sample(facts, chance.randint(1, 2))).format(when=chance.choice(_WHEN))
    more = "".join(chance.sample(rest, chance.randint(1, 3)))
    body = f"{chance.choice(_WHO)}{known_as}{chance.choice(('', '这里', '附近', '一期'))}{told}{more}"
    return Sighting(number=number, at=at, title=f"{known_as}{title}" if named_above else title, body=body)
