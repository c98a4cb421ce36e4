"""Twenty calls a second, and none lost."""

import asyncio
from pathlib import Path

import pytest
from tests.cti.load import measured
from tests.cti.phones import SIPP

pytestmark = [pytest.mark.chaos, pytest.mark.skipif(not SIPP, reason="SIPp is not installed (.ci/programs)")]


def test_twenty_calls_a_second_are_all_answered_and_pop_within_300_ms(tmp_path: Path) -> None:
    load = asyncio.run(measured(tmp_path, rate=20, calls=200))
    assert (load.lost, load.reasons) == (0, {"caller"})
    assert load.percentile(load.pops_s, 0.95) < 0.3
