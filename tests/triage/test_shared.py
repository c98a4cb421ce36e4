"""The real input, where it is there: the models keep what they promise on it. Its generated twins are in the other tests."""

import sys
from pathlib import Path

import numpy as np
import pytest

from yunshu.lib.triage import Report, Tree, examine, fit, flags
from yunshu.lib.triage.tree import Branch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
import _hotline
from tests.triage.test_mood import scanned

pytestmark = [pytest.mark.shared, pytest.mark.slow, pytest.mark.usefixtures("shared")]


def test_a_model_of_words_alone_learns_the_categories():
    rows = _hotline.rows("messages-labelled.csv")
    learned, asked = rows[::2], rows[1::2]
    model = fit([_report(row) for row in learned], [row["category"] for row in learned], encoder=None, precision=0.9)
    chances = model.probabilities([_report(row) for row in asked])
    right = [model.labels[line.argmax()] == row["category"] for line, row in zip(chances, asked, strict=True)]

    assert np.mean(right) > 0.7


def test_every_category_has_branches_that_words_can_find():
    tree = Tree(Branch(row["l1"], row["l2"], row["l3"]) for row in _hotline.rows("category-tree.csv"))
    rows = _hotline.rows("messages-labelled.csv")[:100]
    found = [tree.within(_report(row), row["category"]).suggestions for row in rows]

    assert all(s.label.startswith(row["category"]) for row, many in zip(rows, found, strict=True) for s in many)
    assert sum(bool(many) for many in found) > 80


def test_few_real_messages_are_emergencies():
    rows = _hotline.rows("messages-unlabelled.csv.gz")[:500]
    raised = [any(flag.level == "emergency" for flag in flags(_report(row).text)) for row in rows]

    assert 0 < sum(raised) < 50


def test_replies_that_people_called_complete_score_higher():
    rows = [row for row in _hotline.rows("replies-labelled.csv.gz") if row["complete"]]
    scores = {
        label: [examine(r["body"], r["reply"]).score for r in rows if r["complete"] == label]
        for label in ("1.0", "0.0")
    }

    assert np.mean(scores["1.0"]) > np.mean(scores["0.0"]) + 0.1


def _report(row: dict[str, str]) -> Report:
    return Report(title=row["title"], body=row["body"])


def test_real_messages_are_read_for_their_mood_and_how_often_it_speaks_is_told():
    texts = [_report(row).text for row in _hotline.rows("messages-unlabelled.csv.gz")[:1000]]
    share, told = scanned(texts)
    print(f"mood speaks in {share:.1%} of {len(texts)}: {dict(told)}; how rightly, nobody has judged")

    assert 0 < share < 0.25
