"""Tasks end when they are told to, even where the standard library loses the telling."""

import asyncio

import pytest

from yunshu.lib.kernel.tasks import end, run_until


async def _deaf_once(told: asyncio.Event) -> None:
    """Lose the first cancelling as ``wait_for`` of Python 3.11 does: the result came in the same turn."""
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            if told.is_set():
                raise
            told.set()


def test_a_task_that_lost_the_first_cancelling_is_told_again() -> None:
    async def main() -> bool:
        told = asyncio.Event()
        task = asyncio.ensure_future(_deaf_once(told))
        await asyncio.sleep(0)
        await end([task])
        return told.is_set() and task.cancelled()

    assert asyncio.run(main())


def test_nothing_to_end_is_no_error() -> None:
    asyncio.run(end([]))


def test_works_run_until_stopped() -> None:
    async def main() -> list[str]:
        stopped, seen = asyncio.Event(), []

        async def work(name: str) -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                seen.append(name)

        asyncio.get_running_loop().call_later(0.01, stopped.set)
        await run_until(stopped, [work("one"), work("two")])
        return sorted(seen)

    assert asyncio.run(main()) == ["one", "two"]


def test_the_first_error_ends_the_others_and_is_raised() -> None:
    async def main() -> None:
        async def fails() -> None:
            raise ValueError("broken")

        await run_until(asyncio.Event(), [asyncio.sleep(3600), fails()])

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(main())
