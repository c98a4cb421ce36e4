"""Tasks end when they are told to, even where the standard library loses the telling."""

import asyncio
import threading

import pytest

from yunshu.lib.kernel.tasks import end, in_thread, run_until


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


def test_a_thread_does_not_outlive_the_task_that_was_told_to_end() -> None:
    async def main() -> list[str]:
        begun, go, done = threading.Event(), threading.Event(), []

        def work(name: str) -> None:
            begun.set()
            go.wait()
            done.append(name)

        task = asyncio.ensure_future(in_thread(work, "written"))
        await asyncio.to_thread(begun.wait)
        asyncio.get_running_loop().call_later(0.5, go.set)
        await end([task])
        assert task.cancelled()
        return done

    assert asyncio.run(main()) == ["written"]


def test_what_the_thread_raised_comes_out() -> None:
    def work() -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        asyncio.run(in_thread(work))
