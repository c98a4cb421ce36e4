"""Measurements that operations offers to the performance table."""

from yunshu.domains.operations.asset_metrics import ASSET_METRICS
from yunshu.lib.kernel.measure import Metric

METRICS: tuple[Metric, ...] = (*ASSET_METRICS,)
