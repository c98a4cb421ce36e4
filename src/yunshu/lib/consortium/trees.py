"""The two trees over the same leaves, as far as a member needs them between blocks: their frontiers."""

from collections.abc import Sequence

from yunshu.lib.consortium.epochs import Head
from yunshu.lib.tlog import base64text
from yunshu.lib.tlog.frontier import Frontier
from yunshu.lib.tlog.hashing import SHA256, SM3, TREE_HASHES, TreeHash

HASHES: tuple[TreeHash, ...] = (SHA256, SM3)


class Trees:
    """Grows by leaves, answers the head. One owner at a time."""

    def __init__(self, frontiers: dict[str, Frontier] | None = None) -> None:
        self._frontiers = frontiers or {each.name: Frontier(each) for each in HASHES}

    @classmethod
    def resume(cls, size: int, nodes: dict[str, list[str]]) -> "Trees":
        """Return the trees at ``size`` from their kept frontiers (base64)."""
        return cls(
            {
                name: Frontier(TREE_HASHES[name], size=size, nodes=[base64text.decode(each) for each in kept])
                for name, kept in nodes.items()
            }
        )

    def append(self, leaves: Sequence[bytes]) -> None:
        """Append leaves to both."""
        for frontier in self._frontiers.values():
            frontier.append_many(leaves)

    def head(self) -> Head:
        """Return the head at the present size."""
        sha256, sm3 = (self._frontiers[each.name] for each in HASHES)
        return Head(sha256.size, base64text.encode(sha256.root()), base64text.encode(sm3.root()))

    def nodes(self) -> dict[str, list[str]]:
        """Return the frontiers to keep."""
        return {name: [base64text.encode(node) for node in each.nodes] for name, each in self._frontiers.items()}


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the SHA-256 root over a batch's own leaves."""
    tree = Frontier(SHA256)
    tree.append_many(leaves)
    return tree.root()
