"""Members, orderers and administrators that lie: each is noticed and named, and the honest members stay of one mind."""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from tests.consortium.running import GENESIS, SLUG, Town, rewrite, town, until
from tests.consortium.world import LEDGER, NAMES, ORG, batch, charter, message, seals

from yunshu.lib.consortium import batches, evidence, machine
from yunshu.lib.consortium.disk import Disk
from yunshu.lib.consortium.epochs import Head, Statement, Vote
from yunshu.lib.consortium.examining import examine
from yunshu.lib.consortium.faults import MOST_IDLE_CUTS, Silence
from yunshu.lib.consortium.finality import MOST_WAITING, Cosigned, Fault, Final, Tally
from yunshu.lib.consortium.leaves import Malformed
from yunshu.lib.consortium.log import Log
from yunshu.lib.consortium.ordering import Stream
from yunshu.lib.consortium.renewal import Ballot, decision
from yunshu.lib.consortium.signing import word_message

HONEST = ("bureau", "finance", "rongcheng")


def agree(city: Town, *names: str) -> bool:
    """Say whether the members have the same head wherever they are both final."""
    heads = [city.peers[name].disk.last_final() for name in names]
    size = min(head[1].size for head in heads if head)
    return len({city.peers[name].log.head_at(size) for name in names}) == 1


def alarm_about(city: Town, name: str, kind: str) -> tuple[str, str]:
    """Return (about, evidence) of a member's alarm of a kind."""
    return next((row[3], row[4]) for row in city.peers[name].disk.alarms() if row[1] == kind)


@pytest.mark.chaos
def test_a_member_that_signs_two_heads_is_convicted_by_every_honest_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with town(tmp_path) as city:
            city.start(*NAMES)
            await city.submit(1, 5)
            await city.final_with(5)
            size = city.peers["police"].log.state.size + 100
            for word in ("one", "other"):
                trees = Head(size, _root(word), _root(word))
                lie = seals("police").head(city.genesis, 1, trees, 1_800_000_000)
                await city.client.publish(f"ledger-words.{SLUG}", word_message(lie))
            await until(lambda: all("equivocation" in city.alarms()[name] for name in HONEST), 2)
            for name in HONEST:
                _about, text = alarm_about(city, name, "equivocation")
                assert evidence.convicted(city.genesis, text) == "police"
            await until(lambda: "would_equivocate" in city.alarms()["police"])  # it did not sign that: its key is out
            await city.submit(6, 10)
            await city.final_with(10, *HONEST)
            assert agree(city, *HONEST)

    asyncio.run(main())


def _root(word: str) -> str:
    return b64encode(sha256(word.encode()).digest()).decode()


@pytest.mark.chaos
def test_a_member_that_forks_its_log_is_named_and_cannot_stop_the_others(tmp_path: Path) -> None:
    async def main() -> None:
        async with town(tmp_path) as city:
            city.start(*NAMES)
            forker = city.peers["police"]
            honest_apply = forker.log.apply
            forged = message(3, [b"another history"])
            forker.log.apply = lambda n, data: honest_apply(n, forged if b'"number":3,' in data else data)  # type: ignore[method-assign]
            await city.submit(1, 10)
            await city.final_with(10, *HONEST)
            await until(lambda: all("split" in city.alarms()[name] for name in HONEST))
            assert all("police" in alarm_about(city, name, "split")[0] for name in HONEST)
            await city.submit(11, 30)
            await until(lambda: "diverged" in city.alarms()["police"])
            assert agree(city, *HONEST)

    asyncio.run(main())


@pytest.mark.chaos
def test_a_member_that_withholds_its_word_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    async def main() -> None:
        async with town(tmp_path) as city:
            city.start(*NAMES)
            city.peers["police"]._sign = lambda _block: None  # type: ignore[method-assign]
            await city.submit(1, 10)
            await city.final_with(10, *HONEST)
            await until(lambda: all("silent" in city.alarms()[name] for name in HONEST))
            assert all(alarm_about(city, name, "silent")[0].startswith("silent police ") for name in HONEST)

    asyncio.run(main())


@pytest.mark.chaos
@pytest.mark.parametrize(
    "forge",
    [
        lambda: batch(1, [b"forged"], by="forger"),
        lambda: replace(batch(1, [b"signed"]), entries=(b"swapped",)),
        lambda: batch(1, [b"stranger"], org="stranger", by="stranger"),
    ],
)
def test_a_batch_its_organisation_did_not_sign_adds_nothing_and_is_told(
    tmp_path: Path, forge: Callable[[], batches.Batch]
) -> None:
    async def main() -> None:
        async with town(tmp_path) as city:
            city.start(*NAMES)
            order = city.order()
            await order.create()
            await order.post(machine.BATCH_MESSAGE + forge().message(), "forged")
            await city.submit(1, 3)
            await city.final_with(3)
            assert all(city.alarms()[name] == {"bad_batch"} for name in NAMES)
            assert city.peers["bureau"].disk.leaves(0, 100).count(b"entry\n1-0") == 1
            assert agree(city, *NAMES)

    asyncio.run(main())


@pytest.mark.chaos
def test_a_stream_that_was_replaced_stops_every_member_within_two_seconds(tmp_path: Path) -> None:
    async def main() -> None:
        async with town(tmp_path) as city:
            city.start(*NAMES)
            await city.submit(1, 5)
            await city.final_with(5)
            await city.lose_stream()
            await city.order().create()
            kinds = {"stream_replaced", "rolled_back", "stream_lost"}
            await until(lambda: all(city.alarms()[name] & kinds for name in NAMES), 3)
            await city.submit(6, 8)
            await asyncio.sleep(1)
            assert not any(peer.disk.batch(ORG, 6) for peer in city.peers.values())

    asyncio.run(main())


@pytest.mark.chaos
def test_an_orderer_that_shows_two_histories_makes_a_halt_with_evidence_and_never_two_finals(tmp_path: Path) -> None:
    async def main() -> None:
        async with town(tmp_path / "a") as one, town(tmp_path / "b") as other:
            other.ports = one.ports  # two servers that claim to be one: the members still meet over HTTP
            one.start("bureau", "police")
            other.start("finance", "rongcheng")
            full = GENESIS.limits.entries - 1  # a block by itself, wherever it is read
            await one.submit(1, 1, entries=full)
            order = other.order()
            await order.create()
            await order.post(message(1, [b"another history %d" % n for n in range(full)]), "lie")
            everyone = {**one.peers, **other.peers}
            await until(lambda: all(peer.disk.batch(ORG, 1) for peer in everyone.values()))
            await until(lambda: all("split" in {row[1] for row in p.disk.alarms()} for p in everyone.values()), 10)
            finals = {peer.disk.last_final() for peer in everyone.values()}
            assert {final[1].size for final in finals if final} <= {2}
            (_kind, _ledger, notes) = evidence.read(alarm_about(one, "bureau", "split")[1])
            assert len(notes) == 4

    asyncio.run(main())


@pytest.mark.chaos
def test_a_flood_of_cuts_is_told_and_makes_no_empty_block(tmp_path: Path) -> None:
    async def main() -> None:
        async with town(tmp_path) as city:
            city.start(*NAMES)
            await city.submit(1, 1)
            await city.final_with(1)
            blocks = city.peers["bureau"].log.state.block
            for n in range(MOST_IDLE_CUTS + 10):
                await city.order().post(machine.cut_message(1, blocks + 1), f"flood-{n}")
            await until(lambda: all("cut_abuse" in city.alarms()[name] for name in NAMES))
            assert city.peers["bureau"].log.state.block == blocks

    asyncio.run(main())


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (lambda disk, _public: rewrite(disk, b"2-3", b"2-9"), "leaves of block"),
        (lambda disk, _public: disk._db.execute("UPDATE block SET sha256 = sm3 WHERE number = 2"), "block 2"),
        (lambda disk, _public: disk._db.execute("UPDATE final SET sm3 = sha256"), "final head"),
        (lambda disk, _public: disk._db.execute("DELETE FROM chunk WHERE first = 0"), "block 1"),
        (lambda _disk, public: _flip(_widest(public / "sha256/tile/0")), "sha256 tree"),
        (lambda _disk, public: _flip(_widest(public / "sha256/tile/entries")), "sha256 tree"),
        (lambda _disk, public: _flip(_widest(public / "sm3/tile/0")), "sm3 tree"),
        (lambda _disk, public: _flip(public / "sm3/checkpoint", at=-20), "sm3 tree"),
    ],
)
def test_a_rewritten_disk_is_noticed_before_anything_is_signed(
    tmp_path: Path, harm: Callable[[Disk, Path], object], named: str
) -> None:
    async def main() -> None:
        async with town(tmp_path) as city:
            city.start(*NAMES)
            await city.submit(1, 5)
            await city.final_with(5)
            await until(lambda: city.peers["police"].published.size() == city.peers["police"].log.state.size)
            await city.stop("police")
            disk = Disk(tmp_path / "police" / "log.sqlite")
            assert examine(disk, tmp_path / "police" / "public") == ""
            harm(disk, tmp_path / "police" / "public")
            disk.close()
            city.start("police")
            assert named in city.peers["police"].health.halted
            assert city.alarms()["police"] == {"corrupt"}
            await city.submit(6, 8)
            await city.final_with(8, *HONEST)
            assert city.peers["police"].disk.batch(ORG, 8) is None

    asyncio.run(main())


def _widest(folder: Path) -> Path:
    return max(folder.rglob("*.p/*"), key=lambda path: int(path.name))


def _flip(path: Path, at: int = 40) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


# without a network -----------------------------------------------------------------------------------------------------


def _word(member: str, size: int, root: str = "a") -> Cosigned:
    return Cosigned(member, 1, Head(size, root, root), "", "")


def test_a_head_is_final_with_a_quorum_of_one_mind_only() -> None:
    tally = Tally()
    found = [list(tally.add(charter(), _word(name, 10, root))) for name, root in zip(NAMES, "aaba", strict=True)]
    assert [[type(each) for each in part] for part in found] == [[], [], [Fault, Fault], [Fault, Final]]


def test_a_member_that_talks_much_crowds_out_only_itself() -> None:
    tally = Tally()
    list(tally.add(charter(), _word("bureau", 10)))
    for size in range(100, 100 + 2 * MOST_WAITING):
        assert not list(tally.add(charter(), _word("police", size)))
    assert [type(each) for name in ("finance", "rongcheng") for each in tally.add(charter(), _word(name, 10))] == [
        Final
    ]
    assert len(tally.words) == MOST_WAITING + 1


def test_evidence_convicts_only_who_signed_both() -> None:
    genesis = charter()
    one, other = (seals("police").head(genesis, 1, Head(9, _root(w), _root(w)), 1) for w in "ab")
    honest = seals("bureau").head(genesis, 1, Head(9, _root("b"), _root("b")), 1)
    assert evidence.convicted(genesis, evidence.of_fault(genesis, Fault("equivocation", one, other))) == "police"
    for fault in (Fault("equivocation", one, honest), Fault("equivocation", one, one), Fault("split", one, other)):
        with pytest.raises(Malformed):
            evidence.convicted(genesis, evidence.of_fault(genesis, fault))


def test_a_replayed_epoch_statement_starts_nothing_on_another_stream(tmp_path: Path) -> None:
    log = Log(Disk(tmp_path / "log.sqlite"), charter())
    base = log.disk.block(1)
    assert base is not None
    old = Stream("LEDGER_test_2", "yesterday")
    votes = [seals(name).text(Vote(LEDGER, 2, str(old), base.head).text()) for name in NAMES[:3]]
    text = Statement(base.head, tuple(votes)).text()
    assert decision(log, Ballot(old, {}, [(1, text)]), set()) is not None
    assert decision(log, Ballot(Stream("LEDGER_test_2", "today"), {}, [(1, text)]), set()) is None
    assert decision(log, Ballot(old, {}, [(1, Statement(base.head, tuple(votes[:2])).text())]), set()) is None


def test_only_a_member_that_stands_still_is_silent() -> None:
    silence = Silence(began=10, patience_s=3)
    assert not list(silence.look(["a"], {}, 10, 0.0))  # nothing new since watching began
    slow = [list(silence.look(["a", "b"], {"a": 5 + n, "b": 7}, 20 + n, float(n))) for n in range(6)]
    assert slow == [[], [], [], [], ["b"], []]
