"""Lists of rules that officials keep: wordings, parameters of checks."""

from django.utils.translation import gettext_lazy as _l

from yunshu.domains.inspection.contracts import RULE_EDIT, VIEW
from yunshu.domains.inspection.models import CheckParam, WordEntry
from yunshu.lib.ui.reference import ReferenceList

LISTS = (
    ReferenceList(
        slug="inspection-words",
        model=WordEntry,
        fields=(
            "code", "wrong", "right", "kind", "category", "valid_from", "valid_to", "exceptions", "obfuscation", "source",
        ),
        search=("code", "wrong", "right", "source"),
        view=VIEW,
        edit=RULE_EDIT,
        help=_l("与随平台提供的词条写法相同的，以这里的为准；停用即不再报告。涉及敏感内容的词库由本市自行导入。"),
        refusals={
            "inspection_word_said": ("wrong", _l("请填写要查的词。")),
            "inspection_word_dates": ("valid_to", _l("失效日期须晚于生效日期。")),
        },
    ),
    ReferenceList(
        slug="inspection-params",
        model=CheckParam,
        fields=("code", "kind", "name", "value", "source", "verified"),
        search=("code", "name", "source"),
        view=VIEW,
        edit=RULE_EDIT,
        help=_l("没有登记的参数按系统默认值；核对出处后勾选“已核对原文”。从下一次检查起生效。"),
        refusals={
            "inspection_param_once": ("name", _l("这项参数已有在用的设置，请修改那一条或先停用它。")),
        },
    ),
)  # fmt: skip
