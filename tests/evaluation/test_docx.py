"""The form as a Word document: written in the official layout, read back the same."""

import io
from decimal import Decimal

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from tests.evaluation.table_forms import forms, small_form

from yunshu.domains.evaluation.contracts import TableForm, substance
from yunshu.domains.evaluation.sheets import read_any, write_docx


@pytest.mark.slow
@given(form=forms())
@settings(max_examples=25)
def test_a_word_document_of_any_form_reads_back_the_same(form: TableForm) -> None:
    reading = read_any(write_docx(form), "export")
    assert reading.faults == ()
    assert reading.form is not None
    assert substance(reading.form) == substance(form.__class__(**{**form.__dict__, "year": 2024}))


def test_requirements_and_amounts_to_the_fen_survive_the_word_document() -> None:
    tasks = (
        small_form().tasks[0].__class__(**{**small_form().tasks[0].__dict__, "amount_yuan": Decimal("954240.01")}),
    )
    form = small_form().__class__(
        **{**small_form().__dict__, "requirements": "填报要求：1. 如实填写。", "tasks": tasks}
    )
    read = read_any(write_docx(form), "export").form
    assert read is not None
    assert (read.requirements, read.task_total) == ("填报要求：1. 如实填写。", Decimal("954240.01"))


def test_the_word_document_is_a4_portrait_in_song_and_hei() -> None:
    document = docx.Document(io.BytesIO(write_docx(small_form())))
    section = document.sections[0]
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)  # type: ignore[union-attr]
    fonts = document.styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "宋体"
    assert document.paragraphs[0].runs[0].font.name == "黑体"
