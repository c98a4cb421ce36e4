"""Measurements that projects offers to the performance table."""

from yunshu.domains.projects.loan_metrics import LOAN_METRICS
from yunshu.lib.kernel.measure import Metric

METRICS: tuple[Metric, ...] = (*LOAN_METRICS,)
