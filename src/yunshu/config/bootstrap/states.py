"""Migrating a fresh database without rendering hundreds of models again for every trigger and table.

While migrations run, Django renders the models of a moment as classes, and renders a changed one again with every
model that is related to it: nearly all, since nearly all name an organisation. Four changes need none of that: a trigger, an
index or constraint (of those a rendered class needs to know the list, no more), a new table (nothing that stands can name
it yet), and a changed table (a statement about it asks nothing of its relatives).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db.migrations.state import ModelState, ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger


@contextmanager
def rendered_once() -> Iterator[None]:
    """Within this, a trigger, an index or a constraint renders nothing again, a new or changed table only itself."""
    with (
        patch.object(AddTrigger, "state_forwards", _add_trigger),
        patch.object(RemoveTrigger, "state_forwards", _remove_trigger),
        patch.object(ProjectState, "_append_option", _append_option),
        patch.object(ProjectState, "_remove_option", _remove_option),
        patch.object(ProjectState, "add_model", _add_model),
        patch.object(ProjectState, "reload_model", _reload_model),
    ):
        yield


def _add_trigger(operation: AddTrigger, app_label: str, state: ProjectState) -> None:
    _append_option(state, app_label, operation.model_name.lower(), "triggers", operation.trigger)


def _remove_trigger(operation: RemoveTrigger, app_label: str, state: ProjectState) -> None:
    _remove_option(state, app_label, operation.model_name.lower(), "triggers", operation.name)


def _append_option(state: ProjectState, app_label: str, model_name: str, option_name: str, each: Any) -> None:
    kept = state.models[app_label, model_name].options.get(option_name, [])
    _set_option(state, app_label, model_name, option_name, [*kept, each])


def _remove_option(state: ProjectState, app_label: str, model_name: str, option_name: str, name: str) -> None:
    kept = state.models[app_label, model_name].options.get(option_name, [])
    _set_option(state, app_label, model_name, option_name, [each for each in kept if each.name != name])


def _set_option(state: ProjectState, app_label: str, model_name: str, option_name: str, value: list[Any]) -> None:
    """Tell the rendered class too: a changed field leaves alone what belongs to a constraint, and looks there for its name."""
    state.models[app_label, model_name].options[option_name] = value
    if "apps" in vars(state) and option_name != "triggers":
        setattr(state.apps.get_model(app_label, model_name)._meta, option_name, value)


def _add_model(state: ProjectState, model_state: ModelState) -> None:
    key = model_state.app_label, model_state.name_lower
    state.models[key] = model_state
    if vars(state)["_relations"] is not None:
        state.resolve_model_relations(key)
    if "apps" in vars(state):
        state.apps.render_multiple([model_state])


def _reload_model(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's
    """Render the changed model alone: statements ask nothing of its relatives. Whoever runs Python has all rendered anew (``is_delayed``)."""
    if "apps" in vars(state):
        state.is_delayed = True
        state.apps.unregister_model(app_label, model_name)
        state.apps.render_multiple([state.models[app_label, model_name]])
