"""Lists that the bureau keeps: service levels and their hours, grading and calling rules, contracts' service clauses, models of assets."""

from django.utils.translation import gettext_lazy as _

from yunshu.domains.operations.contracts import ASSET_EDIT, ASSET_VIEW, CONFIGURE, TARGET_VIEW
from yunshu.domains.operations.models import (
    AssetModel,
    DutyHours,
    IncidentCall,
    PriorityRule,
    ServiceClause,
    ServiceHours,
    ServiceLevel,
    ServicePromise,
)
from yunshu.lib.ui.reference import ReferenceList, register

register(
    ReferenceList(
        slug="service-levels",
        model=ServiceLevel,
        fields=("code", "name", "scope", "source", "verified"),
        search=("code", "name", "scope", "source"),
        view=TARGET_VIEW,
        edit=CONFIGURE,
        help=_("监测对象带有某个范围标签时用该标签的级别，否则用没有标签的级别；时限在“服务承诺”中。"),
        refusals={
            "operations_level_scope_once": ("scope", _("这个范围已有在用的服务级别，请修改那一条或先停用它。")),
        },
    )
)
register(
    ReferenceList(
        slug="service-promises",
        model=ServicePromise,
        fields=("code", "level", "priority", "clock", "minutes", "hours", "source"),
        search=("code", "source"),
        view=TARGET_VIEW,
        edit=CONFIGURE,
        help=_("修改只影响以后受理或调整优先级的故障；已受理的按受理时的承诺。"),
        refusals={
            "operations_promise_once": ("clock", _("这个级别、优先级和时钟已有在用的承诺，请修改那一条或先停用它。")),
            "operations_promise_some": ("minutes", _("时限至少 1 分钟。")),
        },
    )
)
register(
    ReferenceList(
        slug="service-hours",
        model=ServiceHours,
        fields=("code", "name", "kind", "source"),
        search=("code", "name"),
        view=TARGET_VIEW,
        edit=CONFIGURE,
        help=_("工作时间取自工作日历（含调休）；值班的日期和时段在“值班时段”中。"),
    )
)
register(
    ReferenceList(
        slug="duty-hours",
        model=DutyHours,
        fields=("code", "hours", "on", "starts_at", "ends_at"),
        search=("code",),
        retire_field="",
        view=TARGET_VIEW,
        edit=CONFIGURE,
        help=_("登记某天的时段后，当天只按这些时段计时；一天可有多段。"),
        refusals={
            "operations_duty_hours_order": (
                "ends_at",
                _("结束时间须晚于开始时间（到当天 24 点写 00:00）；整天不值班的两个都留空。"),
            ),
        },
    )
)
register(
    ReferenceList(
        slug="incident-priorities",
        model=PriorityRule,
        fields=("code", "kind", "members_from", "priority", "source"),
        search=("code", "source"),
        view=TARGET_VIEW,
        edit=CONFIGURE,
        help=_("监测发现的故障按规则定级；同时符合几条时取最重的一级。"),
    )
)
register(
    ReferenceList(
        slug="incident-calls",
        model=IncidentCall,
        fields=("code", "clock", "percent", "tier", "priority"),
        search=("code",),
        view=TARGET_VIEW,
        edit=CONFIGURE,
        help=_("时限百分比：50 为用去一半，100 为到期。没有人值班时通知有审批权限的人员。"),
    )
)
register(
    ReferenceList(
        slug="service-clauses",
        model=ServiceClause,
        fields=(
            "code",
            "contract",
            "vendor",
            "org",
            "clause",
            "words",
            "metric",
            "scope",
            "priority",
            "allowance",
            "base",
            "rate",
            "whole_units",
            "monthly_fee_yuan",
            "cap_yuan",
            "valid_from",
            "valid_to",
            "verified",
        ),
        columns=("contract", "vendor", "clause", "metric", "rate", "valid_from", "valid_to", "verified"),
        search=("code", "contract", "vendor", "clause", "words"),
        view=TARGET_VIEW,
        edit=CONFIGURE,
        help=_("条款照合同原文登记。扣款由系统按条款计算、由人员确认；修改条款不改变已确认的扣款。"),
        refusals={
            "operations_clause_period": ("valid_to", _("失效日期不能早于生效日期。")),
            "operations_clause_amounts": ("rate", _("扣款标准须大于 0，免扣数、月费和上限不能是负数。")),
            "operations_clause_fee_known": ("monthly_fee_yuan", _("按月费百分比扣款的条款须填写月费。")),
        },
    )
)
register(
    ReferenceList(
        slug="operations-models",
        model=AssetModel,
        fields=("code", "kind", "maker", "name", "is_secure", "basis"),
        search=("code", "maker", "name"),
        view=ASSET_VIEW,
        edit=ASSET_EDIT,
        sort="code",
        help=_("是否安全可靠以测评结果公告为准，须写明依据；未核对的型号不能用于替代。"),
        refusals={
            "operations_model_secure_has_basis": ("basis", _("填写了是否安全可靠，须写明依据的公告名称、期号和日期。")),
        },
    )
)
