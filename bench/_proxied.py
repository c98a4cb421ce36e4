"""The supervisor as ``yunshu up`` runs it, but its own processes reach database, messages and hub through lines that can be cut.

``python bench/_proxied.py`` with ``YUNSHU_DATA``; the control files are ``cut-db``, ``cut-nats`` and ``cut-hub`` in the folder
that ``BENCH_CUTS`` names.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from yunshu.config.bootstrap import machine
from yunshu.config.supervisor import hub, run

PROXY = Path(__file__).with_name("_proxy.py")


def through(name: str, url: str) -> str:
    """Return the address of a new line to ``url``."""
    parts = urlsplit(url)
    listen = machine.free_port()
    control = Path(os.environ["BENCH_CUTS"]) / f"cut-{name}"
    machine.spawn([sys.executable, str(PROXY), str(listen), str(parts.port), str(control)])
    at = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{at[0]}{at[1]}{parts.hostname}:{listen}").geturl()


class Proxied(run.Supervisor):
    """Servers stay where they are; everybody else hears of the lines' ends."""

    def _start_postgres(self) -> None:
        super()._start_postgres()
        self.values["DATABASE_URL"] = through("db", self.values["DATABASE_URL"])

    def _start_nats(self) -> None:
        super()._start_nats()
        self.values["NATS_URL"] = through("nats", self.values["NATS_URL"])

    def _sample_world(self, exchange: hub.Embedding) -> dict[str, list[str]]:
        url = through("hub", exchange.values["YUNSHU_HUB_URL"])
        return super()._sample_world(replace(exchange, values=exchange.values | {"YUNSHU_HUB_URL": url}))


run.Supervisor = Proxied  # type: ignore[misc]

if __name__ == "__main__":
    run.main()
