"""Every table's name stands in the glossary, with the standard or rule it comes from."""

from pathlib import Path

from django.apps import apps

GLOSSARY = (Path(__file__).parents[2] / "docs/glossary.md").read_text()


def test_every_table_is_in_the_glossary() -> None:
    names = {
        str(model._meta.verbose_name)
        for config in apps.get_app_configs()
        if config.name.startswith("yunshu.")
        for model in config.get_models()
        if not hasattr(model, "pgh_tracked_model")
    }
    assert sorted(n for n in names if f"| {n} |" not in GLOSSARY) == []
