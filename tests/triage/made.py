"""Reports of a made-up city with a duty directory, from a seed: clear ones, roundabout ones, ones that name two duties, and wrong labels.

Nothing is taken from real messages. A report is an incident of a department in one of several phrasings; a share talks around
the directory's words, a share mentions another department in passing, and a small share was closed by the wrong department.
"""

import random
from dataclasses import dataclass

from yunshu.lib.triage import Duty, Report

ROUNDABOUT, IN_PASSING, MISLABELLED = 0.15, 0.2, 0.005


@dataclass(frozen=True)
class Field:
    """A department with its duty words and incidents: ``plain`` ones use the words, ``around`` ones do not."""

    department: str
    words: tuple[str, ...]
    plain: tuple[str, ...]
    around: tuple[str, ...]


FIELDS = (
    Field(
        "城管执法局",
        ("占道经营", "违章搭建", "小广告", "垃圾清运"),
        ("夜市占道经营堵住出口", "楼顶违章搭建阳光房", "墙上贴满小广告", "垃圾清运一周没来"),
        ("烧烤摊把人行道全占了", "邻居在天台盖了一间屋", "垃圾桶满了没人收"),
    ),
    Field(
        "住房建设局",
        ("物业", "房屋漏水", "维修资金", "烂尾"),
        ("物业不修电梯还涨价", "新房房屋漏水开发商不理", "维修资金三年不公开", "楼盘烂尾两年"),
        ("交了房款迟迟不交楼", "小区门禁坏了没人修", "墙体开裂了找不到人管"),
    ),
    Field(
        "交通运输局",
        ("公交线路", "出租车", "网约车", "客运站"),
        ("公交线路改道后老人不便", "出租车拒载还绕路", "网约车司机态度恶劣", "客运站售票窗口太少"),
        ("等车等了一个小时", "打车被多收了钱", "末班车总是提前走"),
    ),
    Field(
        "生态环境局",
        ("废气", "污水", "噪声污染", "扬尘"),
        ("工厂夜里排放废气刺鼻", "污水直排进河沟", "厂房机器噪声污染睡不着", "工地扬尘满天"),
        ("河水发黑发臭", "夜里总闻到刺鼻味道", "晾的衣服上全是灰"),
    ),
    Field(
        "人力资源和社会保障局",
        ("拖欠工资", "社保", "劳动合同", "加班费"),
        ("公司拖欠工资三个月", "单位不给缴社保", "入职半年不签劳动合同", "加班费一分不给"),
        ("干完活老板跑了", "被辞退没有补偿", "退休金算错了"),
    ),
    Field(
        "教育局",
        ("学位", "幼儿园", "补课", "教师"),
        ("小学学位不够不能入学", "幼儿园乱收费", "学校周末违规补课", "教师体罚学生"),
        ("孩子报名没报上", "校门口收了资料费", "食堂饭菜不新鲜学生不敢吃"),
    ),
    Field(
        "卫生健康局",
        ("医院", "挂号", "疫苗", "诊所"),
        ("医院退费要跑三次", "挂号系统总是打不开", "社区没有疫苗可打", "无证诊所还在开门"),
        ("看病排队四个小时", "护士扎针扎错了", "体检报告一直拿不到"),
    ),
    Field(
        "市场监督管理局",
        ("假冒", "食品安全", "价格欺诈", "营业执照"),
        ("网店卖假冒茶叶", "餐馆食品安全不合格", "商场价格欺诈先涨后降", "没有营业执照还在卖"),
        ("买的酒喝了头疼", "预付卡店关门退不了钱", "秤不准少了两斤"),
    ),
    Field(
        "公安局",
        ("赌博", "户口", "盗窃", "电动车被盗"),
        ("楼下棋牌室聚众赌博", "办理户口迁移被推来推去", "小区盗窃频发", "电动车被盗无人受理"),
        ("夜里总有人撬车", "身份证照片重拍不让", "有人上门恐吓"),
    ),
    Field(
        "水务局",
        ("停水", "水压", "水费", "排水管"),
        ("全村停水三天", "水压太小六楼没有水", "水费突然翻倍", "排水管堵了街面积水"),
        ("打开龙头没有一滴", "下雨就淹到膝盖", "抄表的人从来不来"),
    ),
)
_PLACES = (
    "榕江路",
    "东升小区",
    "望江花园",
    "梅云街道",
    "仙桥镇",
    "凤美村",
    "临港广场",
    "渔湖路",
    "锦绣华庭",
    "磐东市场",
)
_OPENINGS = ("您好，", "", "我是附近居民，", "反映一下，", "多次打电话没有结果，")
_CLOSINGS = ("希望尽快处理。", "请问什么时候能解决？", "请有关部门管一管。", "盼复。", "影响大家生活。")


def duties() -> list[Duty]:
    """Return the made-up duty directory."""
    return [
        Duty(code=f"D{at:02}", department=field.department, words=field.words, basis="三定规定")
        for at, field in enumerate(FIELDS, 1)
    ]


def made_tickets(count: int, seed: int) -> list[tuple[Report, str]]:
    """Return reports with the department that closed them."""
    chance = random.Random(seed)
    return [_ticket(chance) for _ in range(count)]


def _ticket(chance: random.Random) -> tuple[Report, str]:
    field = chance.choice(FIELDS)
    what = chance.choice(field.around if chance.random() < ROUNDABOUT else field.plain)
    other = chance.choice(FIELDS)
    aside = (
        f"之前{other.department}来过，说{chance.choice(other.words)}不归他们。" if chance.random() < IN_PASSING else ""
    )
    place = chance.choice(_PLACES)
    number = chance.randrange(1, 300)
    body = f"{chance.choice(_OPENINGS)}{place}{number}号{what}，已经{chance.randrange(2, 30)}天。{aside}{chance.choice(_CLOSINGS)}"
    department = chance.choice(FIELDS).department if chance.random() < MISLABELLED else field.department
    return Report(title=f"{place}{what}"[: chance.randrange(8, 20)], body=body), department
