"""Real calls through our switch and distributor: SIPp dials, the queue gives, SIPp's telephones ring and answer.

    uv run python bench/sip.py [--quick]

Lost calls, the time from the telephone's ringing (its 180 in our SIP process) to the screen pop in a listener's hands, and from the caller's
INVITE; then calls with sound, mixed and recorded. It is skipped by name where SIPp is not installed (``.ci/programs`` installs it).
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

import _root  # noqa: F401 - finds tests
import numpy as np
import structlog
from tests.cti.load import Load, measured
from tests.cti.phones import SIPP

from yunshu.lib.cti.sip import g711

GOAL_S = 0.3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    if not SIPP:
        print("skipped: sipp is not installed (.ci/programs installs it)")
        return
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    for rate, calls in [(20, 100)] if quick else [(20, 1200), (40, 1200), (60, 1200)]:
        with tempfile.TemporaryDirectory(prefix="yunshu-sip-") as folder:
            load = asyncio.run(measured(Path(folder), rate=rate, calls=calls))
        show(f"{rate} calls/s", load)
        if rate == 20:
            print(
                f"ratio: {load.percentile(load.pops_s, 0.95) / GOAL_S:.3f} of the 300 ms that the 95th percentile may take"
            )
    at_once = 5 if quick else 25
    with tempfile.TemporaryDirectory(prefix="yunshu-sip-") as folder:
        tone = np.round(8000 * np.sin(2 * np.pi * 440 * np.arange(160_000) / 8000)).astype(np.int16)
        (Path(folder) / "tone.al").write_bytes(g711.encode(g711.PCMA, tone))
        spoken = measured(Path(folder), rate=5, calls=at_once, scenario="speaker", talk_ms=8000, record=True)
        show(f"{at_once} calls with sound, mixed and recorded", asyncio.run(spoken))


def show(what: str, load: Load) -> None:
    """Print one run."""
    pop, whole = load.pops_s, load.whole_s
    print(
        f"{what}: {load.calls} calls, lost {load.lost}; ring to screen pop p50 {load.percentile(pop, 0.5) * 1000:.1f} ms,"
        f" p95 {load.percentile(pop, 0.95) * 1000:.1f} ms; INVITE to screen pop p95 {load.percentile(whole, 0.95) * 1000:.0f} ms;"
        f" SIP process {load.cpu_share * 100:.0f} % of one core, {load.megabytes:.0f} MB"
    )


if __name__ == "__main__":
    main()
