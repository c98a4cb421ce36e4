"""A receipt proves a transfer only if both sides signed the same numbers."""

from dataclasses import replace

import pytest
from tests.nodes.running import ALICE, BOB, MALLORY

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes import receipts
from yunshu.lib.nodes.receipts import Receipt, Side, Signed

CARDS = {"source": ALICE.card, "target": BOB.card}
COUNTED = {"rows": 1000, "size_bytes": 64_000, "chunks": 8, "root": "ab" * 32}
GOOD = Receipt(
    transfer="t1",
    agreement="JX-2026-1",
    resource="307-01/0001",
    source=Side(node=str(ALICE.card), **COUNTED),
    target=Side(node=str(BOB.card), **COUNTED),
    quarantined_rows=0,
    verified_by="回读比对",
    started_at="2026-11-24T08:00:00+08:00",
    ended_at="2026-11-24T08:01:00+08:00",
)


def signed(receipt: Receipt) -> Signed:
    half = receipts.sign(receipt, "target", BOB.signers)
    return receipts.sign(receipt, "source", ALICE.signers, half)


def test_a_receipt_that_both_signed_has_no_fault_and_survives_writing() -> None:
    made = signed(GOOD)
    assert receipts.check(receipts.read(made.format()), CARDS) == []
    assert receipts.read(made.format()) == made


@pytest.mark.parametrize(("field", "value"), [("rows", 999), ("size_bytes", 1), ("chunks", 7), ("root", "cd" * 32)])
def test_a_difference_is_a_fault_that_says_who_says_what(field: str, value: object) -> None:
    (fault,) = receipts.check(signed(replace(GOOD, target=replace(GOOD.target, **{field: value}))), CARDS)
    assert fault.code == f"{field}_differ"
    for word in (str(ALICE.card), str(BOB.card), str(COUNTED[field]), str(value)):
        assert word in fault.message


@pytest.mark.parametrize(
    ("quarantined", "codes"), [(3, []), (2, ["rows_differ"]), (-1, ["quarantine_negative", "rows_differ"])]
)
def test_quarantined_rows_are_accounted_for(quarantined: int, codes: list[str]) -> None:
    receipt = replace(GOOD, target=replace(GOOD.target, rows=997), quarantined_rows=quarantined)
    assert [fault.code for fault in receipts.check(signed(receipt), CARDS)] == codes


def test_each_side_must_have_signed_these_words_with_its_own_key() -> None:
    half = receipts.sign(GOOD, "target", BOB.signers)
    assert [fault.code for fault in receipts.check(half, CARDS)] == ["unsigned"]
    other = Signed(replace(GOOD, resource="other"), signed(GOOD).by)
    assert [fault.code for fault in receipts.check(other, CARDS)] == ["signature_wrong"] * 2
    swapped = receipts.sign(GOOD, "source", MALLORY.signers, half)
    assert [fault.code for fault in receipts.check(swapped, CARDS)] == ["signature_wrong"]
    assert [fault.code for fault in receipts.check(signed(GOOD), {"source": ALICE.card})] == ["card_unknown"]


def test_nobody_signs_beside_another_receipt() -> None:
    half = receipts.sign(GOOD, "target", BOB.signers)
    with pytest.raises(Refused) as refused:
        receipts.sign(replace(GOOD, agreement="other"), "source", ALICE.signers, half)
    assert refused.value.code == "receipt_differs"


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"receipt":{}}', b'{"receipt":1}'])
def test_what_is_no_receipt_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        receipts.read(data)
    assert refused.value.code == "receipt_malformed"


def test_an_unverified_target_is_a_fault() -> None:
    assert [fault.code for fault in receipts.check(signed(replace(GOOD, verified_by="")), CARDS)] == [
        "target_unverified"
    ]
