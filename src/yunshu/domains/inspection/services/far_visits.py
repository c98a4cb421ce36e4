"""Visits from elsewhere: far vantages (``yunshu vantage``) open the home pages too, as the machine here does (``running.visiting``)."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from yunshu.domains.inspection.choices import SiteState
from yunshu.domains.inspection.models import Site
from yunshu.domains.inspection.rules.availability import TERMS
from yunshu.domains.inspection.services import visits
from yunshu.lib.probe import BadTarget, Observed, Visit, to_json


class Visits:
    """The guest that far vantages look at home pages for; what they did not trust themselves is left out."""

    prefix = "inspection:"
    label = "网站检查"

    def targets(self) -> list[dict[str, Any]]:
        """Return the home pages of the running sites, each to be visited once a round."""
        rows = Site.objects.filter(state=SiteState.RUNNING).order_by("id_code").values_list("id_code", "home_url")
        return [words for code, url in rows for words in self._words(code, url)]

    def _words(self, code: str, url: str) -> Iterator[dict[str, Any]]:
        """Yield a target, none for an address that no probe can mean."""
        with suppress(BadTarget):
            yield {
                "number": f"{self.prefix}{code}",
                "check": to_json(Visit(url)),
                "interval_s": TERMS.round_s,
                "timeout_s": TERMS.patience_s,
            }

    def take(self, batch: Sequence[Observed]) -> int:
        """Keep visits under the name of the vantage that made them."""
        return visits.keep([self._seen(one) for one in batch if one.sample.trusted])

    def _seen(self, one: Observed) -> visits.Seen:
        sample = one.sample
        status = sample.error.removeprefix("status_")
        return visits.Seen(
            site=one.target.removeprefix(self.prefix),
            vantage=sample.vantage,
            at=datetime.fromtimestamp(sample.at, UTC),
            ok=sample.ok,
            status=int(status) if status.isdigit() else None,
            ms=None if sample.latency_ms is None else int(sample.latency_ms),
            reason=sample.error,
        )
