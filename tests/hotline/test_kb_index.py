"""The index follows the base: incrementally, from nothing, and after a kill at any moment."""

import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from tests.hotline.kb_world import Knowledge

from yunshu.domains.hotline.selectors import kb_search
from yunshu.domains.hotline.services import kb_index, kb_reviewing

WRITER = """
import sys
from pathlib import Path
from yunshu.lib.recall import Article, Library
library = Library(Path(sys.argv[1]), encoder=None)
print("ready", flush=True)
n = 0
while True:
    library.put([Article(number=f"X{n}", version="1", title="路灯报修", body="x")])
    n += 1
"""


@pytest.fixture
def base(db: None) -> Knowledge:
    return Knowledge()


def numbers(base: Knowledge, question: str, **more: bool) -> list[str]:
    return list(kb_search.ranked(question, base.today, **more))


def test_only_what_changed_is_indexed(base: Knowledge) -> None:
    row = base.published()
    assert kb_index.bring_up_to_date() == kb_index.Indexed(put=1, dropped=0, left=0)
    assert kb_index.bring_up_to_date() == kb_index.Indexed(put=0, dropped=0, left=0)
    base.renewed(row, body="改为网上办理。")
    assert kb_index.bring_up_to_date() == kb_index.Indexed(put=1, dropped=0, left=0)
    kb_reviewing.withdraw(actor=base.keeper, number=row.number, reason="废止", now=base.now)
    assert kb_index.bring_up_to_date() == kb_index.Indexed(put=0, dropped=1, left=0)
    assert numbers(base, "路灯报修") == []


def test_an_expired_article_never_leads_and_citizens_do_not_see_what_is_internal(base: Knowledge) -> None:
    old = base.published(title="路灯报修怎么办", valid_to=base.today - timedelta(days=1))
    inside, good = base.published(title="路灯报修口径", is_public=False), base.published(title="路灯")
    kb_index.bring_up_to_date()
    found = numbers(base, "路灯报修怎么办")
    assert (set(found), found[-1]) == ({old.number, inside.number, good.number}, old.number)
    assert [each.article.number for each in kb_search.public_answers("路灯报修怎么办")] == [good.number]


def test_a_lost_folder_or_a_half_of_it_is_made_anew(base: Knowledge) -> None:
    row = base.published()
    kb_index.bring_up_to_date()
    folder = Path(settings.HOTLINE_KB)
    shutil.rmtree(folder / "words")
    assert kb_index.bring_up_to_date() == kb_index.Indexed(put=0, dropped=0, left=1)
    assert kb_index.bring_up_to_date() == kb_index.Indexed(put=1, dropped=0, left=0)
    shutil.rmtree(folder)
    kb_index.bring_up_to_date()
    assert numbers(base, "路灯报修") == [row.number]


def test_a_run_out_of_time_says_what_is_left(base: Knowledge) -> None:
    base.published()
    done = kb_index.bring_up_to_date(seconds=1e-9)
    assert done == kb_index.Indexed(put=0, dropped=0, left=1)


@pytest.mark.slow
def test_a_killed_writer_leaves_an_index_that_the_next_run_makes_right(base: Knowledge) -> None:
    row = base.published()
    for wait in (0.0, 0.03, 0.11):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(settings.HOTLINE_KB)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(wait)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        while (done := kb_index.bring_up_to_date()) is not None and done.left:
            pass
        assert numbers(base, "路灯报修") == [row.number]
