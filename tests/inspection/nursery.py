"""Workers of whole runs, for the test that kills them: ``python -m tests.inspection.nursery SEED FOLDER`` with ``DATABASE_URL``.

First line in: what ``python -m yunshu.lib.synthetic.web`` said. For every further line a worker is forked (Django is loaded once)
and its process id written; a worker ends with exit code 0 when no run is open.
"""

import json
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunshu.config.settings")
django.setup()

from dataclasses import replace  # noqa: E402

from yunshu.config.world import inspecting  # noqa: E402
from yunshu.domains.inspection.services.running import working  # noqa: E402
from yunshu.lib import wording  # noqa: E402
from yunshu.lib.crawl import Work  # noqa: E402
from yunshu.lib.kernel import clock  # noqa: E402
from yunshu.lib.synthetic.web import Running, web_city  # noqa: E402

LEASE_S = 0.5
SAID = os.fdopen(os.dup(1), "w", buffering=1)
"""Where we answer; what is logged goes where errors go."""


def machine(seed: int, folder: Path) -> working.Machine:
    """Return the machine of the city that another process serves."""
    said = json.loads(sys.stdin.readline())
    served = {name: said[name] for name in ("port", "tls_port", "closed_port", "ca_pem")}
    running = Running(web_city(seed, clock.now()), **served)
    return replace(inspecting.machine(running, folder), work=Work(again_s=0.1, lease_s=LEASE_S), compared=8)


def main() -> None:
    """Fork a worker for every line."""
    os.dup2(2, 1)
    ready = machine(int(sys.argv[1]), Path(sys.argv[2]))
    wording.shipped()
    for _line in sys.stdin:
        child = os.fork()
        if not child:
            while working.work(ready):
                pass
            os._exit(0)
        SAID.write(f"{child}\n")
        os.waitpid(child, 0)
        SAID.write("gone\n")


if __name__ == "__main__":
    main()
