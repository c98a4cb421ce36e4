"""Ten families of disguise: recall on generated cases, positions in the original, silence on clean text."""

import csv
import gzip
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.wording.generated import FAMILIES, HIDDEN, Disguiser

from yunshu.lib.wording import Entry, How, Lexicon, folding

LEXICON = Lexicon([*(Entry(wrong=word, obfuscation=True) for word in HIDDEN), Entry(wrong="KTV8号", obfuscation=True)])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seed", [1, 2])
def test_nineteen_of_twenty_disguised_words_are_found_where_they_stand(family: str, seed: int) -> None:
    maker, found, cases = Disguiser(seed), 0, 0
    for _ in range(20):
        for word in HIDDEN:
            disguised = getattr(maker, family)(word)
            if disguised == word:
                continue
            before = maker.sentence()
            text = before + disguised + maker.sentence()
            hits = LEXICON.scan(text)
            cases += 1
            found += any(
                hit.entry.wrong == word and hit.start == len(before) and text[hit.start : hit.end] == hit.found
                for hit in hits
            )
    assert cases >= 100
    assert found / cases >= 0.95


def test_full_width_is_undone() -> None:
    [hit] = LEXICON.scan("去ＫＴＶ８号玩")
    assert (hit.start, hit.end, hit.how) == (1, 6, How.WIDTH)


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("刷单返利", How.EXACT),
        ("刷\u200b单返利", How.INVISIBLE),
        ("刷 单 返 利", How.SEPARATED),
        ("刷*单*返*利", How.SYMBOLS),
        ("刷。。单返利", How.PUNCTUATED),
        ("刷單返利", How.TRADITIONAL),
        ("刷单&#36820;利", How.ENTITY),
        ("涮单返利", How.LOOKALIKE),
        ("刷单反利", How.HOMOPHONE),
        ("shua单返li", How.PINYIN),
        ("刷🔥单返利", How.SYMBOLS),
    ],
)
def test_the_hit_says_how(text: str, how: How) -> None:
    [hit] = LEXICON.scan(f"本页{text}内容")
    assert (hit.found, hit.how) == (text, how)


@pytest.mark.parametrize(
    "text",
    ["不得代办，证件由本人领取", "刷单。返利", "网上，赌场", "代写。论文", "代办证\n件", "代办的证件", "伪造的印章"],
)
def test_what_a_sentence_has_apart_is_no_disguise(text: str) -> None:
    assert LEXICON.scan(text) == []


def test_the_right_word_is_never_a_disguise_of_the_wrong_one() -> None:
    lexicon = Lexicon([Entry(wrong="中国入民", right="中国人民", obfuscation=True)])
    assert lexicon.scan("中国人民银行，中國人民") == []
    assert len(lexicon.scan("中国入民，中國入民")) == 2


def test_a_longer_innocent_phrase_excuses_the_disguise_as_well() -> None:
    lexicon = Lexicon([Entry(wrong="代办证件", exceptions=("免费代办证件",), obfuscation=True)])
    assert [hit.found for hit in lexicon.scan("免费代辦证件，代辦证件")] == ["代辦证件"]


def test_clean_generated_text_raises_no_alarm() -> None:
    maker = Disguiser(3)
    articles = ["".join(maker.sentence() for _ in range(10)) for _ in range(1_000)]
    assert sum(bool(LEXICON.scan(article)) for article in articles) <= 1


@pytest.mark.shared
def test_clean_official_replies_raise_at_most_one_alarm_in_a_thousand(shared: Path) -> None:
    with gzip.open(shared / "input/hotline/replies-labelled.csv.gz", "rt", encoding="utf-8-sig") as lines:
        replies = [row["reply"] for row in csv.DictReader(lines)]
    # a word as it is listed may well stand there; a disguise may not
    alarms = [hit for reply in replies for hit in LEXICON.scan(reply, on=date(2020, 1, 1)) if hit.how is not How.EXACT]
    assert len(alarms) / len(replies) <= 0.001, alarms


@given(st.text(max_size=80))
def test_folding_keeps_every_place(text: str) -> None:
    folded = folding.fold(text)
    assert len(folded.plain) == len(folded.look) == len(folded.starts) == len(folded.ends)
    assert all(0 <= a < b <= len(text) for a, b in zip(folded.starts, folded.ends, strict=True))
    assert [folding.fold(text[a:b]).plain for a, b in zip(folded.starts, folded.ends, strict=True)] == [*folded.plain]
    assert folded.spans is None or len(folded.spans) == len(folded.sound)
