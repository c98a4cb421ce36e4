"""Who did something is shown by name, not by the trail's own label."""

import pytest

from yunshu.lib.ui.who import who_words


@pytest.mark.parametrize(
    ("label", "words"),
    [("staff:运维值守岗", "运维值守岗"), ("system:自动测量", "系统：自动测量"), ("甲：乙", "甲：乙"), ("", "")],
)
def test_the_label_of_the_trail_becomes_words(label: str, words: str) -> None:
    assert who_words(label) == words
