"""Which hashes a proof consists of: pure arithmetic on sizes, before any hash is read.

A proof is a list of ranges [start, end) of leaves, from the leaf's side to the root's; each stands for MTH(D[start:end]).
A range is covered by complete nodes; the node (level, offset) covers the leaves [offset << level, (offset + 1) << level).
"""

from typing import NamedTuple

from yunshu.lib.tlog.errors import TlogError


class Range(NamedTuple):
    """The leaves [start, end)."""

    start: int
    end: int


class Node(NamedTuple):
    """A complete node of the tree: ``level`` 0 is a leaf hash."""

    level: int
    offset: int


def split(size: int) -> int:
    """Return the largest power of two smaller than ``size`` (RFC 9162 section 2.1.1); ``size`` is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def is_subtree(start: int, end: int) -> bool:
    """Tell whether [start, end) is a subtree: ``start`` is a multiple of BIT_CEIL(end - start).

    draft-ietf-plants-merkle-tree-certs section 4.1.
    """
    return 0 <= start < end and not start & ((1 << (end - start - 1).bit_length()) - 1)


def require_subtree(start: int, end: int) -> None:
    """Raise TlogError (``malformed``) unless [start, end) is a subtree."""
    if not is_subtree(start, end):
        raise TlogError("malformed", f"[{start}, {end}) is not a subtree")


def inclusion_ranges(index: int, start: int, end: int) -> list[Range]:
    """PATH(index, D[start:end]) (RFC 9162 section 2.1.3.1), the leaf's sibling first.

    Raises TlogError (``malformed``) unless [start, end) is a subtree that holds ``index``.
    """
    require_subtree(start, end)
    if not start <= index < end:
        raise TlogError("malformed", f"leaf {index} is not in [{start}, {end})")
    path = []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(start, middle))
            start = middle
    return path[::-1]


def consistency_ranges(start: int, end: int, size: int) -> list[Range]:
    """SUBTREE_PROOF(start, end, D[size]) (draft-ietf-plants-merkle-tree-certs section 4.4.1).

    With ``start`` 0 it is PROOF(end, D[size]) of RFC 9162 section 2.1.4.1. Raises TlogError (``malformed``) unless
    [start, end) is a subtree within ``size``.
    """
    require_subtree(start, end)
    if end > size:
        raise TlogError("malformed", f"[{start}, {end}) ends after the tree of {size}")
    left, right, known, path = 0, size, True, []
    while (left, right) != (start, end):
        middle = left + split(right - left)
        if end <= middle:
            path.append(Range(middle, right))
            right = middle
        else:
            path.append(Range(left, middle))
            known = known and start >= middle
            start, left = max(start, middle), middle
    if not known:
        path.append(Range(start, end))
    return path[::-1]


def cover(leaves: Range) -> list[Node]:
    """Return the complete nodes that make up MTH(D[start:end]) of a subtree, left to right."""
    require_subtree(*leaves)
    start, nodes = leaves.start, []
    while start < leaves.end:
        level = (leaves.end - start).bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes
