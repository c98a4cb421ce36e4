"""Home addresses below the township, beside a name: where a person lives, not where an office is."""

import re
from collections.abc import Iterator

from yunshu.lib.privacy.hits import Hit, Kind, hidden

_N = "[0-9０-９一二三四五六七八九十百零〇A-Za-z]{1,6}"
# 12号 · 3栋502室 · 三巷12号: a door and what follows it
_DOORS = re.compile(
    f"{_N}(?:号楼?|栋|幢|座|单元|室|房|巷|组|楼|之)(?:[-－之]?{_N}(?:号楼?|栋|幢|座|单元|室|房|楼)?){{0,4}}"
)
_ROADS = ("居委会", "社区", "大道", "小区", "花园", "新村", "里弄", "村", "路", "街", "巷", "苑", "弄")
_TOWNSHIPS = ("街道", "镇", "乡")
_REGIONS = ("自治区", "省", "市", "区", "县")
_BETWEEN = 16
"""At most so many characters lie between a road and a door: 东升村三巷12号."""
_HAN = re.compile("[\u4e00-\u9fff]*")
_MIXED = re.compile("[\u4e00-\u9fff0-9０-９A-Za-z]*")
_DOOR = re.compile(f"{_N}(?:号|室|房|栋|幢|组)")
_HOME = re.compile("(?:家庭|户籍|居住|现居|常住|户口|通讯|详细|家)?(?:住址|地址|所在地|住所)|家住|现住|住在|户籍地")
_OFFICE = re.compile(
    "办公|办理|办事|受理|注册|经营|营业|单位|公司|项目|施工|机构|学校|医院|窗口|接待|开标|会议|培训|报名|集合|生产|厂|店|所在位置|"
    "中心|门诊|法定|投标|采购人|代理|仓库|邮寄|寄送|联系地址|来访"
)
# 百家姓 in the order of frequency (the common ones cover more than 95 % of people) and the common double surnames
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭"
    "陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温庄纪洪柯詹翁游蓝卓涂"
)
_NAME = re.compile(f"(?:欧阳|司徒|上官|诸葛|[{_SURNAMES}])[\u4e00-\u9fff]{{1,2}}")
_LABELLED = re.compile(
    f"(?:姓名|户主|申请人|当事人|联系人|本人|村民|居民|住户|产权人|权利人|业主|学生|家长|死者|患者|被执行人|被处罚人|收件人)"
    f"[:：\\s]{{0,3}}(?:为|是|叫)?(?P<name>{_NAME.pattern})"
)
_EDGES = "[\\s，,。；;：:、|（）()\\t]"
_ALONE = re.compile(f"(?:^|{_EDGES})(?P<name>{_NAME.pattern})(?=$|{_EDGES})")
_NOT_NAMES = re.compile("[路街村镇区县市省号楼室局委办院校]$")
_REACH, _LABEL = 80, 14


def found_in(text: str, context: str) -> Iterator[Hit]:
    """Yield addresses that have a door, a word for a home (beside or in the headings), and a person's name nearby."""
    if not (_HOME.search(text) or _HOME.search(context)):
        return
    for begin, end in _written(text):
        whole = text[begin:end]
        start = begin + _labelled(whole)
        if not _DOOR.search(text, start, end):
            continue
        before = text[max(0, begin - _LABEL) : start]
        if _OFFICE.search(before) or _OFFICE.search(text[end : end + 4]) or _OFFICE.search(whole):
            continue
        if not (_HOME.search(before) or _HOME.search(whole) or _HOME.search(context)):
            continue
        if _named(text, begin, end):
            yield Hit(Kind.HOME_ADDRESS, start, end, hidden(Kind.HOME_ADDRESS, text[start:end]), 0.85)


def _written(text: str) -> Iterator[tuple[int, int]]:
    """Yield where addresses stand: 玉窖镇东升村三巷12号 · 榕华街道新兴路88号丽景花园3栋502室.

    Read from the door back (a door, a road, a township, regions), each with a bound, and never behind the address before:
    one pattern for all of it tried every way to part a row of regions, two milliseconds for each character.
    """
    behind, door = 0, _DOORS.search(text)
    while door:
        begin, at = _begin(text, door.start(), behind), door.start() + 1  # the 三巷 of 三巷12号 may be its road
        if begin is not None:
            yield begin, door.end()
            behind = at = door.end()
        door = _DOORS.search(text, at)


def _begin(text: str, door: int, behind: int) -> int | None:
    """Return where the address of a door begins; None if no road leads to it."""
    roads = {
        at - len(word)
        for at in range(max(behind, door - _BETWEEN, _run(_MIXED, text, door - _BETWEEN, door)), door + 1)
        for word in _ROADS
        if text.endswith(word, behind, at)
    }
    starts = _before(text, roads, 1, 10, behind)
    starts |= _before(text, _ended(text, starts, _TOWNSHIPS, behind), 1, 6, behind)
    found = set(starts)
    for _ in range(4):
        starts = _before(text, _ended(text, starts, _REGIONS, behind), 2, 9, behind)
        if not starts - found:
            break
        found |= starts
    return min(found, default=None)


def _before(text: str, ends: set[int], least: int, most: int, behind: int) -> set[int]:
    """Return where names of so many Chinese characters can begin that end at one of ``ends``."""
    return {
        start
        for end in ends
        for start in range(max(behind, end - most, _run(_HAN, text, end - most, end)), end - least + 1)
    }


def _ended(text: str, starts: set[int], words: tuple[str, ...], behind: int) -> set[int]:
    """Return where the name ends whose word (镇, 区 …) ends at one of ``starts``."""
    return {start - len(word) for start in starts for word in words if text.endswith(word, behind, start)}


def _run(shape: re.Pattern[str], text: str, start: int, end: int) -> int:
    """Return where the run of characters of ``shape`` that ends at ``end`` begins, but not before ``start``."""
    return end - len(shape.match(text[max(start, 0) : end][::-1])[0])  # type: ignore[index] # it matches nothing, too


def _labelled(whole: str) -> int:
    """Return how long the label is that runs into an address: 住址揭阳市… begins at 揭."""
    return max((label.end() for label in _HOME.finditer(whole)), default=0)


def _named(text: str, start: int, end: int) -> bool:
    for pattern in (_LABELLED, _ALONE):
        for near in pattern.finditer(text, max(0, start - _REACH), min(len(text), end + _REACH)):
            name = near["name"]
            outside = near.end("name") <= start or near.start("name") >= end
            if outside and not _NOT_NAMES.search(name):
                return True
    return False
