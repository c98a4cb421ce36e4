"""When the stream is lost or replaced: everything final stays, the members go on together, a lost member comes back."""

import asyncio
from pathlib import Path

import pytest
from tests.consortium.running import rewrite, town, until
from tests.consortium.world import NAMES, charter

from yunshu.lib.consortium.disk import Disk
from yunshu.lib.consortium.epochs import Head, Vote, judge
from yunshu.lib.consortium.examining import examine
from yunshu.lib.consortium.leaves import Malformed
from yunshu.lib.consortium.log import Log
from yunshu.lib.consortium.restoring import compare, restore


@pytest.mark.chaos
def test_a_lost_stream_stops_the_members_and_a_quorum_of_votes_starts_them_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with town(tmp_path) as city:
            city.start(*NAMES)
            await city.submit(1, 20)
            await city.final_with(20)
            before = city.peers["bureau"].disk.last_final()
            await city.lose_stream()
            await until(lambda: all(peer.health.halted for peer in city.peers.values()))
            assert all(kinds & {"rolled_back", "stream_lost"} for kinds in city.alarms().values())

            await city.vote("bureau", "police")
            await asyncio.sleep(2)
            assert {peer.log.state.epoch for peer in city.peers.values()} == {1}
            await city.vote("finance")
            await until(lambda: {peer.log.state.epoch for peer in city.peers.values()} == {2})
            await city.submit(21, 30, epoch=2)
            await city.final_with(30)

            assert before is not None
            assert {peer.log.head_at(before[1].size) for peer in city.peers.values()} == {before[1]}
            assert not any(peer.health.halted for peer in city.peers.values())
            await until(lambda: city.peers["bureau"].published.size() == city.peers["bureau"].log.state.size)
            assert examine(city.peers["bureau"].disk, city.peers["bureau"].published.folder) == ""

    asyncio.run(main())


@pytest.mark.chaos
def test_what_was_not_final_is_dropped_and_comes_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with town(tmp_path) as city:
            city.start("bureau", "police", "finance")
            await city.submit(1, 5)
            await city.final_with(5)
            await city.stop("police", "finance")
            await city.submit(6, 9)  # only one member sees them: ordered, never final
            await until(lambda: city.peers["bureau"].disk.batch("445200-dsj", 9))
            await city.stop("bureau")
            await city.lose_stream()
            city.start("bureau", "police", "finance")
            await until(lambda: all(peer.health.halted for peer in city.peers.values()))
            city.start("rongcheng")  # knows nothing yet: it takes all from the others
            await city.vote("police", "finance", "bureau")
            await until(lambda: {peer.log.state.epoch for peer in city.peers.values()} == {2}, 40)
            lost = [n for n in range(6, 10) if city.peers["police"].disk.batch("445200-dsj", n) is None]
            await city.submit(lost[0] if lost else 10, 12, epoch=2)
            await city.final_with(12)
            assert len({peer.disk.last_final() for peer in city.peers.values()}) == 1

    asyncio.run(main())


@pytest.mark.chaos
def test_a_member_that_lost_everything_is_restored_from_the_others_and_votes_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with town(tmp_path) as city:
            city.start(*NAMES)
            await city.submit(1, 20)
            await city.final_with(20)
            await until(lambda: city.peers["bureau"].published.size() == city.peers["bureau"].log.state.size)
            settings = city.peers["rongcheng"].settings
            await city.stop("rongcheng")
            with pytest.raises(Malformed, match="evidence"):
                await restore(settings.folder, city.genesis, settings.peers)
            settings.folder.rename(tmp_path / "lost")
            found = await restore(settings.folder, city.genesis, settings.peers)
            assert found.epoch == 1

            city.start("rongcheng")
            await city.submit(21, 30)
            await city.final_with(30)
            assert len({peer.disk.last_final() for peer in city.peers.values()}) == 1
            assert "对照一致" in await compare(city.peers["rongcheng"].disk, city.url("bureau"))
            await city.stop("police")  # now the restored member's word is needed
            await city.submit(31, 35)
            await city.final_with(35)
            assert not any(kinds - {"stalled"} for kinds in city.alarms().values())

    asyncio.run(main())


@pytest.mark.chaos
def test_a_copy_with_one_changed_entry_is_not_believed(tmp_path: Path) -> None:
    async def main() -> None:
        async with town(tmp_path) as city:
            city.start("bureau", "police", "finance")
            await city.submit(1, 10)
            await city.final_with(10)
            await until(lambda: all(peer.published.size() for peer in city.peers.values()))
            liar = city.peers["bureau"]
            rewrite(liar.disk, b"7-3", b"7-9")
            only_liar = {"bureau": city.url("bureau")}
            with pytest.raises(Malformed, match="no member's copy"):
                await restore(tmp_path / "new", city.genesis, only_liar)
            both = only_liar | {"police": city.url("police")}
            assert (await restore(tmp_path / "new", city.genesis, both)).source == "police"

    asyncio.run(main())


def _head(size: int, word: str = "x") -> Head:
    return Head(size, f"{word}{size}", f"{word}{size}")


def _chain(size: int) -> Head | None:
    return _head(size) if size % 10 == 0 else None


def _votes(*highs: Head) -> list[tuple[str, Vote]]:
    return [(name, Vote("ledger.test", 2, "S@1", high)) for name, high in zip(NAMES, highs, strict=False)]


@pytest.mark.parametrize(
    ("highs", "base", "safe"),
    [
        ((100, 100, 100, 100), 100, True),
        ((100, 90, 90, 90), 90, True),  # one had a block more: it had no quorum
        ((100, 100, 90, 90), 90, False),  # two and a liar would be a quorum
        ((100, 100, 90, 90), 100, True),
        ((100, 100, 100), 100, True),
        ((100, 90, 90), 90, False),  # the silent one may have cosigned 100, too
        ((100, 100), 100, False),
        ((100, 100, 100, 100), 110, True),
        ((100, 100, 100, 100), 95, False),
    ],
)
def test_a_base_holds_only_if_no_final_head_can_lie_outside_it(highs: tuple[int, ...], base: int, safe: bool) -> None:
    votes = _votes(*map(_head, highs))
    why = judge(charter(), votes, epoch=2, stream="S@1", base=_head(base), chain=_chain)
    assert (why == "") is safe


@pytest.mark.parametrize(
    "votes",
    [
        _votes(_head(100, "y"), _head(100, "y"), _head(100), _head(100)),
        [*_votes(_head(100), _head(100)), *_votes(_head(100))],
        [("stranger", Vote("ledger.test", 2, "S@1", _head(100))), *_votes(_head(100), _head(100))],
        [(name, Vote("ledger.test", 3, "S@1", _head(100))) for name in NAMES],
        [(name, Vote("ledger.test", 2, "S@2", _head(100))) for name in NAMES],
        [(name, Vote("ledger.other", 2, "S@1", _head(100))) for name in NAMES],
    ],
)
def test_votes_that_do_not_fit_start_no_epoch(votes: list[tuple[str, Vote]]) -> None:
    assert judge(charter(), votes, epoch=2, stream="S@1", base=_head(100), chain=_chain)


def test_a_member_that_voted_signs_nothing_more_in_the_old_epoch(tmp_path: Path) -> None:
    log = Log(Disk(tmp_path / "log.sqlite"), charter())
    assert log.disk.sign_once(1, _head(10), "{}") == "{}"
    log.disk.vote(2)
    assert log.disk.sign_once(1, _head(20), "{}") is None
    assert log.disk.sign_once(1, _head(10), "{}") == "{}"  # said before: may be said again
    assert log.disk.sign_once(2, _head(20), "{}") == "{}"
    assert log.disk.highest_signed(1) == _head(10)
