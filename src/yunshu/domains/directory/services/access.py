"""Roles, their granting, lending by delegation, and keys for programs."""

import hashlib
import hmac
import secrets
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

import pghistory
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import API_KEY_EDIT, ROLE_EDIT, Client, Grant, Staff, Viewer
from yunshu.domains.directory.models import ApiKey, Assignment, Delegation, Org, Person, Role
from yunshu.domains.directory.selectors import require_everywhere
from yunshu.domains.directory.services.changes import change
from yunshu.domains.directory.services.separation import duties_separated, of_one_duty
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.permissions import permissions as declared_permissions

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, kw_only=True)
class RoleSpec:
    """What is written about a role; ``separation`` None leaves its group of separated duties as it is."""

    code: str
    name: str
    permissions: tuple[str, ...]
    description: str = ""
    is_active: bool = True
    separation: str | None = None


@transaction.atomic
def save_role(*, actor: Viewer, spec: RoleSpec) -> Role:
    """Make or change a role; nobody adds to a role of one's own.

    Raises NotPermitted and Refused (``permission_unknown``, ``duties_gathered``, ``duties_separated``, ``own_role``).
    """
    require_everywhere(actor, ROLE_EDIT)
    of_one_duty(spec.permissions)
    unknown = sorted(set(spec.permissions) - set(declared_permissions()))
    if unknown:
        raise Refused(
            "permission_unknown", _("不存在的权限：%(codes)s") % {"codes": "、".join(unknown)}, where="permissions"
        )
    values = {
        "name": spec.name,
        "description": spec.description,
        "permissions": sorted(spec.permissions),
        "is_active": spec.is_active,
    }
    if spec.separation is not None:
        values["separation"] = spec.separation
    role = Role.objects.select_for_update().filter(code=spec.code).first()
    if role and any(g.role_code == role.code for g in actor.grants) and set(spec.permissions) - set(role.permissions):
        raise Refused("own_role", _("不能给自己担任的角色增加权限，请由另一位管理员办理。"), where="permissions")
    with duties_separated():
        return change(role, values) if role else Role.objects.create(code=spec.code, **values)


@dataclass(frozen=True, kw_only=True)
class GrantSpec:
    """Who receives which role where, from when to when, and why."""

    person_number: str
    role_code: str
    org_code: str
    reason: str
    starts_on: date
    ends_on: date | None = None
    subtree: bool = False


@transaction.atomic
def grant_role(*, actor: Viewer, spec: GrantSpec) -> Assignment:
    """Give a person a role in an organisation.

    Nobody gives what reaches further than the own right to give, and nobody gives to oneself.
    Raises NotFound (``person_not_found``, ``role_not_found``, ``org_not_found``), NotPermitted, Conflict
    (``already_granted``) and Refused (``own_grant``, ``reason_missing``, ``period_invalid``, ``duties_separated``).
    """
    person = _get(Person, "person_not_found", _("人员不存在。"), number=spec.person_number)
    role = _get(Role, "role_not_found", _("角色不存在。"), code=spec.role_code, is_active=True)
    org = _get(Org, "org_not_found", _("机构不存在。"), code=spec.org_code, is_active=True)
    actor.require(ROLE_EDIT, org.path)
    if isinstance(actor, Staff) and actor.person_id == person.pk:
        raise Refused("own_grant", _("不能给自己授予角色，请由另一位管理员办理。"))
    if not spec.reason.strip():
        raise Refused("reason_missing", _("请填写授予事由。"), where="reason")
    if spec.ends_on and spec.ends_on < spec.starts_on:
        raise Refused("period_invalid", _("失效日期不能早于生效日期。"), where="ends_on")
    if Assignment.objects.filter(person=person, role=role, org=org, revoked_at__isnull=True).exists():
        raise Conflict("already_granted", _("该人员在此机构已有这一角色。"))
    with duties_separated():
        return Assignment.objects.create(
            person=person,
            role=role,
            org=org,
            subtree=spec.subtree,
            starts_on=spec.starts_on,
            ends_on=spec.ends_on,
            reason=spec.reason.strip(),
            granted_by=actor.name,
        )


@transaction.atomic
def revoke_role(*, actor: Viewer, assignment_id: int, now: datetime, reason: str = "") -> Assignment:
    """Take a role back, from this moment; the reason goes into the audit trail.

    Raises NotFound, NotPermitted and Conflict (``already_revoked``).
    """
    row = Assignment.objects.select_for_update().filter(pk=assignment_id).first()
    if row is None:
        raise NotFound("assignment_not_found")
    actor.require(ROLE_EDIT, row.org.path)
    if row.revoked_at:
        raise Conflict("already_revoked", _("该角色已被收回。"))
    with pghistory.context(reason=reason.strip()) if reason.strip() else nullcontext():
        return change(row, {"revoked_at": now})


@dataclass(frozen=True, kw_only=True)
class DelegationSpec:
    """Who stands in for whom, in which organisation, from when to when, and why."""

    giver_number: str
    taker_number: str
    org_code: str
    starts_at: datetime
    ends_at: datetime
    reason: str


@transaction.atomic
def delegate(*, actor: Viewer, spec: DelegationSpec) -> Delegation:
    """Lend the giver's own roles in an organisation to a colleague; what was lent cannot be lent on.

    The giver does it, or whoever may grant roles there. Raises NotFound, NotPermitted and Refused
    (``own_grant``, ``delegation_period``, ``delegation_to_self``, ``reason_missing``, ``duties_separated``).
    """
    giver = _get(Person, "person_not_found", _("委托人不存在。"), number=spec.giver_number, is_active=True)
    taker = _get(Person, "person_not_found", _("受托人不存在。"), number=spec.taker_number, is_active=True)
    org = _get(Org, "org_not_found", _("机构不存在。"), code=spec.org_code, is_active=True)
    if getattr(actor, "person_id", None) != giver.pk:
        actor.require(ROLE_EDIT, org.path)
    if taker != giver and getattr(actor, "person_id", None) == taker.pk:
        raise Refused("own_grant", _("不能把别人的角色委托给自己，请由委托人本人或另一位管理员办理。"), where="taker")
    if giver == taker:
        raise Refused("delegation_to_self", _("不能委托给自己。"), where="taker")
    if not spec.reason.strip():
        raise Refused("reason_missing", _("请填写委托事由。"), where="reason")
    if spec.ends_at <= spec.starts_at:
        raise Refused("delegation_period", _("结束时间须晚于开始时间。"), where="ends_at")
    with duties_separated():
        return Delegation.objects.create(
            giver=giver, taker=taker, org=org, starts_at=spec.starts_at, ends_at=spec.ends_at, reason=spec.reason
        )


@transaction.atomic
def revoke_delegation(*, actor: Viewer, delegation_id: int, now: datetime) -> Delegation:
    """End a delegation now. Raises NotFound, NotPermitted and Conflict (``already_revoked``)."""
    row = Delegation.objects.select_for_update().filter(pk=delegation_id).first()
    if row is None:
        raise NotFound("delegation_not_found")
    if getattr(actor, "person_id", None) != row.giver_id:
        actor.require(ROLE_EDIT, row.org.path)
    if row.revoked_at:
        raise Conflict("already_revoked", _("该委托已撤销。"))
    return change(row, {"revoked_at": now})


@dataclass(frozen=True, kw_only=True)
class ApiKeySpec:
    """For which organisation, what for, with which permissions, until when."""

    org_code: str
    name: str
    permissions: tuple[str, ...]
    expires_at: datetime


@transaction.atomic
def issue_api_key(*, actor: Viewer, spec: ApiKeySpec) -> tuple[ApiKey, str]:
    """Make a key; return it with its secret, which is shown once and kept nowhere.

    Nobody issues a key that may do more than oneself. Raises NotFound, NotPermitted and Refused
    (``permission_unknown``, ``duties_gathered``).
    """
    of_one_duty(spec.permissions)
    org = _get(Org, "org_not_found", _("机构不存在。"), code=spec.org_code, is_active=True)
    actor.require(API_KEY_EDIT, org.path)
    known = declared_permissions()
    for code in spec.permissions:
        if code not in known:
            raise Refused("permission_unknown", _("不存在的权限：%(codes)s") % {"codes": code}, where="permissions")
        actor.require(known[code], org.path)
    prefix, secret = f"ys_{secrets.token_hex(4)}", secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        org=org,
        name=spec.name,
        prefix=prefix,
        digest=digest(secret),
        permissions=sorted(spec.permissions),
        created_by=actor.name,
        expires_at=spec.expires_at,
    )
    return key, f"{prefix}.{secret}"


@transaction.atomic
def revoke_api_key(*, actor: Viewer, prefix: str, now: datetime) -> ApiKey:
    """End a key now. Raises NotFound, NotPermitted and Conflict (``already_revoked``)."""
    key = ApiKey.objects.select_for_update().select_related("org").filter(prefix=prefix).first()
    if key is None:
        raise NotFound("api_key_not_found")
    actor.require(API_KEY_EDIT, key.org.path)
    if key.revoked_at:
        raise Conflict("already_revoked", _("该密钥已吊销。"))
    return change(key, {"revoked_at": now})


LAST_USED_EVERY = timedelta(minutes=1)


def client_of_key(text: str, *, now: datetime) -> Client | None:
    """Return the program that shows the key ``ys_….secret``, or None if it is wrong, revoked, expired or of a closed place.

    The key's last use is noted at most once a minute.
    """
    prefix, _dot, secret = text.partition(".")
    key = ApiKey.objects.select_related("org").filter(prefix=prefix).first()
    # an unknown prefix costs the same comparison
    right = hmac.compare_digest(digest(secret), key.digest if key else digest(""))
    if not key or not right or key.revoked_at or key.expires_at <= now or not key.org.is_active:
        return None
    if key.last_used_at is None or now - key.last_used_at >= LAST_USED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    org = key.org
    grants = tuple(
        Grant(
            permission=p,
            org_id=org.pk,
            org_path=org.path,
            subtree=True,
            role_code="",
            role_name=key.name,
            via="api_key",
        )
        for p in key.permissions
    )
    return Client(
        name=f"{key.prefix} {key.name}",
        grants=grants,
        key_id=key.pk,
        org_id=org.pk,
        org_code=org.code,
        org_path=org.path,
        owner=f"{org.name} {key.created_by}",
    )


def digest(secret: str) -> str:
    """Return the digest kept of a key's secret (32 random bytes need no slow hash)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _get(model: type[Row], code: str, message: str, /, **lookup: object) -> Row:
    row = model._default_manager.filter(**lookup).first()
    if row is None:
        raise NotFound(code, message)
    return row
