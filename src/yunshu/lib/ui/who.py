"""Who did something, in people's words: the audit trail keeps ``staff:姓名``, pages show the name."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

KINDS = {
    "staff": "",
    "citizen": _l("市民"),
    "companyagent": _l("企业经办人"),
    "client": _l("接口"),
    "system": _l("系统"),
}


def who_words(label: str) -> str:
    """Return a viewer's label as a page shows it: staff by name, others with what they are; what is no label as it is."""
    kind, colon, name = label.partition(":")
    if not colon or kind not in KINDS:
        return label
    return _("%(kind)s：%(name)s") % {"kind": KINDS[kind], "name": name} if KINDS[kind] else name
