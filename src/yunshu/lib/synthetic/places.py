"""Where people live: Jieyang's five divisions and their towns; villages, roads and houses are made up.

Area codes of numbers issued earlier: 440525 揭阳县 (until 1991) and 445221 揭东县 (until 2012) are in GB/T 2260's history;
440526-440528 are from memory.
"""

from dataclasses import dataclass
from random import Random

from yunshu.lib.synthetic.chance import pick


@dataclass(frozen=True, slots=True)
class Division:
    """A district or county, its share of the people, the codes its numbers began with, and its towns."""

    code: str
    name: str
    place: str
    share: float
    codes: tuple[tuple[int, str], ...]
    towns: tuple[str, ...]
    trades: tuple[str, ...]

    def area_of(self, year: int) -> str:
        """Return the code that a number issued here for somebody born in ``year`` usually has."""
        return next(code for last, code in self.codes if year <= last)


_COMMON = ("建材", "百货", "餐饮管理", "物流", "科技", "贸易", "农业", "装饰工程", "汽车服务", "文化传媒")


def _division(
    code: str, name: str, share: float, codes: tuple[tuple[int, str], ...], towns: str, trades: str
) -> Division:
    place = "揭阳市" if code in {"445202", "445203"} else name
    return Division(code, name, place, share, (*codes, (9999, code)), tuple(towns.split()), (*trades.split(), *_COMMON))


DIVISIONS = (
    _division(
        "445202", "榕城区", 0.17, ((1991, "440525"),),
        "榕华街道 新兴街道 中山街道 西马街道 榕东街道 仙桥街道 梅云街道 东升街道 东阳街道 渔湖街道",
        "五金制品 不锈钢 玉器 鞋业 塑料",
    ),
    _division(
        "445203", "揭东区", 0.15, ((1991, "440525"), (2012, "445221")),
        "曲溪街道 磐东街道 锡场镇 新亨镇 玉湖镇 埔田镇 云路镇 玉窖镇 月城镇 霖磐镇 白塔镇 龙尾镇 桂岭镇",
        "玉器 金属 食品 竹笋 模具",
    ),
    _division(
        "445222", "揭西县", 0.13, ((1991, "440526"),),
        "河婆街道 棉湖镇 金和镇 塔头镇 东园镇 凤江镇 钱坑镇 五经富镇 京溪园镇 灰寨镇 南山镇 大溪镇 坪上镇 五云镇",
        "电线电缆 茶业 陶瓷 农副产品 旅游",
    ),
    _division(
        "445224", "惠来县", 0.19, ((1991, "440528"),),
        "惠城镇 华湖镇 仙庵镇 靖海镇 周田镇 前詹镇 神泉镇 东陇镇 岐石镇 隆江镇 溪西镇 鳌江镇 葵潭镇",
        "水产 海洋 石化 菠萝 渔业",
    ),
    _division(
        "445281", "普宁市", 0.36, ((1991, "440527"),),
        "流沙东街道 流沙西街道 流沙南街道 流沙北街道 池尾街道 占陇镇 里湖镇 洪阳镇 南径镇 麒麟镇 军埠镇 下架山镇 梅塘镇 云落镇",
        "服装 纺织 药业 中药材 内衣 青梅",
    ),
)  # fmt: skip

# codes ever found in numbers of this city, for ``ric.check``
AREAS = frozenset(code for division in DIVISIONS for _, code in division.codes)
BY_CODE = {division.code: division for division in DIVISIONS}

_FRONT = "东西南北新上下前后大石溪山湖龙凤金玉桥林"
_BACK = "园寮埔洋围塘坑岭陂头尾湖浦乡门厝港"
_ROADS = tuple(
    a + b
    for a in ("建设", "解放", "人民", "环城", "望江", "文化", "育才", "兴业", "临江", "新河")
    for b in ("路", "街", "东路", "西路")
)


def address(rng: Random, division: Division) -> str:
    """Return an address in ``division``: a real town, a made-up village, road and house."""
    town, r = pick(rng, division.towns), rng.random
    place = pick(rng, _FRONT) + pick(rng, _BACK)
    city = division.name if division.code == "445281" else f"揭阳市{division.name}"
    if town.endswith("道"):
        house = (
            f"{pick(rng, _ROADS)}{int(r() * 300) + 1}号{int(r() * 12) + 1}幢{int(r() * 28) + 1:d}0{int(r() * 4) + 1}房"
        )
        return f"广东省{city}{town}{place}社区{house}"
    return f"广东省{city}{town}{place}村{pick(rng, _FRONT)}{pick(rng, '片巷里')}{int(r() * 200) + 1}号"


def phone(rng: Random) -> str:
    """Return a telephone number that looks like a mobile one in a range without an operator (164)."""
    return f"164{int(rng.random() * 100_000_000):08d}"
