"""The knowledge base's search: never an expired article among the answers, only changes cost time, words work alone."""

from datetime import date
from pathlib import Path

import pytest
from tests.text.encoders import Hashing

from yunshu.lib.kernel.errors import Unavailable
from yunshu.lib.recall import Article, Library
from yunshu.lib.text import Remembering

DAY = date(2026, 12, 5)
ARTICLES = (
    Article(number="K1", version="3", title="医保异地就医怎么报销", body="备案后在异地定点医院直接结算。", questions=("外省看病能报销吗",)),
    Article(number="K2", version="1", title="居住证办理", body="携带身份证到派出所办理居住证。", until=date(2026, 12, 5)),
    Article(number="K3", version="2", title="居住证办理（新）", body="网上预约后到派出所办理居住证，立等可取。", since=date(2026, 12, 6)),
    Article(number="K4", version="1", title="生活垃圾清运时间", body="每天清运两次。", public=False),
    Article(number="K5", version="1", title="公积金提取", body="租房可以按季度提取住房公积金。"),
)  # fmt: skip


@pytest.fixture(params=[None, Hashing()], ids=["words", "hybrid"])
def library(request, tmp_path):
    made = Library(tmp_path, encoder=request.param)
    made.put(ARTICLES)
    return made


def found(library, question, **options):
    return [hit.number for hit in library.search(question, on=options.pop("on", DAY), **options).hits]


def test_an_article_is_found_by_its_words_and_by_its_other_questions(library):
    assert found(library, "租房怎么提取公积金")[0] == "K5"
    assert found(library, "外省看病")[0] == "K1"


def test_an_article_out_of_its_dates_stands_apart_and_never_leads(library):
    today = library.search("居住证在哪里办理", on=DAY)
    tomorrow = library.search("居住证在哪里办理", on=date(2026, 12, 6))

    assert today.hits[0].number == "K2"
    assert tomorrow.hits[0].number == "K3"
    assert "K3" in [hit.number for hit in today.expired]
    assert "K2" not in [hit.number for hit in tomorrow.hits]


def test_citizens_do_not_see_what_is_internal(library):
    assert "K4" in found(library, "垃圾什么时候清运")
    assert "K4" not in found(library, "垃圾什么时候清运", public=True)


def test_a_hit_says_its_version_and_which_words_it_holds(library):
    hit = library.search("公积金提取", on=DAY).hits[0]

    assert hit.version == "1"
    assert "提取" in hit.words


def test_nothing_asked_finds_nothing(library):
    assert found(library, " ") == []
    assert found(library, "。，") == [] or library.by_meaning


def test_only_what_changed_is_indexed_anew(tmp_path):
    encoder = Remembering(Hashing())
    library = Library(tmp_path, encoder=encoder)
    library.put(ARTICLES)
    before = encoder.encoded
    dated = Article(
        number="K5", version="2", title="公积金提取", body="租房可以按季度提取住房公积金。", until=date(2020, 1, 1)
    )

    assert library.put([*ARTICLES[:4], dated]) == 0
    assert encoder.encoded == before
    assert "K5" not in found(library, "公积金提取")


def test_a_changed_article_is_found_by_its_new_words_only(library):
    library.put([Article(number="K5", version="2", title="公租房申请", body="低收入家庭可以申请。")])

    assert found(library, "公租房申请")[0] == "K5"
    assert "住房公积金" not in library.search("公租房", on=DAY).hits[0].words
    assert len(library) == len(ARTICLES)


def test_an_index_is_there_again_and_another_reader_sees_what_is_written(tmp_path):
    writer = Library(tmp_path, encoder=Hashing())
    writer.put(ARTICLES[:1])
    reader = Library(tmp_path, encoder=Hashing())
    writer.put(ARTICLES[1:])

    assert found(reader, "公积金")[0] == "K5"
    writer.drop(["K5"])
    assert "K5" not in found(reader, "公积金")


def test_two_writers_at_once_are_told_to_wait(tmp_path):
    one, two = Library(tmp_path, encoder=None), Library(tmp_path, encoder=None)
    one._words.put([("K9", "停水", (), "")])

    with pytest.raises(Unavailable, match="稍后"):
        two.put(ARTICLES)


def test_an_index_made_by_words_gains_vectors_when_an_encoder_comes(tmp_path):
    Library(tmp_path, encoder=None).put(ARTICLES)
    later = Library(tmp_path, encoder=Hashing())

    assert later.put(ARTICLES) == len(ARTICLES)
    assert found(later, "租房提取公积金")[0] == "K5"


def test_a_library_of_one_article_finds_it_and_nothing_for_other_words(tmp_path: Path) -> None:
    library = Library(tmp_path, encoder=None)
    library.put([Article(number="1", version="1", title="路灯报修", body="打电话。")])
    assert [hit.number for hit in library.search("路灯", on=date(2026, 1, 1)).hits] == ["1"]
    assert library.search("户口迁移", on=date(2026, 1, 1)).hits == ()


def test_a_library_says_what_it_holds_and_whether_it_is_whole(tmp_path: Path) -> None:
    library = Library(tmp_path, encoder=None)
    library.put([Article(number="1", version="3", title="路灯报修", body="x", public=False)])
    assert (library.held, library.is_whole) == ({"1": ("3", False, None, None)}, True)
