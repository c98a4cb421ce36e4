"""Lists that the telephones need: skills, queues, telephones, reasons, numbers to hand a call over to."""

from django.utils.translation import gettext_lazy as _

from yunshu.domains.hotline.contracts import CONFIGURE
from yunshu.domains.hotline.models import (
    BreakReason,
    CallQueue,
    CallReason,
    Skill,
    Telephone,
    TransferTarget,
)
from yunshu.lib.ui.reference import ReferenceList, register

register(
    ReferenceList(
        slug="hotline-queues",
        model=CallQueue,
        fields=(
            "code",
            "name",
            "numbers",
            "skills",
            "priority",
            "overflow_after",
            "overflow_skills",
            "ring_seconds",
            "announce_seconds",
            "callback_minutes",
        ),
        columns=("code", "name", "numbers", "skills", "priority", "overflow_after", "callback_minutes"),
        search=("code", "name"),
        view=CONFIGURE,
        edit=CONFIGURE,
        help=_("来电按所拨号码进入队列，不设语音菜单。修改在一分钟内生效，已在排队的来电不受影响。"),
        refusals={"hotline_queue_seconds": ("ring_seconds", _("振铃时限和提示间隔不能少于 5 秒。"))},
    )
)
register(
    ReferenceList(
        slug="hotline-telephones",
        model=Telephone,
        fields=("code", "name", "address"),
        search=("code", "name", "address"),
        view=CONFIGURE,
        edit=CONFIGURE,
        help=_("座席只能在这里登记的话机上签入。"),
    )
)
for _slug, _model, _more, _help in (
    ("hotline-skills", Skill, (), _("方言、业务等技能；谁具备哪些技能在“座席技能”页设置。")),
    ("hotline-break-reasons", BreakReason, (), _("座席小休时选择。")),
    ("hotline-call-reasons", CallReason, (), _("接通的来电不建工单时，座席必须选择其中一项。")),
    (
        "hotline-transfer-targets",
        TransferTarget,
        ("number", "is_emergency"),
        _("通话中可以一键转接的号码；紧急电话先三方通话，交代清楚后座席退出。"),
    ),
):
    register(
        ReferenceList(
            slug=_slug,
            model=_model,
            fields=("code", "name", *_more, "source", "verified"),
            search=("code", "name"),
            view=CONFIGURE,
            edit=CONFIGURE,
            help=_help,
        )
    )
