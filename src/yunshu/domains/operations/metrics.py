"""Measurements that operations offers to the performance table."""

from yunshu.domains.operations.asset_metrics import ASSET_METRICS
from yunshu.domains.operations.availability_metrics import AVAILABILITY
from yunshu.domains.operations.incident_metrics import RESPONSE, RESPONSE_12345
from yunshu.lib.kernel.measure import Metric

METRICS: tuple[Metric, ...] = (*AVAILABILITY, RESPONSE, RESPONSE_12345, *ASSET_METRICS)
