"""The hint of how a demand sounds: on the desk's page of a ticket, for nobody else, and nowhere afterwards."""

import os
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse
from tests.hotline.hotline_world import Hotline
from tests.hotline.test_ticket_pages import as_, read

from yunshu.domains.hotline.services import smart_suggest
from yunshu.lib.kernel import clock

ANGRY = "榕华大道路灯三天不亮，多次打电话反映，非常气愤，忍无可忍！！"
HINT = "语气提示"


@pytest.fixture
def hotline(db: None) -> Hotline:
    return Hotline(now=clock.now())


def test_the_desk_is_told_with_the_callers_words_and_others_are_not(hotline: Hotline) -> None:
    row = hotline.registered(content=ANGRY)
    page = read(as_(hotline, "agent"), "ticket", row.number)
    said = ("激烈", "情绪词", "<mark>非常气愤</mark>", "反复反映", "连用叹号", "不留存、不统计")
    assert all(part in page for part in (HINT, *said))
    hotline.dispatch(row)
    assert HINT not in read(as_(hotline, "handler"), "ticket", row.number)


def test_it_speaks_english_where_the_reader_does(hotline: Hotline) -> None:
    row = hotline.registered(content=ANGRY)
    asked = {"Accept-Language": "en"}
    page = as_(hotline, "agent").get(reverse("hotline:ticket", args=[row.number]), headers=asked).content.decode()
    assert all(part in page for part in ("Tone of the words", "Heated", "Words of feeling", "<mark>非常气愤</mark>"))


def test_plain_words_and_confidential_ones_have_none(hotline: Hotline) -> None:
    agent = as_(hotline, "agent")
    assert HINT not in read(agent, "ticket", hotline.registered().number)
    row = hotline.registered(kind="report", title="举报偷气", content=ANGRY)
    assert HINT not in read(agent, "ticket", row.number)


def written(word: str) -> list[str]:
    """Return the hotline's tables in which a word stands."""
    with connection.cursor() as cursor:
        names = [each for each in connection.introspection.table_names(cursor) if each.startswith("hotline_")]
        found = []
        for name in names:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)} AS t WHERE t::text LIKE %s", [word])
            found += [name] * cursor.fetchone()[0]
    return found


def test_it_is_written_nowhere(hotline: Hotline) -> None:
    row = hotline.registered(content=ANGRY)
    smart_suggest.suggest(row.number, now=hotline.now)
    page = read(as_(hotline, "agent"), "ticket", row.number)
    assert HINT in page
    assert written("%路灯%")
    assert [written(f"%{word}%") for word in ("heated", "displeased", "激烈", "mood")] == [[], [], [], []]


def test_an_official_corrects_the_words_and_a_broken_list_says_where(
    hotline: Hotline, settings, tmp_path: Path
) -> None:
    own = tmp_path / "words.csv"
    settings.HOTLINE_MOOD_WORDS = str(own)
    row, agent = hotline.registered(content="真是气到跺脚。"), as_(hotline, "agent")
    assert "文件打不开" in read(agent, "ticket", row.number)
    for at, (text, seen) in enumerate(
        [("气到跺脚,feeling,3\n", "<mark>气到跺脚</mark>"), ("气到跺脚,rage,3\n", "第 2 行")], 1
    ):
        own.write_text(f"word,kind,weight\n{text}", encoding="utf-8")
        os.utime(own, (at, at))
        assert seen in read(agent, "ticket", row.number)
