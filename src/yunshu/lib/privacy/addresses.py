"""Home addresses below the township, beside a name: where a person lives, not where an office is."""

import re
from collections.abc import Iterator

from yunshu.lib.privacy.hits import Hit, Kind, hidden

_H = "[\u4e00-\u9fff]"
_N = "[0-9０-９一二三四五六七八九十百零〇A-Za-z]{1,6}"
# township, then what lies below it, then a door: 玉窖镇东升村三巷12号 · 榕华街道新兴路88号丽景花园3栋502室
_ADDRESS = re.compile(
    f"(?:{_H}{{2,9}}(?:省|自治区|市|区|县)){{0,4}}(?:{_H}{{1,6}}(?:镇|乡|街道))?"
    f"{_H}{{1,10}}?(?:村|社区|居委会|路|街|巷|大道|小区|花园|新村|里弄|苑|弄)"
    f"(?:[{_H[1:-1]}0-9０-９A-Za-z东西南北中]{{0,16}}?)"
    f"(?:{_N}(?:号楼?|栋|幢|座|单元|室|房|巷|组|楼|之))(?:[-－之]?{_N}(?:号楼?|栋|幢|座|单元|室|房|楼)?){{0,4}}"
)
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
    for match in _ADDRESS.finditer(text):
        start, end = _trimmed(match)
        if not _DOOR.search(text, start, end):
            continue
        before = text[max(0, match.start() - _LABEL) : start]
        if _OFFICE.search(before) or _OFFICE.search(text[end : end + 4]) or _OFFICE.search(match[0]):
            continue
        if not (_HOME.search(before) or _HOME.search(match[0]) or _HOME.search(context)):
            continue
        if _named(text, match.start(), end):
            yield Hit(Kind.HOME_ADDRESS, start, end, hidden(Kind.HOME_ADDRESS, text[start:end]), 0.85)


def _trimmed(match: re.Match[str]) -> tuple[int, int]:
    """Return the span without the label that runs into it: 住址揭阳市… begins at 揭."""
    labels = [label.end() for label in _HOME.finditer(match[0])]
    return match.start() + max(labels, default=0), match.end()


def _named(text: str, start: int, end: int) -> bool:
    for pattern in (_LABELLED, _ALONE):
        for near in pattern.finditer(text, max(0, start - _REACH), min(len(text), end + _REACH)):
            name = near["name"]
            outside = near.end("name") <= start or near.start("name") >= end
            if outside and not _NOT_NAMES.search(name):
                return True
    return False
