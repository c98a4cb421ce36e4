"""Made-up calls against every operation of the JSON API of a running instance with sample data, as each of its people and a program.

    uv run python bench/doors.py DATA_FOLDER [--examples N] [--seed N] [--people a,b]

It writes: give it an instance that may be thrown away (``YUNSHU_DATA=/tmp/x yunshu up``, with ``YUNSHU_API_PER_MINUTE=0``), never a
real one. Prints each fault once; exit code 1 if there is one, or if somebody wrote without a right. Without a folder it is skipped.
"""

import argparse
import csv
import json
import os
from pathlib import Path

import _root  # noqa: F401 - finds tests
import django


def main() -> int:
    """Walk and print."""
    words = argparse.ArgumentParser()
    words.add_argument("data", type=Path, nargs="?")
    words.add_argument("--examples", type=int, default=20)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--people", default="")
    words.add_argument("--quick", action="store_true")
    asked = words.parse_args()
    if asked.data is None:
        print("skipped: names no instance that may be thrown away")
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunshu.config.settings")
    django.setup()
    from tests.doors import api_walk

    from yunshu.config.api import api

    url = json.loads((asked.data / "instance.json").read_text())["env"]["YUNSHU_URL"]
    with (asked.data / "accounts.txt").open() as sheet:
        known = {row["username"]: row["password"] for row in csv.DictReader(sheet)}
    people = asked.people.split(",") if asked.people else list(known)
    callers = [api_walk.signed_in(url, who, known[who]) for who in people]
    callers.append(api_walk.program(url, api_walk.key_of(asked.data.resolve())))
    real, heard = api_walk.numbers(url, callers), api_walk.Heard()
    for caller in callers:
        for operation in api_walk.operations(api.get_openapi_schema()):
            numbers = api_walk.real_of(operation, real)
            for wrong in (False, True):
                api_walk.walk(
                    url, caller, operation, heard, examples=asked.examples, start=asked.seed, wrong=wrong, real=numbers
                )
        print(
            f"{caller.name}: {heard.calls} calls, {len(heard.faults)} faults, wrote {len(heard.wrote.get(caller.name, ()))}",
            flush=True,
        )
    for where, what in sorted(heard.faults.items()):
        print(f"FAULT {where}\n  {what}")
    unrightful = api_walk.unrightful(heard, callers)
    for name, where in unrightful:
        print(f"UNRIGHTFUL {name}: {where}")
    return 1 if heard.faults or unrightful else 0


if __name__ == "__main__":
    raise SystemExit(main())
