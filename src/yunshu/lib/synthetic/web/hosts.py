"""Names of the made-up city, its bodies and its hosts.

A label is "vq" and four consonants: no syllable of pinyin begins with v and none lacks a vowel, so no place or body can
be spelt like it, and ``<label>.gov.cn`` belongs to nobody. Hosts outside are under ``.example`` (RFC 2606). All names are
reached only through ``Running.resolver``, never through the real DNS.
"""

from random import Random

from yunshu.lib.synthetic.chance import pick

_CONSONANTS = "bcdfghjkmnprstwxz"
_FIRST = "澜岚汀砚沅榕澄"
_SECOND = "屏汐杪樾垣浔堃"
DEPARTMENTS = (
    ("教育局", "jyj"), ("水务局", "swj"), ("交通运输局", "jtj"), ("文化旅游体育局", "wltj"), ("民政局", "mzj"), ("司法局", "sfj"),
    ("财政局", "czj"), ("自然资源局", "zrzyj"), ("生态环境局", "sthjj"), ("住房和城乡建设局", "zjj"), ("农业农村局", "nyncj"),
    ("商务局", "swzj"), ("卫生健康局", "wjj"), ("应急管理局", "yjj"), ("审计局", "sjj"), ("统计局", "tjj"), ("医疗保障局", "ybj"),
)  # fmt: skip
SPECIAL = (("营商环境网", "ys"), ("旅游资讯网", "tour"), ("招商网", "zs"), ("公共资源交易网", "ggzy"))
# real sites that every footer points to; the test server answers for them, so that nobody asks the real ones
WELL_KNOWN = (
    "beian.miit.gov.cn", "beian.mps.gov.cn", "www.beian.gov.cn", "zfwzgl.www.gov.cn", "bszs.conac.cn", "dcs.conac.cn",
    "www.gov.cn",
)  # fmt: skip

# where one foot mark wrongly leads; it is there and well
REPORT_ELSEWHERE = "zfwzgl.old-report.example"


def label(rng: Random) -> str:
    """Return a label that spells no place."""
    return "vq" + "".join(pick(rng, _CONSONANTS) for _ in range(4))


def city_name(rng: Random) -> str:
    """Return the name of the city."""
    return pick(rng, _FIRST) + pick(rng, _SECOND) + "市"


def counties(rng: Random, count: int) -> list[str]:
    """Return ``count`` names of counties."""
    names: list[str] = []
    while len(names) < count:
        name = pick(rng, _SECOND) + pick(rng, _FIRST) + pick(rng, "县区")
        if name[:2] not in {other[:2] for other in names}:
            names.append(name)
    return names
