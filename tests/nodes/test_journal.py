"""What a journal remembers after it was closed, and what it says only once."""

from pathlib import Path

from yunshu.lib.nodes.journal import RECEIVE, SEND, Journal, Progress


def test_a_journal_knows_everything_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    assert journal.hear("o1", b"order", 100)
    assert not journal.hear("o1", b"order", 100)
    journal.begin("t", SEND, 3, b"", 7)
    journal.done("t", SEND, 0, (b"a", 10), 9)
    journal.done("t", SEND, 1, (b"b", 20), 12)
    journal.begin("t", RECEIVE, 1, b"opening")
    journal.close()

    journal = Journal(tmp_path / "j.sqlite")
    assert journal.unfinished() == [b"order"]
    assert journal.progress("t", SEND) == Progress(3, b"", 2, 30, 12, b"")
    assert journal.progress("t", RECEIVE) == Progress(1, b"opening")
    assert list(journal.digests("t", SEND)) == [b"a", b"b"]
    assert (journal.first_beyond("t", 9), journal.first_beyond("t", 12)) == (1, None)
    journal.rewind("t", SEND, 1)
    assert journal.progress("t", SEND).next_chunk == 1
    journal.forget("t")
    assert journal.progress("t", SEND) == Progress()
    journal.close()


def test_orders_are_forgotten_when_they_are_done_and_expired(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    for order, expires_s in (("done", 10), ("running", 10), ("fresh", 99)):
        journal.hear(order, order.encode(), expires_s)
    journal.finish("done")
    journal.finish("fresh")
    journal.forget_orders(50)
    assert journal.unfinished() == [b"running"]
    assert journal.hear("done", b"", 10)
    assert not journal.hear("fresh", b"", 99)
    journal.close()


def test_reports_wait_in_order_until_they_are_heard(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    for name in ("a", "b", "c"):
        journal.post(name, name.encode())
    journal.post("a", b"twice")
    first, *rest = journal.outbox()
    journal.heard_by_hub(first.number)
    assert [each.data for each in journal.outbox()] == [b"b", b"c"] == [each.data for each in rest]
    assert journal.depth() == 2
    journal.close()
