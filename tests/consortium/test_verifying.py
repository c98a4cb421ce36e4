"""Anyone can verify a whole published log: from a member's pages or from a copied folder, with the policy alone."""

import asyncio
import shutil
from pathlib import Path

import pytest
from tests.consortium.running import GENESIS, town, until
from tests.consortium.world import NAMES, charter

from yunshu.lib.consortium.charter import HASHES
from yunshu.lib.consortium.fetching import Unreachable
from yunshu.lib.consortium.verifying import Found, compare, verify
from yunshu.lib.tlog.errors import TlogError

ENTRIES = 600
pytestmark = pytest.mark.chaos


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of what a member has published, with more than two tiles of leaves; its pages said the same."""
    folder = tmp_path_factory.mktemp("verifying")
    found: dict[str, Found] = {}

    async def main() -> None:
        async with town(folder) as city:
            city.start(*NAMES)
            await city.submit(1, 6, entries=ENTRIES // 6)
            await city.final_with(6)
            await until(lambda: city.peers["bureau"].published.size() >= ENTRIES)
            for tree in HASHES:
                policy = GENESIS.policy(tree).encode()
                found[tree] = await asyncio.to_thread(verify, city.url("bureau"), policy)
            shutil.copytree(folder / "bureau/public", folder / "copy")

    asyncio.run(main())
    assert {each.size >= ENTRIES and len(each.cosigners) >= GENESIS.quorum for each in found.values()} == {True}
    return folder / "copy"


@pytest.mark.parametrize("tree", HASHES)
def test_a_copied_folder_is_what_its_checkpoint_says(copy: Path, tree: str) -> None:
    found = verify(str(copy), GENESIS.policy(tree).encode())
    assert found.size >= ENTRIES
    assert found.unchecked == ()


@pytest.mark.parametrize("kind", ["tile/entries", "tile/0", "checkpoint"])
@pytest.mark.parametrize("tree", HASHES)
def test_one_flipped_bit_is_found(copy: Path, tmp_path: Path, tree: str, kind: str) -> None:
    shutil.copytree(copy / tree, tmp_path / tree)
    at = tmp_path / tree / kind
    file = at if at.is_file() else sorted(path for path in at.rglob("*") if path.is_file())[0]
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.unlink()  # the two trees share their entries by hard links
    file.write_bytes(data)
    with pytest.raises(TlogError):
        verify(str(tmp_path), GENESIS.policy(tree).encode())


def test_the_policy_of_other_members_proves_nothing(copy: Path) -> None:
    strangers = charter(names=[*NAMES[:1], "x", "y", "z"]).policy("sha256").encode()
    with pytest.raises(TlogError) as refusal:
        verify(str(copy), strangers)
    assert refusal.value.code == "quorum"
    with pytest.raises(TlogError) as refusal:
        verify(str(copy), GENESIS.policy("sha256").replace("ledger.test", "ledger.text").encode())
    assert refusal.value.code == "wrong_origin"


def test_who_does_not_answer_is_unreachable(copy: Path) -> None:
    with pytest.raises(Unreachable):
        verify("http://127.0.0.1:9", GENESIS.policy("sha256").encode())


def test_two_members_of_one_ledger_agree_and_those_of_two_do_not(tmp_path: Path) -> None:
    async def main() -> None:
        async with town(tmp_path / "one") as city, town(tmp_path / "other") as elsewhere:
            for each, entries in ((city, 7), (elsewhere, 8)):
                each.start(*NAMES)
                await each.submit(1, 3, entries=entries)
                await each.final_with(3)
                await until(lambda each=each: all(peer.published.size() >= 21 for peer in each.peers.values()))
            for tree in HASHES:
                found = await asyncio.to_thread(compare, city.url("bureau"), city.url("police"), tree)
                assert found.agree
                found = await asyncio.to_thread(compare, city.url("bureau"), elsewhere.url("bureau"), tree)
                assert not found.agree
                assert found.sizes[0] < found.sizes[1]

    asyncio.run(main())
