"""The classifier on made-up tickets: it beats guessing, is calibrated, abstains, explains, and comes back from disk the same."""

import numpy as np
import pytest
from tests.text.encoders import Hashing
from tests.triage.made import made_tickets

from yunshu.lib.triage import Ground, Report, Why, fit
from yunshu.lib.triage.calibration import NEVER, accuracy_by_coverage, calibration_error, margin
from yunshu.lib.triage.storing import load, save

pytestmark = pytest.mark.slow

LEARNED, ASKED = made_tickets(400, 1), made_tickets(200, 2)


@pytest.fixture(scope="module")
def model():
    return fit([r for r, _ in LEARNED], [d for _, d in LEARNED], encoder=Hashing(), precision=0.95)


def test_most_reports_go_where_they_belong(model):
    chances = model.probabilities([report for report, _ in ASKED])
    right = [model.labels[row.argmax()] == department for row, (_, department) in zip(chances, ASKED, strict=True)]

    assert np.mean(right) > 0.85
    np.testing.assert_allclose(chances.sum(axis=1), 1)


def test_what_is_decided_is_right_and_the_rest_says_why(model):
    said = [(model.predict(report), department) for report, department in ASKED]
    decided = [prediction.decided == department for prediction, department in said if not prediction.abstained]

    assert np.mean(decided) >= 0.95
    assert {p.why for p, _ in said if p.abstained} <= {Why.BELOW_MARGIN}
    assert all(len(p.suggestions) == 3 and p.version == model.version for p, _ in said)


def test_an_empty_report_is_no_guess(model):
    assert model.predict(Report(title=" ", body="")).why is Why.EMPTY


def test_the_reasons_are_words_of_the_report(model):
    report = Report(title="榕江路公司拖欠工资三个月", body="老板说没钱。")
    label = model.predict(report).suggestions[0].label
    reasons = model.explain(report, label)

    assert label == "人力资源和社会保障局"
    assert all(reason.ground is Ground.WORDS and reason.shown in report.title + report.body for reason in reasons)
    assert "工资" in "".join(reason.shown for reason in reasons)


def test_the_same_examples_make_the_same_model(model):
    again = fit([r for r, _ in LEARNED], [d for _, d in LEARNED], encoder=Hashing(), precision=0.95)
    reports = [report for report, _ in ASKED[:20]]

    assert again.version == model.version
    np.testing.assert_array_equal(again.probabilities(reports), model.probabilities(reports))


def test_a_model_comes_back_from_disk_without_running_anything(model, tmp_path):
    save(model, tmp_path)
    reports = [report for report, _ in ASKED[:20]]

    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "weights.npz"]
    np.testing.assert_allclose(
        load(tmp_path, encoder=Hashing()).probabilities(reports), model.probabilities(reports), atol=1e-5
    )


def test_without_its_encoder_a_model_works_by_characters_and_says_so(model, tmp_path):
    save(model, tmp_path)
    alone = load(tmp_path, encoder=None)
    right = [alone.predict(report).suggestions[0].label == department for report, department in ASKED]

    assert alone.version == f"{model.version}-words"
    assert alone.meaning is None
    assert np.mean(right) > 0.85


def test_two_labels_with_too_few_examples_are_refused():
    with pytest.raises(ValueError, match="at least two labels"):
        fit([Report(title="停水"), Report(title="停电")], ["水", "电"], encoder=None, precision=0.9)


def test_a_margin_is_only_given_where_the_precision_was_shown():
    sure = np.tile([[0.9, 0.1]], (100, 1))
    half = np.tile([[0.6, 0.4]], (100, 1))
    chances, wanted = np.vstack([sure, half]), np.array([0] * 100 + [0, 1] * 50)

    assert margin(chances, wanted, precision=0.98) == pytest.approx(0.9)
    assert margin(half, wanted[100:], precision=0.98) == NEVER


def test_calibration_error_and_coverage_of_a_model_that_is_always_sure_and_half_right():
    chances, wanted = np.tile([[1.0, 0.0]], (10, 1)), np.array([0, 1] * 5)

    assert calibration_error(chances, wanted) == pytest.approx(0.5)
    assert accuracy_by_coverage(chances, wanted, (1.0,)) == [0.5]
