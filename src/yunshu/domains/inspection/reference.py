"""Lists that clerks keep."""

from yunshu.domains.inspection import reference_findings, reference_rules
from yunshu.lib.ui.reference import register

for each in (*reference_findings.LISTS, *reference_rules.LISTS):
    register(each)
