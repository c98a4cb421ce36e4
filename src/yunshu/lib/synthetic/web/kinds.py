"""The words of the test web: kinds of checks, what was planted, a dictionary's row."""

from dataclasses import dataclass
from datetime import date

# identifier -> label; the same names as the inspection's checks
CHECKS = {
    "unreachable": "站点无法访问",
    "home_stale": "首页不更新",
    "column_stale": "栏目不更新",
    "column_blank": "空白栏目",
    "message_unanswered": "留言超期未回复",
    "message_late": "留言答复超时",
    "guide_incomplete": "办事指南要素不全",
    "interpretation_missing": "政策解读未关联",
    "statistics_stale": "统计数据不更新",
    "link_dead": "链接不可用",
    "label_missing": "页面标签缺失",
    "footer_mark": "页脚标识缺失或错误",
    "domain_name": "域名不规范",
    "wording_serious": "严重表述错误",
    "wording_wrong": "错误表述",
    "spelling": "错别字",
    "privacy_leak": "个人信息泄露",
    "secret_mark": "涉密标志",
    "dark_link": "暗链",
    "tampered": "页面篡改",
    "repost": "重复发布",
    "impersonation": "仿冒网站",
    "date_forged": "日期造假",
    "accessibility": "无障碍",
    "barrier": "无障碍（呈现后）",
    "tls": "证书",
    "ipv6": "IPv6 支持度",
    "headers": "安全响应头",
    "account_stale": "账号不更新",
    "account_zombie": "僵尸账号",
    "account_mute": "账号无互动功能",
    "account_uncertified": "账号未认证",
}


@dataclass(frozen=True, slots=True)
class Seeded:
    """One thing planted: a defect, or an innocent look-alike of one.

    ``owner`` is a site's code or an account's number; ``url`` where it shows (of a link: the page that has it);
    ``place`` where on it: ``home``, ``page``, ``body``, ``head``, ``footer``, ``list``, ``file``, ``site``, ``post``.
    ``words`` is the text, address or label to look for; ``recipe`` names the variety, ``stage`` the first visit that
    can see it (see ``WebCity.visits``).
    """

    check: str
    owner: str
    url: str
    place: str
    innocent: bool
    words: str
    recipe: str
    stage: int = 0


@dataclass(frozen=True, slots=True)
class Word:
    """A row of the neutral dictionary. ``kind`` is ``wording_serious``, ``wording_wrong``, ``spelling`` or ``advert``.

    The rule holds for texts dated from ``valid_from`` to ``valid_to``; None has no end. ``right`` is empty in adverts.
    """

    wrong: str
    right: str
    kind: str
    category: str
    valid_from: date | None
    valid_to: date | None
    source: str
