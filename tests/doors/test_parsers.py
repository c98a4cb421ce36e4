"""Whatever bytes come, a parser answers with a value or with a refusal that it promised, soon, and within its memory.

The same spoiled samples in every run; ``bench/fuzz.py --minutes 10`` looks for new ones.
"""

import random
import time
from contextlib import suppress

import pytest
from tests.doors.mutating import spoiled
from tests.doors.parsers import PARSERS

ROUNDS = 60
MOST_S = 20.0
"""Of one reading on a busy machine; what explodes takes minutes."""


NEIGHBOURS = {"list workbook", "georeport", "ledger batches"}
"""Parsers among whose samples are those of a neighbour, to be refused."""


@pytest.mark.parametrize("name", sorted(PARSERS.keys() - NEIGHBOURS))
def test_a_valid_sample_is_read(name: str) -> None:
    parser = PARSERS[name]
    for sample in parser.valid():
        assert sample
        parser.read(sample)


@pytest.mark.parametrize("name", PARSERS)
def test_spoiled_bytes_are_refused_as_promised(name: str) -> None:
    parser, chance = PARSERS[name], random.Random(name)
    for _ in range(ROUNDS):
        data = spoiled(chance, parser.valid())
        started = time.process_time()
        with suppress(*parser.refuses):
            parser.read(data)
        assert time.process_time() - started < MOST_S
