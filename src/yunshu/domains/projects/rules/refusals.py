"""What a violated constraint means: a stable code, a sentence, the field it is about."""

from dataclasses import dataclass

from yunshu.lib.kernel.labels import label


@dataclass(frozen=True)
class Refusal:
    """``sentence`` may use %(limit)s, %(sum)s, %(over)s, %(short)s, %(left)s (yuan) and %(day)s."""

    code: str
    sentence: str
    where: str = ""
    paying: str = ""
    """The sentence for who pays, where it is another one."""


OF_CONSTRAINT = {
    "projects_contract_sum": Refusal(
        "contract_sum_differs",
        label("各期金额合计 %(sum)s 元，与合同及已批准变更的金额 %(limit)s 元不相等，请调整分期。"),
        "instalments",
    ),
    "projects_beyond_approval": Refusal(
        "beyond_approval", label("超出批复：批复 %(limit)s 元，合同合计 %(sum)s 元，超出 %(over)s 元。"), "amount_yuan"
    ),
    "projects_confirmation": Refusal(
        "beyond_instalment",
        label("确认金额合计 %(sum)s 元，超出该期金额 %(limit)s 元。"),
        "amount_yuan",
    ),
    "projects_deduction": Refusal(
        "deduction_beyond_instalment", label("扣款合计 %(sum)s 元，超出该期金额 %(limit)s 元。"), "amount_yuan"
    ),
    "projects_beyond_advance": Refusal(
        "beyond_advance", label("超出预付款上限：上限 %(limit)s 元，预付合计 %(sum)s 元。"), "amount_yuan"
    ),
    "projects_beyond_acceptance": Refusal(
        "beyond_acceptance",
        label("超出已确认可付的金额：可付 %(limit)s 元，付款合计 %(sum)s 元，超出 %(over)s 元。"),
        "amount_yuan",
        paying=label("超出已确认可付的金额：最多可付 %(left)s 元，超出 %(over)s 元。"),
    ),
    "projects_before_acceptance": Refusal(
        "before_acceptance", label("付款日期早于确认日期，到该日尚缺确认 %(short)s 元。"), "on"
    ),
    "projects_beyond_budget": Refusal(
        "beyond_budget", label("超出预算余额：%(day)s 的余额为 %(left)s 元，超出 %(short)s 元。"), "amount_yuan"
    ),
    "projects_isolation": Refusal("isolation_unfit", label("写入资金须使用“读已提交”事务。")),
    "projects_contract_state": Refusal("contract_not_in_force", label("合同尚未备案或已经终止，不能执行该操作。")),
    "projects_contract_filed": Refusal(
        "contract_filed", label("合同备案后，金额、预付上限和付款条件只能按批准的变更调整。")
    ),
    "projects_contract_filed_complete": Refusal(
        "contract_incomplete", label("备案前请补齐批复事项、供应商和签订日期。"), "approval"
    ),
    "projects_contract_advance": Refusal("advance_basis_missing", label("约定预付款的，请填写依据。"), "advance_basis"),
    "projects_contract_term": Refusal("term_reversed", label("结束日期早于开始日期。"), "ends_on"),
    "projects_contract_positive": Refusal("amount_invalid", label("金额须大于零，最多两位小数。"), "amount_yuan"),
    "projects_approval_positive": Refusal("amount_invalid", label("金额须大于零，最多两位小数。"), "amount_yuan"),
    "projects_instalment_positive": Refusal("amount_invalid", label("金额须大于零，最多两位小数。"), "amount_yuan"),
    "projects_confirmation_sign": Refusal("amount_invalid", label("金额须大于零，最多两位小数。"), "amount_yuan"),
    "projects_penalty_sign": Refusal("amount_invalid", label("金额须大于零，最多两位小数。"), "amount_yuan"),
    "projects_payment_sign": Refusal("amount_invalid", label("金额须大于零，最多两位小数。"), "amount_yuan"),
    "projects_move_sign": Refusal("amount_invalid", label("金额的正负与变动类别不符。"), "amount_yuan"),
    "projects_guarantee_positive": Refusal("amount_invalid", label("金额须大于零，最多两位小数。"), "amount_yuan"),
    "projects_guarantee_returned": Refusal("term_reversed", label("退还日期早于收取日期。"), "returned_on"),
    "projects_change_not_zero": Refusal("amount_invalid", label("变更金额不能为零。"), "amount_yuan"),
    "projects_cost_line_cut": Refusal(
        "cut_reason_missing", label("审定金额不能超过报审金额；核减的请填写原因。"), "cut_reason"
    ),
    "projects_other_project": Refusal("other_project", label("所选的批复、合同、分期、额度不属于同一个项目。")),
    "projects_other_year": Refusal("date_outside_year", label("日期须在预算额度所属的年度内。"), "on"),
    "projects_pays_directly": Refusal(
        "contract_needed", label("有合同的项目按合同分期付款；无合同直接支出的项目不能登记合同。"), "instalment"
    ),
    "projects_payment_voucher": Refusal("voucher_taken", label("凭证号已登记过，请核对是否重复付款。"), "voucher"),
    "projects_confirmation_kind": Refusal("confirmation_unfit", label("该期的付款条件与所选的确认类别不符。"), "kind"),
    "projects_confirmation_acceptance": Refusal(
        "acceptance_missing", label("按验收支付的，请选择通过的验收记录。"), "acceptance"
    ),
    "projects_not_accepted": Refusal(
        "not_accepted", label("所选验收未通过、已被更正、晚于确认日期，或不属于该合同。"), "acceptance"
    ),
    "projects_evidence_missing": Refusal("evidence_missing", label("该期要求的材料没有齐全，请逐项填写。"), "evidence"),
    "projects_warranty_runs": Refusal("warranty_runs", label("质保期未满或未登记，不能退还质保金。"), "on"),
    "projects_acceptance_used": Refusal(
        "acceptance_used", label("已有付款按这条验收确认，请先撤回确认再更正。"), "corrects"
    ),
    "projects_reversal": Refusal("reversal_unfit", label("冲销须与原记录金额相反、日期不早于原记录，且只能一次。")),
    "projects_carry_over": Refusal("carry_over_unfit", label("结转须由上一年度转出、下一年度转入同一金额。")),
    "projects_line_year": Refusal("year_unfit", label("年度超出范围。"), "year"),
}
