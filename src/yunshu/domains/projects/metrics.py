"""Measurements that projects offers to the performance table."""

from yunshu.lib.kernel.measure import Metric

METRICS: tuple[Metric, ...] = ()
