"""What other domains receive from the directory: the viewer, organisations, people, working calendar.

``Viewer`` is the first parameter of every selector and the ``actor`` of every service.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from yunshu.lib.kernel.errors import NotPermitted
from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import Permission, declare

ORG_VIEW = declare("directory.org.view", label("查看组织与人员"))
ORG_EDIT = declare("directory.org.edit", label("维护组织与人员"))
ROLE_EDIT = declare("directory.role.edit", label("授予与收回角色"))
CALENDAR_EDIT = declare("directory.calendar.edit", label("维护工作日历"))
SECURITY_EDIT = declare("directory.security.edit", label("管理登录安全"))
AUDIT_VIEW = declare("directory.audit.view", label("查看审计日志"))
API_KEY_EDIT = declare("directory.api_key.edit", label("管理接口密钥"))


_LOOKS: dict[str, str] = {}


def declare_look(code: str, name: str) -> str:
    """Name a kind of personal data that pages mask and show for a reason; return its code."""
    if _LOOKS.setdefault(code, name) != name:
        raise ValueError(f"the look {code} has two names")
    return code


def look_name(code: str) -> str:
    """Return the name of such a kind, to be translated by whoever shows it."""
    return _LOOKS.get(code, code)


PERSON_PHONE = declare_look("directory.person.phone", label("人员联系电话"))


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One permission a viewer holds, where, and why."""

    permission: str
    org_id: int
    org_path: str
    subtree: bool
    role_code: str
    role_name: str
    via: str = "assignment"


@dataclass(frozen=True, kw_only=True)
class BaseViewer:
    """What all viewers share: a name for the log, and an answer to "may I?" whose default is no."""

    name: str
    grants: tuple[Grant, ...] = field(default=(), repr=False)

    @property
    def label(self) -> str:
        """How the audit trail names this viewer."""
        return f"{type(self).__name__.lower()}:{self.name}"

    def may(self, permission: Permission, org_path: str | None = None) -> bool:
        """Say whether ``permission`` is held for the organisation at ``org_path`` (None: for any one)."""
        return any(
            g.permission == permission.code
            and (org_path is None or g.org_path == org_path or (g.subtree and org_path.startswith(g.org_path)))
            for g in self.grants
        )

    def require(self, permission: Permission, org_path: str | None = None) -> None:
        """Raise NotPermitted (``not_permitted``) unless ``may`` says yes."""
        if not self.may(permission, org_path):
            raise NotPermitted("not_permitted", f"需要“{permission.name}”权限，请向本单位管理员申请。")

    def reach(self, permission: Permission) -> tuple[tuple[str, bool], ...]:
        """Return ``(org_path, subtree)`` of every place where ``permission`` is held."""
        return tuple(dict.fromkeys((g.org_path, g.subtree) for g in self.grants if g.permission == permission.code))


@dataclass(frozen=True, kw_only=True)
class Staff(BaseViewer):
    """A person who works in an organisation, signed in. ``org_*`` is the organisation of the main post."""

    account_id: int
    person_id: int
    org_id: int
    org_code: str
    org_path: str
    org_name: str


@dataclass(frozen=True, kw_only=True)
class Citizen(BaseViewer):
    """A citizen, signed in; ``real_name_level`` 0 (none) to 4 (checked in person)."""

    account_id: int
    real_name_level: int = 0


@dataclass(frozen=True, kw_only=True)
class CompanyAgent(BaseViewer):
    """A person who acts for a company, signed in."""

    account_id: int
    uscc: str
    real_name_level: int = 0


@dataclass(frozen=True, kw_only=True)
class Client(BaseViewer):
    """A program of an organisation, by its API key; ``owner`` is that organisation and who issued the key."""

    key_id: int
    org_id: int
    org_code: str
    org_path: str
    owner: str = ""


@dataclass(frozen=True, kw_only=True)
class Anonymous(BaseViewer):
    """Nobody has signed in: sees what is public."""

    name: str = "anonymous"


@dataclass(frozen=True, kw_only=True)
class System(BaseViewer):
    """A job or a command of Yunshu itself; may do everything and is named in the log."""

    def may(self, permission: Permission, org_path: str | None = None) -> bool:
        """Yes."""
        return True

    def reach(self, permission: Permission) -> tuple[tuple[str, bool], ...]:
        """Everywhere."""
        return (("/", True),)


Viewer = Staff | Citizen | CompanyAgent | Client | Anonymous | System


@dataclass(frozen=True, kw_only=True)
class OrgCard:
    """An organisation as other domains see it."""

    id: int
    code: str
    name: str
    path: str
    kind: str
    is_sample: bool


@dataclass(frozen=True, kw_only=True)
class PersonCard:
    """A person as other domains see it."""

    id: int
    name: str
    title: str
    org: OrgCard
