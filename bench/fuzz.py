"""Spoils valid samples of every kind that comes from outside, and looks for a parser that answers with another error than it promised.

    uv run python bench/fuzz.py [--minutes N] [--seed N] [--only NAME] [--quick]

Each fault is printed once with the bytes that bring it about (base64), so that it becomes a test. Exit code 1 if there is one.
"""

import argparse
import base64
import os
import random
import resource
import time
import traceback
import warnings
from typing import Any

import _root  # noqa: F401 - finds tests
import django
import structlog

SLOW_S = 5.0


def main() -> int:
    """Spoil and read until the time is over; print what was found."""
    words = argparse.ArgumentParser()
    words.add_argument("--minutes", type=float, default=10.0)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--only", default="")
    words.add_argument("--quick", action="store_true", help="five seconds")
    asked = words.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunshu.config.settings")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    warnings.simplefilter("ignore")
    django.setup()
    from tests.doors.parsers import PARSERS

    chosen = {name: parser for name, parser in PARSERS.items() if asked.only in name}
    ends = time.monotonic() + (5 if asked.quick else asked.minutes * 60)
    chance, counts, faults = random.Random(asked.seed), dict.fromkeys(chosen, 0), dict[str, bytes]()
    while time.monotonic() < ends:
        for name, parser in chosen.items():
            for _ in range(5):
                counts[name] += 1
                read(name, parser, chance, faults)
    for name, count in counts.items():
        print(f"{name:24} {count:8} readings")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB, {len(faults)} faults")
    return 1 if faults else 0


def read(name: str, parser: Any, chance: random.Random, faults: dict[str, bytes]) -> None:
    """Read one spoiled sample; keep and print the first fault at each place."""
    from tests.doors.mutating import spoiled

    data = spoiled(chance, parser.valid())
    started = time.process_time()
    try:
        parser.read(data)
    except parser.refuses:
        pass
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        key = f"{name}: {type(error).__name__} at {last.filename}:{last.lineno}"
        if key not in faults:
            faults[key] = data
            ours = [
                f"{at.filename}:{at.lineno}"
                for at in traceback.extract_tb(error.__traceback__)
                if "/src/" in at.filename
            ]
            print(
                f"FAULT {key} {str(error)[:160]!r} via {ours[-2:]}\n  {base64.b64encode(data)[:2000].decode()}",
                flush=True,
            )
    if (taken := time.process_time() - started) > SLOW_S:
        print(f"SLOW {name}: {taken:.1f} s, {len(data)} bytes\n  {base64.b64encode(data)[:400].decode()}", flush=True)
        faults.setdefault(f"{name}: slow", data)


if __name__ == "__main__":
    raise SystemExit(main())
