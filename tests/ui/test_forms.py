"""What a service refuses comes back on the page that asked."""

import re
from pathlib import Path

import pytest
from django import forms

import yunshu
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused, Unavailable
from yunshu.lib.ui.forms import attempt, step_of


class Letter(forms.Form):
    title = forms.CharField()
    reason = forms.CharField(required=False)


@pytest.fixture
def letter() -> Letter:
    form = Letter({"title": "函", "reason": "催办"})
    assert form.is_valid()
    return form


@pytest.mark.parametrize("kind", [Refused, Conflict, NotFound])
def test_a_refusal_stands_at_the_field_that_it_names(letter, kind):
    error = kind("title_taken", "标题重复。", where="title")
    with attempt(letter) as asking:
        raise error
    assert letter.errors == {"title": ["标题重复。"]}
    assert asking.refusal is error


@pytest.mark.parametrize("where", ["", "body"])
@pytest.mark.parametrize(("otherwise", "place"), [(None, "__all__"), ("reason", "reason")])
def test_what_names_no_field_of_the_form_stands_above_it_or_where_the_page_says(letter, where, otherwise, place):
    with attempt(letter, otherwise=otherwise):
        raise Refused("closed", "已办结。", where=where)
    assert letter.errors == {place: ["已办结。"]}


def test_the_field_that_is_named_goes_before_the_one_that_the_page_says(letter):
    with attempt(letter, otherwise="reason"):
        raise Refused("title_taken", "标题重复。", where="title")
    assert list(letter.errors) == ["title"]


@pytest.mark.parametrize(
    "error",
    [
        NotPermitted("not_permitted", "需要权限。", where="title"),
        NotFound("letter_not_found"),
        Refused("closed"),
        Unavailable("away", "稍后再试。"),
        ValueError("a mistake of ours"),
    ],
)
def test_what_has_a_page_of_its_own_or_no_sentence_goes_on(letter, error):
    asking = attempt(letter)
    with pytest.raises(type(error)) as raised, asking:
        raise error
    assert raised.value is error
    assert (dict(letter.errors), asking.refusal) == ({}, None)


def test_without_a_form_the_refusal_is_kept_for_the_page():
    with attempt() as step:
        raise Conflict("verb_not_possible", "请刷新页面。")
    assert step.refusal.message == "请刷新页面。"


def test_what_is_done_leaves_nothing_on_the_form(letter):
    with attempt(letter) as asking:
        letter.cleaned_data["title"] = "复函"
    assert (dict(letter.errors), asking.refusal) == ({}, None)


def test_a_step_says_its_words_and_a_form_without_one_is_refused():
    assert step_of(Letter({"title": "approve"})) == {"title": "approve", "reason": ""}
    with pytest.raises(Refused, match="请选择操作。") as refused:
        step_of(Letter({"reason": "同意"}))
    assert refused.value.code == "verb_missing"


MANY = {"_findings.html", "_queue_item.html"}
"""Several such fields on a page, or the next object's after a step: what was typed into one is not for the others."""


def test_what_was_typed_before_a_refusal_stays_in_the_field() -> None:
    pages = [page for page in Path(yunshu.__file__).parent.rglob("templates/**/*.html") if page.name not in MANY]
    assert [page.name for page in pages if re.search(r"<textarea[^>]*></textarea>", page.read_text("utf-8"))] == []
