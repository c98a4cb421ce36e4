"""Charts as static pictures: nothing invented, nothing that the security policy refuses."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.ui.charts import Chart, Series, nice_top

VALUES = st.lists(st.none() | st.decimals(0, 10**9, places=2), min_size=1, max_size=14)


@given(largest=st.floats(0.0001, 1e12))
def test_the_axis_ends_at_or_above_the_largest_figure(largest):
    assert largest * 0.99999 <= nice_top(largest) <= largest * 10


@given(values=VALUES, kind=st.sampled_from(["bar", "line"]), title=st.text("<>&\"'政务", max_size=8))
def test_a_picture_is_well_formed_and_draws_only_what_was_measured(values, kind, title):
    labels = [f"{n}月" for n in range(len(values))]
    picture = Chart(title=title, kind=kind, labels=labels, series=[Series("已付", values)], target=90).svg
    root = ElementTree.fromstring(picture)
    marks = [e for e in root.iter() if e.get("class", "").split()[0:1] in (["svg-bar"], ["svg-dot"])]
    legend = 1
    assert len(marks) == sum(v is not None for v in values) + legend
    assert "style=" not in picture


def test_the_table_behind_a_chart_keeps_the_gaps():
    chart = Chart(title="执行", labels=["一", "二"], series=[Series("已付", [1, None])])
    assert chart.rows == [{"label": "一", "values": [1]}, {"label": "二", "values": [None]}]
    assert chart.as_json["series"] == [{"name": "已付", "values": [1.0, None]}]
