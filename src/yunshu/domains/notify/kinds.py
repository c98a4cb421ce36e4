"""The kinds of notice that come from the domains below."""

from django.utils.translation import gettext_lazy as _

from yunshu.domains.notify.contracts import NoticeKind
from yunshu.domains.notify.registry import declare

TASK = "workflow.task"
REMINDER = "workflow.reminder"
ESCALATION = "workflow.escalation"
SUPERVISION = "workflow.supervision"
LEDGER = "ledger.alarm"


def declare_all() -> None:
    """Called once when the program starts."""
    declare(NoticeKind(code=TASK, name=_("新的待办"), help=_("有一件事轮到您，或轮到您可以办理的岗位。")))
    declare(NoticeKind(code=REMINDER, name=_("期限提醒"), help=_("您手上的待办快到期或已经超期。"), mandatory=True))
    declare(NoticeKind(code=ESCALATION, name=_("超期上报"), help=_("您分管的待办超期，按规则报给您。"), mandatory=True))
    declare(
        NoticeKind(
            code=SUPERVISION, name=_("督办"), help=_("您所在单位收到督办，或您发出的督办有了反馈。"), mandatory=True
        )
    )
    declare(
        NoticeKind(
            code=LEDGER, name=_("账本告警"), help=_("存证账本的成员之间不一致，或消息流被改动。"), mandatory=True
        )
    )
