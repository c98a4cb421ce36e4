"""``python -m yunshu.lib.synthetic.web``: serve a city in a process of its own until it is told to stop.

Its first line of output is JSON: ``port``, ``tls_port``, ``closed_port``, ``ca_pem``, ``ports`` and ``hosts``, all that
``LoopbackResolver`` needs elsewhere. On SIGUSR1 the second visit begins (stage 1).
"""

import argparse
import asyncio
import json
import signal
import sys

from yunshu.lib.kernel import clock
from yunshu.lib.synthetic.web.city import web_city
from yunshu.lib.synthetic.web.serving import serve


async def _run(options: argparse.Namespace) -> None:
    city = web_city(options.seed, clock.now()).at(options.stage)
    async with serve(city, port=options.port, pace=options.pace, each=options.each) as running:
        said = {
            "port": running.port, "tls_port": running.tls_port, "closed_port": running.closed_port, "ca_pem": running.ca_pem,
            "ports": running.ports, "hosts": running.hosts(),
        }  # fmt: skip
        sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        loop.add_signal_handler(signal.SIGUSR1, running.show, 1)
        await stop.wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m yunshu.lib.synthetic.web", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stage", type=int, default=0, choices=(0, 1))
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--pace", type=float, default=1.0, help="factor of all waiting")
    parser.add_argument("--each", action="store_true", help="a port for each site as well")
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
