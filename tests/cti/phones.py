"""Telephones for tests and benches: SIPp with our scenarios, on ports nobody has."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from yunshu.config.bootstrap import machine

SCENARIOS = Path(__file__).parent / "sipp"
SIPP = shutil.which("sipp")


@asynccontextmanager
async def sipp(scenario: str, *arguments: str, port: int, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run SIPp; it ends with the block at the latest. Its exit code is 0 if every call went as the scenario says."""
    sound = machine.free_ports(3)
    command = ["-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", "127.0.0.1", "-p", str(port), "-nostdin"]
    media = [
        "-mi",
        "127.0.0.1",
        "-mp",
        str(sound + sound % 2),
        "-trace_err",
        "-error_file",
        str(folder / f"{scenario}-{port}.err"),
    ]
    process = await asyncio.create_subprocess_exec(
        str(SIPP),
        *command,
        *media,
        *arguments,
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
