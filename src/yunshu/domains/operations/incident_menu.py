"""What incidents tell the frame: their flows, files, notices, entries in the navigation and the search."""

from django.utils.translation import gettext_lazy as _l

from yunshu.domains.files import api as files
from yunshu.domains.notify.api import declare
from yunshu.domains.operations.rules import changes, incidents
from yunshu.domains.operations.selectors.incidents import INCIDENT_FILES, may_add, may_see, org_path_of
from yunshu.domains.operations.services.incidents import telling
from yunshu.domains.workflow import api as workflow

FILES = files.Owner(
    kind=INCIDENT_FILES,
    label=_l("故障处置证据"),
    may_view=may_see,
    may_add=may_add,
    org_path=org_path_of,
    years=10,
    basis=_l("故障处置证据未见专门的保管期限，参照会计档案最短期限，待核"),
)


def register() -> None:
    """Register what other floors ask for."""
    workflow.register(incidents.INCIDENT_LIFE)
    workflow.register(changes.CHANGE_LIFE)
    files.register(FILES)
    declare(telling.KIND)
    declare(telling.CALL)
