"""The list that the archivist keeps: how long attachments stay."""

from django.utils.translation import gettext_lazy as _

from yunshu.domains.files.contracts import FILE_ERASE
from yunshu.domains.files.models import Retention
from yunshu.lib.ui.reference import ReferenceList, register

register(
    ReferenceList(
        slug="retention",
        model=Retention,
        key="kind",
        fields=("kind", "years", "basis"),
        search=("kind", "basis"),
        view=FILE_ERASE,
        edit=FILE_ERASE,
        help=_("没有规则的类别按程序默认的年数保存；规则只影响以后上传的附件。"),
    )
)
