"""Entries of the registry in the navigation."""

from django.utils.translation import gettext_lazy as _l

from yunshu.domains.inspection.contracts import VIEW

ENTRIES = (
    ("inspection:sites", _l("政府网站"), "globe", "", VIEW),
    ("inspection:accounts", _l("新媒体账号"), "megaphone", "", VIEW),
    ("inspection:posts", _l("账号发文"), "newspaper", "", VIEW),
    ("inspection:letters", _l("网民留言"), "message-square", "", VIEW),
    ("inspection:candidates", _l("待登记域名"), "network", "", VIEW),
)
