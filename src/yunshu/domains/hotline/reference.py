"""Lists that the hotline keeps: the duty directory, limits, reasons, classes of matters."""

from django.utils.translation import gettext_lazy as _

from yunshu.domains.hotline import phone_reference as phone_reference  # the telephones' lists
from yunshu.domains.hotline.contracts import CONFIGURE, QUALITY_MANAGE, ROSTER_MANAGE
from yunshu.domains.hotline.models import (
    Category,
    DutyRule,
    ObjectionReason,
    OpenQuestion,
    OpenService,
    RejectGround,
    SamplingPlan,
    Shift,
    SuspendReason,
    TimeLimit,
)
from yunshu.lib.ui.reference import ReferenceList, register

register(
    ReferenceList(
        slug="hotline-duties",
        model=DutyRule,
        fields=(
            "code",
            "matter",
            "category",
            "words",
            "division",
            "org",
            "role",
            "department_only",
            "basis",
            "edition",
            "valid_from",
            "valid_to",
            "verified",
        ),
        columns=("code", "matter", "org", "role", "department_only", "basis", "edition", "valid_from", "verified"),
        search=("code", "matter", "basis", "org__name"),
        view=CONFIGURE,
        edit=CONFIGURE,
        help=_("派单目录。职责变化时给旧条目填失效日期，再新增条目；已派出的工单仍按派单当日的条目。"),
        refusals={
            "hotline_duty_order": ("valid_to", _("失效日期不能早于生效日期。")),
            "hotline_duty_basis": ("basis", _("请写明职责的法律依据或权责清单条目。")),
            "hotline_duty_findable": ("words", _("请选诉求分类或填写关键词，否则派单时找不到这一条。")),
        },
    )
)
register(
    ReferenceList(
        slug="hotline-limits",
        model=TimeLimit,
        fields=(
            "code",
            "clock",
            "kind",
            "urgency",
            "channel",
            "amount",
            "unit",
            "valid_from",
            "valid_to",
            "source",
            "verified",
        ),
        search=("code", "source"),
        view=CONFIGURE,
        edit=CONFIGURE,
        help=_("同时符合几条时，按紧急程度、诉求类型、来源渠道最具体的一条；修改只影响以后受理的工单。"),
        refusals={
            "hotline_limit_some": ("amount", _("时限须大于 0。")),
            "hotline_limit_order": ("valid_to", _("失效日期不能早于生效日期。")),
            "hotline_limit_once": ("valid_from", _("这一天起已有同样的时限，请修改那一条或先停用它。")),
        },
    )
)
for _slug, _model, _more, _help in (
    ("hotline-suspend-reasons", SuspendReason, (), _("只有列出的事由可以申请挂起。")),
    ("hotline-objection-reasons", ObjectionReason, (), _("承办单位申请退单时选择。")),
    ("hotline-reject-grounds", RejectGround, ("channel",), _("不予受理时必须告知法定渠道。")),
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
register(
    ReferenceList(
        slug="hotline-categories",
        model=Category,
        fields=("code", "name", "path", "source"),
        search=("code", "path"),
        view=CONFIGURE,
        edit=CONFIGURE,
        help=_("下级代码以上级代码开头。可以从 XLSX 导入本市现行的分类标准。"),
    )
)
register(
    ReferenceList(
        slug="hotline-shifts",
        model=Shift,
        fields=("code", "name", "starts_at", "ends_at", "rest_minutes"),
        search=("code", "name"),
        view=ROSTER_MANAGE,
        edit=ROSTER_MANAGE,
        help=_("排班用的班次；改动只影响以后的排班和测算，已排的班随班次显示。"),
        refusals={"hotline_shift_rest": ("rest_minutes", _("班内休息不能超过 240 分钟。"))},
    )
)
register(
    ReferenceList(
        slug="hotline-sampling-plans",
        model=SamplingPlan,
        fields=("code", "name", "desk", "form_code", "pick", "each", "stars"),
        search=("code", "name"),
        view=QUALITY_MANAGE,
        edit=QUALITY_MANAGE,
        help=_("每周按方案抽检。评分表代码见“质检评分表”；抽过的记录保留当时的规则。"),
        refusals={"hotline_plan_sense": ("each", _("随机抽检须填每人 1 至 50 件；低分抽检须填 1 至 5 分。"))},
    )
)
register(
    ReferenceList(
        slug="hotline-open-services",
        model=OpenService,
        fields=("code", "category", "kind", "is_public", "by_token", "keywords", "notice"),
        columns=("code", "category", "kind", "is_public", "by_token", "notice"),
        search=("code", "category__path"),
        view=CONFIGURE,
        edit=CONFIGURE,
        help=_("列出的诉求分类及其下级可以通过 Open311 提交；没有列出的，一律不开放、不公开。投诉和举报不能开放。"),
        refusals={"hotline_open_service_kind": ("kind", _("投诉和举报不能通过开放接口登记。"))},
    )
)
register(
    ReferenceList(
        slug="hotline-open-questions",
        model=OpenQuestion,
        fields=(
            "code", "category", "words", "hint", "datatype", "choices", "is_asked", "is_required", "order",
        ),
        columns=("code", "category", "words", "datatype", "is_required", "order"),
        search=("code", "words"),
        view=CONFIGURE,
        edit=CONFIGURE,
        help=_("开放服务在内容和地点之外还要问的；对下级分类同样有效。"),
        refusals={
            "hotline_open_question_choices": ("choices", _("单选和多选须列出选项，其他类型不填选项。")),
            "hotline_open_question_required": ("is_required", _("不需要回答的说明不能设为必答。")),
        },
    )
)  # fmt: skip
