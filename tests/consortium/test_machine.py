"""The state machine: the same stream makes the same blocks at every member, whatever the schedule; faults add nothing."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.consortium.world import ORG, batch, charter, message, seals

from yunshu.lib.consortium import batches, machine
from yunshu.lib.consortium.charter import Limits, from_words
from yunshu.lib.consortium.disk import Disk
from yunshu.lib.consortium.leaves import Malformed, canonical, parse
from yunshu.lib.consortium.log import RULES, Log
from yunshu.lib.consortium.signing import check_word, read_word, together, word_message
from yunshu.lib.consortium.trees import Trees
from yunshu.lib.tlog.note import Note, parse_note

STREAM = st.lists(
    st.one_of(
        st.integers(1, 25).map(lambda n: ("batch", n)),
        st.integers(0, 3).map(lambda ahead: ("cut", ahead)),
        st.sampled_from([("noise", 0), ("replay", 0), ("gap", 0)]),
    ),
    max_size=40,
)


def written(plan: list[tuple[str, int]]) -> list[bytes]:
    """Turn a plan into the messages of a stream; what a message does depends on what stands before it."""
    found, number, block = [], 0, 1
    for what, n in plan:
        if what == "batch":
            number += 1
            found.append(message(number, [b"%d-%d" % (number, at) for at in range(n)]))
        elif what == "cut":
            found.append(machine.cut_message(1, block + n))
            block += n == 1
        elif what == "noise":
            found.append(b"\xff\0 no message of ours")
        else:
            found.append(message(max(1, number if what == "replay" else number + 2), [b"again"]))
    return found


def member(folder: Path) -> Log:
    return Log(Disk(folder / "log.sqlite"), charter())


@settings(max_examples=40)
@given(plan=STREAM, restarts=st.sets(st.integers(0, 39)))
def test_any_schedule_and_any_restarts_make_the_same_blocks(
    tmp_path_factory: pytest.TempPathFactory, plan: list[tuple[str, int]], restarts: set[int]
) -> None:
    stream = written(plan)
    steady, shaken = (tmp_path_factory.mktemp(name) for name in ("steady", "shaken"))
    one, other = member(steady), member(shaken)

    for sequence, data in enumerate(stream, 1):
        one.apply(sequence, data)
    place = 0
    while place < len(stream):
        place += 1
        other.apply(place, stream[place - 1])
        if place in restarts:
            restarts = restarts - {place}
            other.disk.close()
            other = member(shaken)  # killed: what was gathered since the last block is read again
            place = other.state.sequence

    assert other.state == one.state
    assert other.disk.blocks(10**9, 1000) == one.disk.blocks(10**9, 1000)
    assert other.disk.leaves(0, 10**6) == one.disk.leaves(0, 10**6)


@settings(max_examples=40)
@given(plan=STREAM)
def test_the_state_can_be_read_back_from_the_log_alone(
    tmp_path_factory: pytest.TempPathFactory, plan: list[tuple[str, int]]
) -> None:
    log = member(tmp_path_factory.mktemp("log"))
    for sequence, data in enumerate(written(plan), 1):
        log.apply(sequence, data)
    last = log.disk.last_block()
    assert last is not None

    leaves = log.disk.leaves(0, last.head.size)
    state = machine.replay(None, leaves)

    assert (state.size, state.block, state.sequence) == (last.head.size, last.number, last.sequence)
    fresh = machine.begin(charter())[0]
    assert machine.replay_checked(fresh, leaves[2:], RULES)[-1][0] == state if last.number > 1 else True


def test_a_message_that_is_not_the_next_is_an_error_and_not_skipped(tmp_path: Path) -> None:
    log = member(tmp_path)
    log.apply(1, message(1, [b"x"]))
    for wrong in (1, 3):
        with pytest.raises(ValueError, match="after 1"):
            log.apply(wrong, message(2, [b"y"]))


@pytest.mark.parametrize(
    "bad",
    [
        message(2, [b"x"]),
        machine.BATCH_MESSAGE + batch(1, [b"x"], org="other").message(),
        machine.BATCH_MESSAGE + replace(batch(1, [b"x"]), entries=(b"y",)).message(),
        machine.BATCH_MESSAGE + replace(batch(1, [b"x"]), signature=bytes(64)).message(),
        machine.BATCH_MESSAGE + batch(1, [b"x"], by="forger").message(),
        machine.BATCH_MESSAGE + batch(1, [b"x"]).message()[:-1],
        machine.BATCH_MESSAGE + batch(1, [b"x"]).message().replace(b'"number":1', b'"number": 1'),
        machine.BATCH_MESSAGE,
        machine.CUT_MESSAGE + b"[]",
        b"",
    ],
)
def test_a_message_that_breaks_a_rule_adds_nothing(tmp_path: Path, bad: bytes) -> None:
    log = member(tmp_path)
    before = log.state

    applied = log.apply(1, bad)

    assert applied.fault
    assert log.state == replace(before, sequence=1)


def test_a_batch_counts_once_however_often_it_arrives(tmp_path: Path) -> None:
    log = member(tmp_path)
    for sequence in (1, 2, 3):
        log.apply(sequence, message(1, [b"once"]))
    log.apply(4, machine.cut_message(1, 2))

    assert log.disk.leaves(0, 100).count(b"entry\nonce") == 1
    placed = log.disk.batch(ORG, 1)
    assert placed is not None
    assert log.disk.leaves(placed.first, placed.first + placed.count) == [b"entry\nonce"]


@pytest.mark.parametrize(("limits", "entries"), [(Limits(5, 10**6), 4), (Limits(10**6, 300), 12)])
def test_a_block_closes_when_it_is_full_by_count_or_bytes(tmp_path: Path, limits: Limits, entries: int) -> None:
    log = Log(Disk(tmp_path / "log.sqlite"), charter(limits=limits))
    applied = log.apply(1, message(1, [b"entry %d" % n for n in range(entries)]))
    assert applied.block is not None


def test_only_the_first_wish_for_the_next_block_cuts_it(tmp_path: Path) -> None:
    log = member(tmp_path)
    cut = machine.cut_message(1, 2)
    outcomes = [log.apply(n, data).block for n, data in enumerate([cut, message(1, [b"x"]), cut, cut], 1)]
    assert [block is not None for block in outcomes] == [False, False, True, False]


def signed_charter(number: int, names: tuple[str, ...], by: tuple[str, ...]) -> bytes:
    text = machine.charter_note(charter(number=number, names=names))
    return machine.CHARTER_MESSAGE + _notes(text, by)


def _notes(text: str, by: tuple[str, ...]) -> bytes:
    lines = [line for name in by for line in parse_note(seals(name).text(text).encode()).signatures]
    return Note(text, tuple(lines)).format()


@pytest.mark.parametrize(
    ("number", "by", "taken"),
    [
        (1, ("bureau", "police", "finance"), True),
        (1, ("bureau", "police"), False),
        (2, ("bureau", "police", "finance"), False),
        (1, ("bureau", "police", "stranger"), False),
    ],
)
def test_a_charter_needs_a_quorum_of_those_it_replaces(
    tmp_path: Path, number: int, by: tuple[str, ...], taken: bool
) -> None:
    log = member(tmp_path)
    applied = log.apply(1, signed_charter(number, ("bureau", "police", "finance", "puning"), by))
    assert (applied.block is not None, log.charter.number) == (taken, int(taken))


def test_the_quorum_is_two_thirds_and_one() -> None:
    names = ("a", "b", "c", "d", "e", "f", "g")
    assert [charter(names=names[:n]).quorum for n in (1, 2, 3, 4, 5, 7)] == [1, 2, 2, 3, 4, 5]


def test_a_charter_that_could_not_be_meant_is_refused() -> None:
    words = parse(charter().text())
    for change in ({"members": []}, {"limits": {"entries": 0, "size_bytes": 1}}, {"members": words["members"] * 2}):
        with pytest.raises(Malformed):
            from_words(words | change)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_batch_only_raise_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        batches.read(data)


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.none(), max_size=5))
def test_canonical_json_reads_back(words: dict[str, object]) -> None:
    assert parse(canonical(words)) == words


def test_signatures_of_several_members_stand_under_one_checkpoint() -> None:
    trees = Trees()
    trees.append([b"entry\nx"])
    head = trees.head()
    words = [seals(name).head(charter(), 1, head, 1_700_000_000) for name in ("bureau", "police", "finance")]
    assert {read_word(charter(), word_message(word)).head for word in words} == {head}
    assert together(word.sha256 for word in words).count("\u2014") == 6
    with pytest.raises(Malformed):
        check_word(charter(), charter().members[3], words[0].sha256, words[0].sm3)
