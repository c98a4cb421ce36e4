"""The form as text: one line per row, cells parted by tabs, read back the same."""

from hypothesis import given, settings
from tests.evaluation.table_forms import forms, small_form

from yunshu.domains.evaluation.contracts import TableForm, substance
from yunshu.domains.evaluation.sheets import read_any, write_text


@given(form=forms())
@settings(max_examples=60)
def test_a_text_of_any_form_reads_back_the_same(form: TableForm) -> None:
    reading = read_any(write_text(form), "export")
    assert reading.faults == ()
    assert reading.form is not None
    assert substance(reading.form) == substance(form.__class__(**{**form.__dict__, "year": 2024}))


def test_a_tab_or_line_break_inside_a_cell_never_makes_a_new_cell() -> None:
    form = small_form().__class__(**{**small_form().__dict__, "department": "某市\t政务\n服务局"})
    read = read_any(write_text(form), "export").form
    assert read is not None
    assert read.department == "某市 政务 服务局"
