"""Training on a city's folder: models, a card, refusals in words, and nothing without one."""

import csv
import json
from datetime import UTC, datetime

import pytest
from tests.triage.made import made_tickets

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.triage import Report, load_models, train, training

pytestmark = pytest.mark.slow

NOW = datetime(2026, 12, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _words_only(monkeypatch):
    monkeypatch.setattr(training, "encoder", lambda: None)


def written(folder, name, label, rows, *, encoding="utf-8"):
    with (folder / name).open("w", encoding=encoding, newline="") as file:
        table = csv.writer(file)
        table.writerow(["title", "body", label])
        table.writerows(rows)


def tickets(count, seed):
    return [(report.title, report.body, department) for report, department in made_tickets(count, seed)]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    written(tmp_path / "in", "departments.csv", "department", [*tickets(250, 3), ("井盖", "", "市政中心")])
    return tmp_path / "in"


def test_training_leaves_a_versioned_folder_with_a_card(folder, tmp_path):
    place = train(folder, tmp_path / "out", at=NOW)
    card = json.loads((place / "card.json").read_text("utf-8"))
    held_out = card["models"]["department"]["held_out"]

    assert place.name == f"hotline-{card['version']}"
    assert card["models"]["department"]["left_out"] == {"市政中心": 1}
    assert 0.7 < held_out["macro_f1"] <= 1
    assert "市政中心" in (place / "CARD.md").read_text("utf-8")


def test_what_was_trained_can_be_loaded_and_knows_its_version(folder, tmp_path):
    models = load_models(train(folder, tmp_path / "out", at=NOW))

    assert models.category is None
    assert models.department is not None
    assert models.department.predict(Report(title="公司拖欠工资三个月")).suggestions[0].label == "人力资源和社会保障局"


def test_the_same_examples_give_the_same_folder(folder, tmp_path):
    assert train(folder, tmp_path / "a", at=NOW).name == train(folder, tmp_path / "b", at=NOW).name


def test_a_table_from_a_chinese_windows_is_read(folder, tmp_path):
    written(folder, "departments.csv", "department", tickets(120, 3), encoding="gb18030")

    assert "教育局" in training.read(folder / "departments.csv").labels


def test_without_a_trained_folder_there_are_no_models(tmp_path):
    assert load_models(None).version == load_models(tmp_path).version == "untrained"


@pytest.mark.parametrize(
    ("name", "header", "rows", "code"),
    [
        ("other.csv", "department", [], "training_files_missing"),
        ("departments.csv", "dept", [("停水", "", "水务局")], "training_columns_missing"),
        ("departments.csv", "department", [("停水", "", "水务局")], "training_too_few"),
    ],
)
def test_a_folder_that_cannot_be_trained_on_is_refused_in_words(tmp_path, name, header, rows, code):
    written(tmp_path, name, header, rows)

    with pytest.raises(Refused, match=r"[\u4e00-\u9fff]") as refusal:
        train(tmp_path, tmp_path / "out", at=NOW)

    assert refusal.value.code == code


def test_a_training_that_was_killed_begins_anew_and_a_whole_one_is_kept(folder, tmp_path):
    said = []
    place = train(folder, tmp_path / "out", at=NOW, tell=said.append)
    place.rename(place.with_name(f"{place.name}.part"))
    (tmp_path / "out" / f"{place.name}.part" / "card.json").unlink()

    assert load_models(tmp_path / "out" / f"{place.name}.part").version == "untrained"
    again = train(folder, tmp_path / "out", at=NOW)
    assert train(folder, tmp_path / "out", at=NOW, tell=said.append) == again
    assert [path.name for path in (tmp_path / "out").iterdir()] == [place.name]
    assert "同样的数据" in said[-1]


def test_what_people_corrected_is_learned_beside_the_files(folder, tmp_path):
    more = [(Report(title=f"{at}号路灯不亮"), "市政中心") for at in range(12)]
    card = json.loads((train(folder, tmp_path / "out", at=NOW, more={"department": more}) / "card.json").read_text())

    assert card["models"]["department"]["labels"]["市政中心"] == 13
