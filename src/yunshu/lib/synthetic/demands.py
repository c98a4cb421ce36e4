"""What citizens of the made-up city say to its hotline, and what is answered: composed from parts, each by its seed and number alone.

Names are a family name with 某（示例）, telephones begin with 164 (no operator has it), villages and roads are made up.
"""

from dataclasses import dataclass

from yunshu.lib.synthetic.chance import chance, pick
from yunshu.lib.synthetic.names import SURNAMES
from yunshu.lib.synthetic.places import DIVISIONS, address, phone

CITY = "广东省揭阳市"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One demand: ``matter`` names its class, ``urgency`` is normal, urgent or critical."""

    matter: str
    kind: str
    urgency: str
    title: str
    content: str
    division: str
    street: str
    address: str
    caller: str
    phone: str
    measure: str
    answer: str


@dataclass(frozen=True, slots=True)
class Matter:
    """How one matter is spoken of: kinds, things, troubles, wishes, what is done about it."""

    name: str
    kinds: tuple[str, ...]
    things: tuple[str, ...]
    troubles: tuple[str, ...]
    wishes: tuple[str, ...]
    measures: tuple[str, ...]
    urgency: str = "normal"


MATTERS = (
    Matter("路灯", ("help", "complain"), ("路灯", "巷口路灯", "桥头路灯"), ("不亮已经三天", "整夜闪烁", "灯杆倾斜"),
           ("请尽快维修", "希望检查线路"), ("更换灯具和镇流器", "修复电缆接头")),
    Matter("路面", ("help", "suggest"), ("机动车道", "人行道", "井盖周边路面"), ("出现坑洞", "地砖松动", "下沉积水"),
           ("请修补", "请设置警示并修复"), ("铺设沥青修补", "更换破损地砖"), "urgent"),
    Matter("占道经营", ("complain", "report"), ("夜市摊位", "水果摊", "烧烤摊"), ("占用人行道", "深夜喧哗", "油烟扰民"),
           ("请规范管理", "希望划定经营区域"), ("劝导撤离并加强巡查", "引导进入疏导点")),
    Matter("垃圾清运", ("help", "complain"), ("垃圾收集点", "巷内垃圾桶", "建筑垃圾"), ("两天没有清运", "气味难闻", "堆放在路边"),
           ("请增加清运次数", "请清理"), ("当日清运并消杀", "增加早晚两次清运")),
    Matter("施工噪音", ("complain",), ("建筑工地", "道路工地"), ("夜间施工到十一点", "清晨六点开工"),
           ("请责令按规定时间施工", "请公示夜间施工许可"), ("约谈施工单位，停止夜间施工", "加装围挡并调整工序")),
    Matter("物业服务", ("complain", "consult"), ("小区电梯", "小区消防通道", "地下车库"), ("维修拖延半个月", "被杂物堵塞", "照明损坏"),
           ("请督促物业整改", "想了解维修资金怎样申请"), ("下发整改通知，三日内完成", "指导业委会启用维修资金"), "urgent"),
    Matter("房屋漏水", ("help",), ("顶层住户屋面", "老旧楼栋外墙"), ("雨天渗水", "墙皮脱落"),
           ("请协调维修", "请安排鉴定"), ("安排房屋安全鉴定", "协调产权单位防水施工")),
    Matter("排水", ("help", "complain"), ("雨水井", "排污渠"), ("堵塞，雨后积水", "污水外溢"),
           ("请疏通", "请查明排污来源"), ("高压冲洗疏通管道", "更换破损管段"), "urgent"),
    Matter("公园设施", ("suggest", "praise"), ("公园健身器材", "社区口袋公园"), ("数量不够", "座椅少、遮阴少"),
           ("建议增设", "建议延长开放时间"), ("列入下季度增设计划", "已补充座椅六张")),
    Matter("公租房", ("consult",), ("公租房申请", "公租房年审"), ("不清楚需要什么材料", "不知道到哪里办理"),
           ("请告知条件和流程", "请问能否网上办"), ("按现行办法逐项告知条件、材料和时限", "告知办理窗口和网上入口")),
)  # fmt: skip
_WHEN = ("昨天晚上", "这几天", "上周起", "连续下雨以后", "今天早上", "半个月来")
_SEEN = ("附近居民都有意见", "老人小孩经过不安全", "之前向社区反映过", "影响出行", "影响休息")


def demand(seed: int, number: int) -> Demand:
    """Return the demand of a number: the same for the same seed, whatever else was made."""
    rng = chance("demand", seed, number)
    matter, division = pick(rng, MATTERS), pick(rng, DIVISIONS)
    thing, trouble, wish, measure = (
        pick(rng, part) for part in (matter.things, matter.troubles, matter.wishes, matter.measures)
    )
    town = pick(rng, division.towns)
    place = address(rng, division).removeprefix(CITY).removeprefix(division.name).removeprefix("广东省普宁市")
    kind = pick(rng, matter.kinds)
    return Demand(
        matter=matter.name,
        kind=kind,
        urgency=matter.urgency if rng.random() < 0.3 else "normal",
        title=f"{thing}{trouble}（示例）",
        content=f"{pick(rng, _WHEN)}，{place}附近的{thing}{trouble}，{pick(rng, _SEEN)}。{wish}。（示例诉求，由程序生成）",
        division=division.code,
        street=next((t for t in division.towns if place.startswith(t)), town),
        address=place,
        caller=f"{pick(rng, SURNAMES)}某（示例）",
        phone=phone(rng),
        measure=f"派员到场核实，{measure}。（示例）",
        answer=f"您反映的“{thing}{trouble}”已办理：{measure}。如仍有问题，请凭编号补充情况或拨打 12345。（示例答复）",
    )
