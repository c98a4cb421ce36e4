"""Measurements that inspection offers to the performance table."""

from yunshu.domains.inspection.results_metrics import RESULTS
from yunshu.lib.kernel.measure import Metric

METRICS: tuple[Metric, ...] = (*RESULTS,)
