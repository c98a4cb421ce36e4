"""Cutting text: places stay true, words cover, nothing depends on white space."""

from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.text import pairs, sentences, squeezed, terms, words


def test_sentences_keep_their_places():
    text = "您好！\n  小区停水两天了。请问什么时候来水？"

    assert [span.text for span in sentences(text)] == ["您好！", "小区停水两天了。", "请问什么时候来水？"]
    assert all(text[span.start : span.end] == span.text for span in sentences(text))


@given(st.text(alphabet="停水了。？！ \n；a", max_size=60))
def test_a_sentence_is_where_it_says(text):
    assert all(text[span.start : span.end] == span.text and span.text for span in sentences(text))


def test_squeezing_drops_white_space_but_not_between_latin_words():
    assert squeezed("电 话：１２３\n hello  world") == "电话:123hello world"


def test_terms_leave_out_idle_words_and_hold_the_short_words_inside():
    assert "的" not in terms("医院的挂号")
    assert {"公积", "公积金"} & set(terms("住房公积金怎么提取"))
    assert "什么" not in terms("需要什么材料")


def test_pairs_cover_every_two_neighbours():
    assert pairs("停水了，A1") == ["停水", "水了", "a1"]
    assert pairs("水") == ["水"]


def test_words_are_in_order_without_punctuation():
    assert "".join(words("小区停水，两天了！")) == "小区停水两天了"
