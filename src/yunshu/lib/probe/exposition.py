"""Our figures in Prometheus' text format 0.0.4, written by prometheus_client."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from yunshu.lib.probe.outcome import Observed

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Figures(Collector):
    def __init__(self, families: Iterable[GaugeMetricFamily]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._families


def text(vantage: str, health: Any, last: Sequence[Observed]) -> str:
    """Return the text. A reading that is not there has no line."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures([*_of_prober(vantage, health), *_of_targets(vantage, last)]))
    return generate_latest(registry).decode()


def _of_prober(vantage: str, health: Any) -> Iterator[GaugeMetricFamily]:
    figures = asdict(health) if is_dataclass(health) and not isinstance(health, type) else {}
    for name, value in figures.items():
        unit = name.removesuffix("_s") + "_seconds" if name.endswith("_s") else name
        family = GaugeMetricFamily(f"yunshu_prober_{unit}", f"Prober: {name}", labels=["vantage"])
        family.add_metric([vantage], float(value))
        yield family


def _of_targets(vantage: str, last: Sequence[Observed]) -> Iterator[GaugeMetricFamily]:
    labels = ["target", "vantage"]
    success = GaugeMetricFamily("yunshu_probe_success", "1 if the last look was well", labels=labels)
    trusted = GaugeMetricFamily("yunshu_probe_trusted", "1 if the prober trusted itself", labels=labels)
    at = GaugeMetricFamily("yunshu_probe_timestamp_seconds", "When the last look was", labels=labels)
    took = GaugeMetricFamily("yunshu_probe_duration_seconds", "How long the last answer took", labels=labels)
    readings = GaugeMetricFamily("yunshu_probe_reading", "A reading of a device", labels=[*labels, "name"])
    for one in last:
        who, sample = [one.target, vantage], one.sample
        success.add_metric(who, float(sample.ok))
        trusted.add_metric(who, float(sample.trusted))
        at.add_metric(who, float(sample.at))
        if sample.latency_ms is not None:
            took.add_metric(who, sample.latency_ms / 1000)
        for name, value in one.values.items():
            if value is not None:
                readings.add_metric([*who, name], value)
    yield from (success, trusted, at, took, readings)
