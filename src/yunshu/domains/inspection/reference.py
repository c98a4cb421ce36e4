"""Lists that clerks keep."""

from yunshu.domains.inspection.reference_findings import LISTS
from yunshu.lib.ui.reference import register

for each in LISTS:
    register(each)
