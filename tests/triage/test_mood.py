"""How a demand sounds: what speaks, what does not, why; on our own sentences."""

import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.triage.made import made_tickets

from yunshu.lib.triage import Mood, MoodWord, MoodWordsError, Sign, flags, mood, read_mood_words
from yunshu.lib.triage.mood import shipped

HEADER = "word,kind,weight\n"


def words(text: str) -> set[str]:
    return {f"{each.degree}{each.text}" for each in mood(text).heard}


@pytest.mark.parametrize(
    "text",
    [
        "榕华大道路灯三天不亮，请维修。",
        "您好，请问公积金怎么提取？谢谢！",
        "再次反映：巷口垃圾没有清运。",
        "请尽快处理！！！",
        "物业互相推诿。",
        "物业推诿敷衍、不作为、嚣张、黑心、踢皮球。",
        "处理得很快，我没有不满。",
        "我对物业没有任何不满，只是想问一问。",
        "请提前通知，以免群众非常不满。",
        "孩子不满三周岁能不能上幼儿园？工龄不满 10 年怎么算？",
        "收入不满足条件，报名网站崩溃了。",
    ],
)
def test_it_abstains_unless_something_speaks(text: str) -> None:
    assert (mood(text).mood, mood(text).heard) == (Mood.NONE, ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("楼下又在施工，我对此很不满。", {"不满"}),
        ("对这样的答复十分无奈，只好再次投诉。", {"十分无奈", "再次投诉"}),
        ("多次向物业反映，还是互相踢皮球，真是无语！！", {"多次向物业反映", "踢皮球", "真是无语", "！！"}),
        ("难道不是让人失望吗", {"失望"}),
        ("是不是欺人太甚", {"欺人太甚"}),
    ],
)
def test_displeasure_is_told_with_the_words_that_say_so(text: str, said: set[str]) -> None:
    assert mood(text).mood is Mood.DISPLEASED
    assert words(text) == said


@pytest.mark.parametrize(
    "text", ["忍无可忍！！！再次投诉！我们非常愤怒！", "欺人太甚，令人气愤。", "极其失望，简直岂有此理！"]
)
def test_heat_needs_more_than_one_word(text: str) -> None:
    assert mood(text).mood is Mood.HEATED


def test_less_of_it_is_less() -> None:
    scores = [mood(f"对此{degree}失望，也很不满。").score for degree in ("有点", "", "非常")]
    assert scores == [3.0, 4.0, 5.0]


def test_without_a_feeling_nothing_is_heated_however_much_is_charged() -> None:
    text = "多次投诉，不作为！！！推诿！！！！黑心？！嚣张，再次反映，非常猖狂。"
    found = mood(text)
    assert (found.mood, found.score) == (Mood.DISPLEASED, 3.0)


def test_a_word_said_often_counts_once() -> None:
    assert mood("失望，失望，真的失望").score == mood("真的失望").score


@given(st.text(alphabet="不满没有失望！？!?，。再次反映多次投诉非常如果难道年三\n ", max_size=60))
def test_every_reason_stands_where_it_is_said_to_and_they_add_up(text: str) -> None:
    found = mood(text)
    assert all(text[each.start : each.end] == each.text for each in found.heard)
    assert found.score == pytest.approx(sum(each.weight for each in found.heard), abs=0.01)
    assert (found.mood is Mood.NONE) == (found.heard == ())


def test_the_shipped_words_are_of_every_kind() -> None:
    assert {each.kind for each in shipped()} == set(Sign) - {Sign.MARKS}


def test_an_officials_own_words_take_the_place_of_ours() -> None:
    own = read_mood_words(HEADER + "气到跺脚,feeling,2\n老,degree,1.5\n")
    assert own == (MoodWord("气到跺脚", Sign.FEELING, 2.0), MoodWord("老", Sign.DEGREE, 1.5))
    assert (mood("我气到跺脚", own).mood, mood("非常愤怒，忍无可忍", own).mood) == (Mood.DISPLEASED, Mood.NONE)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("a,b\n1,2\n", 1),
        (HEADER, 1),
        (HEADER + "推诿,charge,1\n", 1),
        (HEADER + "失望,feeling,2\n生气,anger,1\n", 3),
        (HEADER + "失望,feeling,nan\n", 2),
        (HEADER + "失望,feeling,99\n", 2),
        (HEADER + "失.*望,feeling,1\n", 2),
        (HEADER + "…望,feeling,1\n", 2),
        (HEADER + "失望\n", 2),
        (HEADER + '失望,feeling,"2\n', 2),
    ],
)
def test_a_list_that_cannot_be_read_names_its_line(text: str, line: int) -> None:
    with pytest.raises(MoodWordsError) as caught:
        read_mood_words(text)
    assert caught.value.line == line


def test_made_up_reports_are_read_in_the_time_of_a_scan_and_mostly_left_alone() -> None:
    texts = [report.text for report, _department in made_tickets(200, 5)]
    share, told = scanned(texts)
    assert (share < 0.05, told[Mood.HEATED]) == (True, 0)


def scanned(texts: list[str]) -> tuple[float, Counter[Mood]]:
    """Read texts; return how often it spoke. Both readers scan: this one must not cost many times the other."""
    spent = {}
    for reader in (flags, mood):
        reader(texts[0])
        start = time.process_time()
        found = [reader(text) for text in texts]
        spent[reader.__name__] = time.process_time() - start
    told = Counter(each.mood for each in found)
    assert spent["mood"] < 20 * spent["flags"] + 0.5
    return 1 - told[Mood.NONE] / len(texts), told
