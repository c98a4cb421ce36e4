"""Telephones for tests and benches: SIPp with our scenarios, on ports nobody has."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from yunshu.config.bootstrap import machine

SCENARIOS = Path(__file__).parent / "sipp"
SIPP = shutil.which("sipp")


def command(scenario: str, *arguments: str, port: int, folder: Path) -> list[str]:
    """Return how SIPp is called; its exit code is 0 if every call went as the scenario says."""
    sound = machine.free_ports(3)
    words = ["-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", "127.0.0.1", "-p", str(port), "-nostdin"]
    media = ["-mi", "127.0.0.1", "-mp", str(sound + sound % 2)]
    errors = ["-trace_err", "-error_file", str(folder / f"{scenario}-{port}.err")]
    return [str(SIPP), *words, *media, *errors, *arguments]


@asynccontextmanager
async def sipp(scenario: str, *arguments: str, port: int, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run SIPp; it ends with the block at the latest."""
    process = await asyncio.create_subprocess_exec(
        *command(scenario, *arguments, port=port, folder=folder),
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@contextmanager
def telephone(scenario: str, *arguments: str, port: int, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The same for a thread that can have no event loop of its own, such as Playwright's."""
    words = command(scenario, *arguments, port=port, folder=folder)
    process = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
