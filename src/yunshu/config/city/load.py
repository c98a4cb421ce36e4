"""Bring a checked pack into the database: again and again, without overwriting what people changed.

One transaction a file, in the order of need; cut off anywhere, the next run goes on. A field is written only
if the loader itself wrote it last (``history``); otherwise it is kept and named.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from yunshu.config.city import accounts, history
from yunshu.config.city.pack import Pack
from yunshu.config.city.schema import Assigned, Organisation, RoleFacts, SamplePerson
from yunshu.domains.directory import api
from yunshu.domains.directory.contracts import System
from yunshu.domains.directory.models import Account, Assignment, Org, Person, Role
from yunshu.domains.directory.services.access import revoke_role
from yunshu.lib.kernel.errors import NotFound

ACTOR = System(name="城市资料装载")


@dataclass(kw_only=True)
class Tally:
    """What one file did: counts, and a line for each thing that was kept."""

    file: str
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def keep(self, what: str, why: str) -> None:
        """Count something that stays as people left it."""
        self.counts["kept"] += 1
        self.notes.append(f"{self.file} {what}：{why}")

    def settle(self, what: str, row: Model | None, wanted: Mapping[str, Any], write: Callable[[set[str]], Any]) -> None:
        """Create or update one row; ``write`` receives the names of the fields to leave alone."""
        if row is None:
            write(set())
            self.counts["created"] += 1
            return
        kept = history.kept_fields(row, wanted)
        changed = {name for name, value in wanted.items() if getattr(row, name) != value} - kept
        if changed:
            write(kept)
            self.counts["updated"] += 1
        if kept:
            self.keep(what, _("%(fields)s 已由人工修改，保留") % {"fields": "、".join(sorted(kept))})
        if not changed and not kept:
            self.counts["same"] += 1


def load_roles(pack: Pack) -> Tally:
    """Load roles.toml."""
    tally = Tally(file="roles.toml")
    with transaction.atomic(), history.signed():
        for role in pack.roles.roles:
            _role(role, _separation(pack, role.code), tally)
    return tally


def _separation(pack: Pack, code: str) -> str:
    """Return the group of separated duties that a role belongs to, named by its first role; empty: none."""
    return next((group.roles[0] for group in pack.roles.separations if code in group.roles), "")


def _role(facts: RoleFacts, separation: str, tally: Tally) -> None:
    wanted = {
        "name": facts.name,
        "description": facts.description,
        "permissions": sorted(facts.permissions),
        "is_active": True,
        "separation": separation,
    }
    row = Role.objects.filter(code=facts.code).first()

    def write(kept: set[str]) -> None:
        values = {**wanted, **{name: getattr(row, name) for name in kept}}
        api.save_role(actor=ACTOR, spec=api.RoleSpec(code=facts.code, **values))

    tally.settle(facts.code, row, wanted, write)


def load_organisations(pack: Pack) -> Tally:
    """Load organisations.csv; the order of the rows is the order on the screen."""
    tally = Tally(file="organisations.csv")
    with transaction.atomic(), history.signed():
        for order, facts in enumerate(pack.organisations, 1):
            _organisation(facts, order, tally)
    return tally


def _organisation(facts: Organisation, order: int, tally: Tally) -> None:
    row = Org.objects.filter(code=facts.code).select_related("parent").first()
    parent = Org.objects.filter(code=facts.parent).first() if facts.parent else None
    plain = {
        "name": facts.name,
        "short_name": facts.short_name,
        "kind": facts.kind,
        "division_code": facts.division,
        "is_sample": facts.is_sample,
        "is_active": True,
        "order": order,
    }

    def write(kept: set[str]) -> None:
        values = {**plain, **{name: getattr(row, name) for name in kept & set(plain)}}
        spec = api.OrgSpec(code=facts.code, uscc=facts.uscc, parent_code=facts.parent, **values)
        if row and "uscc" in kept:
            spec = replace(spec, uscc=row.uscc or "")
        if row and "parent_id" in kept:
            spec = replace(spec, parent_code=row.parent.code if row.parent else "")
        api.save_org(actor=ACTOR, spec=spec)

    wanted = {**plain, "uscc": facts.uscc or None, "parent_id": parent.pk if parent else None}
    tally.settle(facts.code, row, wanted, write)


def load_people(pack: Pack, accounts_file: Path) -> Tally:
    """Load people.csv; open the accounts that do not exist yet, with first passwords in ``accounts_file``."""
    tally = Tally(file="people.csv")
    with transaction.atomic(), history.signed():
        _open_accounts(pack, accounts_file)
        for facts in pack.people:
            _person(facts, tally)
    return tally


def _open_accounts(pack: Pack, accounts_file: Path) -> None:
    wanted = {p.username: p for p in pack.people if p.username}
    known = set(Account.objects.filter(username__in=wanted).values_list("username", flat=True))
    new = [p for name, p in wanted.items() if name not in known]
    if not new:
        return
    names = {r.code: r.name for r in pack.roles.roles}
    roles = {p.number: "、".join(names[a.role] for a in pack.assignments if a.person == p.number) for p in new}
    sheets = accounts.prepare(
        accounts_file, [(p.username, p.name, roles[p.number]) for p in new], make=api.first_password
    )
    for person in new:
        sheet = sheets[person.username]
        # a sample account stays as the file says, so that whoever tries the system can sign in by it
        api.open_account(
            actor=ACTOR, username=sheet.username, password=sheet.password, must_change=not person.is_sample
        )


def _person(facts: SamplePerson, tally: Tally) -> None:
    row = Person.objects.filter(number=facts.number).select_related("org", "account").first()
    account = Account.objects.filter(username=facts.username).first() if facts.username else None
    org = Org.objects.get(code=facts.org)
    plain = {"name": facts.name, "title": facts.title, "is_sample": facts.is_sample, "is_active": True}

    def write(kept: set[str]) -> None:
        values = {**plain, **{name: getattr(row, name) for name in kept & set(plain)}}
        spec = api.PersonSpec(number=facts.number, org_code=facts.org, username=facts.username, **values)
        if row:
            spec = replace(spec, phone=row.phone)
        if row and "org_id" in kept:
            spec = replace(spec, org_code=row.org.code)
        if row and "account_id" in kept:
            spec = replace(spec, username=row.account.username if row.account else "")
        api.save_person(actor=ACTOR, spec=spec)

    wanted = {**plain, "org_id": org.pk, "account_id": account.pk if account else None}
    tally.settle(facts.number, row, wanted, write)


def load_assignments(pack: Pack, now: datetime) -> Tally:
    """Load assignments.csv; what was revoked by hand is not granted again."""
    tally = Tally(file="assignments.csv")
    with transaction.atomic(), history.signed():
        for facts in pack.assignments:
            _assignment(facts, tally, now)
    return tally


def _assignment(facts: Assigned, tally: Tally, now: datetime) -> None:
    what = f"{facts.person} {facts.role} {facts.org}"
    held = Assignment.objects.filter(person__number=facts.person, role__code=facts.role, org__code=facts.org)
    last = held.order_by("-pk").first()
    if last is None:
        _grant(facts, tally, what, "created")
    elif last.revoked_at:
        tally.keep(what, _("已被收回，不再授予"))
    elif (last.subtree, last.starts_on, last.ends_on) == (facts.subtree, facts.starts_on, facts.ends_on):
        tally.counts["same"] += 1
    elif history.written_by_loader(last):
        revoke_role(actor=ACTOR, assignment_id=last.pk, now=now)
        _grant(facts, tally, what, "updated")
    else:
        tally.keep(what, _("已由人工修改，保留"))


def _grant(facts: Assigned, tally: Tally, what: str, outcome: str) -> None:
    spec = api.GrantSpec(
        person_number=facts.person,
        role_code=facts.role,
        org_code=facts.org,
        subtree=facts.subtree,
        starts_on=facts.starts_on,
        ends_on=facts.ends_on,
        reason=facts.reason,
    )
    try:
        api.grant_role(actor=ACTOR, spec=spec)
    except NotFound as error:  # the role or the organisation was retired by hand
        tally.keep(what, error.message)
    else:
        tally.counts[outcome] += 1
