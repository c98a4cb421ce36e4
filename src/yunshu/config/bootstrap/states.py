"""Migrating a fresh database without rendering hundreds of models again for every trigger and table.

While migrations run, Django renders the models of a moment as classes, and renders a changed one again with every
model that is related to it: nearly all, since nearly all name an organisation. Two changes need none of that: a
trigger (no rendered class is asked for its triggers) and a new table (nothing that stands can name it yet).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from django.db.migrations.state import ModelState, ProjectState
from pgtrigger.migrations import AddTrigger


@contextmanager
def rendered_once() -> Iterator[None]:
    """Within this, a trigger renders nothing again and a new table only itself."""
    with patch.object(AddTrigger, "state_forwards", _add_trigger), patch.object(ProjectState, "add_model", _add_model):
        yield


def _add_trigger(operation: AddTrigger, app_label: str, state: ProjectState) -> None:
    options = state.models[app_label, operation.model_name.lower()].options
    options["triggers"] = [*options.get("triggers", []), operation.trigger]


def _add_model(state: ProjectState, model_state: ModelState) -> None:
    key = model_state.app_label, model_state.name_lower
    state.models[key] = model_state
    if vars(state)["_relations"] is not None:
        state.resolve_model_relations(key)
    if "apps" in vars(state):
        state.apps.render_multiple([model_state])
