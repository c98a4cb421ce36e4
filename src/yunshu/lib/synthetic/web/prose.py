"""Titles and paragraphs in the manner of government websites, from templates; nothing in them happened."""

from random import Random

from yunshu.lib.synthetic.chance import pick
from yunshu.lib.synthetic.names import SURNAMES, given_name

_LISTED = (
    "防汛备汛 森林防火 道路养护 校园安全 老旧小区改造 农贸市场管理 河道清淤 垃圾分类 公交线路优化 社区养老 疫苗接种 食品抽检"
    " 高标准农田 渔船安全 文物普查 绿道建设 停车位供给 用水安全 电梯检验 图书借阅 全民健身 职业培训 就业招聘 人才公寓"
    " 古树保护 消防演练 数字档案 企业开办 不动产登记 助残服务 招商推介 科普宣传 食堂监管 灌区改造 夜间照明 公园开放"
)
_TOPICS = tuple(_LISTED.split())
_ACTS = ("开展", "推进", "召开会议研究", "检查", "部署", "完成阶段性", "集中整治", "加快实施")
_PLACES = ("沿江片区", "北岭片区", "东部新城", "老城片区", "滨海片区", "南湖片区", "各乡镇（街道）", "城乡结合部")
_SENTENCES = (
    "{day}，{unit}在{place}{act}{topic}工作，{number}名工作人员参加。",
    "据介绍，今年以来共排查点位{number}处，整改问题{small}个，其余问题已明确责任单位和完成时限。",
    "下一步，{unit}将围绕{topic}，细化措施、压实责任，确保各项任务按期完成。",
    "会议要求，各有关单位要加强协作，做好{topic}的日常巡查和信息报送。",
    "群众如有意见建议，可拨打政务服务便民热线12345或者到{place}服务窗口反映。",
    "{unit}有关负责人表示，{topic}直接关系群众生活，要把工作做在前面。",
    "截至目前，{place}已投入资金{number}万元，完成工程量的{percent}%。",
    "工作组现场查看了{place}的设施运行情况，听取了居民代表对{topic}的意见。",
    "本次活动发放宣传资料{number}份，现场解答咨询{small}人次。",
    "各单位要严格落实值班制度，遇有情况及时处置并按程序报告。",
)
_QUESTIONS = (
    "{place}路灯夜间不亮，何时维修？", "请问{topic}的办理窗口周末是否开放？", "{place}公交车班次能否增加？",
    "咨询{topic}补助的申请时间", "{place}雨后积水，请派人查看", "关于{topic}的建议",
)  # fmt: skip
_SERVICES = (
    "公共场所卫生许可", "户外广告设施设置审批", "临时占用绿地审批", "道路挖掘许可", "民办学校年度检查", "养老机构备案", "食品小作坊登记",
    "渔业捕捞许可证变更", "排水许可证核发", "人力资源服务许可", "老年人优待证办理", "残疾人证换领", "农机牌证核发", "就业困难人员认定",
    "灵活就业社会保险补贴", "档案查询服务", "公租房申请", "居住证签注",
)  # fmt: skip


def day_words(month: int, day: int) -> str:
    """Return a date as a text has it."""
    return f"{month}月{day}日"


def topic(rng: Random) -> str:
    """Return what a text may be about."""
    return pick(rng, _TOPICS)


def paragraphs(rng: Random, unit: str, about: str, when: str, count: int) -> list[str]:
    """Return ``count`` paragraphs of two or three sentences; no two alike, since figures differ."""
    return ["".join(_sentence(rng, unit, about, when) for _ in range(2 + int(rng.random() * 2))) for _ in range(count)]


def _sentence(rng: Random, unit: str, about: str, when: str) -> str:
    return pick(rng, _SENTENCES).format(
        day=when, unit=unit, place=pick(rng, _PLACES), act=pick(rng, _ACTS), topic=about,
        number=20 + int(rng.random() * 900), small=2 + int(rng.random() * 60), percent=10 + int(rng.random() * 89),
    )  # fmt: skip


def news_title(rng: Random, unit: str, about: str) -> str:
    """Return the title of a news text."""
    return f"{unit}{pick(rng, _ACTS)}{about}工作（{pick(rng, _PLACES)}第{1 + int(rng.random() * 400)}次）"


def notice_title(rng: Random, unit: str, about: str) -> str:
    """Return the title of a notice."""
    return f"{unit}关于{about}有关事项的通告（第{1 + int(rng.random() * 400)}号）"


def policy_title(unit: str, about: str, number: int) -> str:
    """Return the title of a policy document."""
    return f"{unit}关于印发{about}管理办法（第{number}号）的通知"


def question(rng: Random) -> str:
    """Return the title of a citizen's letter."""
    return pick(rng, _QUESTIONS).format(place=pick(rng, _PLACES), topic=topic(rng))


def services(rng: Random, count: int) -> list[str]:
    """Return ``count`` different names of services."""
    left = sorted(_SERVICES, key=lambda _: rng.random())
    return left[:count]


def person(rng: Random) -> str:
    """Return the name of somebody who does not exist."""
    return pick(rng, SURNAMES) + given_name(rng, pick(rng, "12"), 1950 + int(rng.random() * 55))
