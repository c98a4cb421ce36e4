"""Organisations, people, roles and accounts for tests; ``staff`` gives a viewer, ``signed_in_client`` a browser."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import factory
import pytest
from django.test import Client
from factory.django import DjangoModelFactory

from yunshu.domains.directory import rules, selectors
from yunshu.domains.directory.contracts import Grant, Staff
from yunshu.domains.directory.models import Account, Assignment, Org, Person, Role
from yunshu.domains.directory.selectors import viewers
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.permissions import Permission, permissions

PASSWORD = "Ys-test-password-7"


class OrgFactory(DjangoModelFactory[Org]):
    """A bureau at the root, or below ``parent``; the path follows as in ``save_org``."""

    class Meta:
        model = Org
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"T{n:04}")
    name = factory.Sequence(lambda n: f"测试单位{n}")
    kind = Org.Kind.BUREAU
    path = factory.Sequence(lambda n: f"/new-t{n}/")
    is_sample = True

    @factory.post_generation
    def settle(self: Org, create: bool, extracted: Any, **kwargs: Any) -> None:
        """Write the path, which needs the id."""
        self.path = f"{self.parent.path if self.parent else '/'}{self.pk}/"
        self.save(update_fields=["path"])


class AccountFactory(DjangoModelFactory[Account]):
    """A staff account that signs in with ``PASSWORD``."""

    class Meta:
        model = Account

    username = factory.Sequence(lambda n: f"tester{n}")
    kind = Account.Kind.STAFF
    password = factory.django.Password(PASSWORD)


class PersonFactory(DjangoModelFactory[Person]):
    """A person with an account, in an organisation of their own unless ``org`` is given."""

    class Meta:
        model = Person

    number = factory.Sequence(lambda n: f"P{n:05}")
    name = factory.Sequence(lambda n: f"测试人员{n}")
    org = factory.SubFactory(OrgFactory)
    account = factory.SubFactory(AccountFactory)
    is_sample = True


class RoleFactory(DjangoModelFactory[Role]):
    """A role without permissions unless they are given."""

    class Meta:
        model = Role

    code = factory.Sequence(lambda n: f"role-{n}")
    name = factory.Sequence(lambda n: f"测试角色{n}")
    permissions = factory.List([])


class AssignmentFactory(DjangoModelFactory[Assignment]):
    """A role given for good since 2020, at the person's own organisation unless ``org`` is given."""

    class Meta:
        model = Assignment

    person = factory.SubFactory(PersonFactory)
    role = factory.SubFactory(RoleFactory)
    org = factory.SelfAttribute("person.org")
    starts_on = date(2020, 1, 1)
    reason = "测试"
    granted_by = "测试"


def staff_person(
    permissions: Iterable[Permission | str] = (), *, org: Org | None = None, subtree: bool = True
) -> Person:
    """Return a person of ``org`` who holds ``permissions`` there and, if ``subtree``, below."""
    person = PersonFactory(**({"org": org} if org else {}))
    codes = [str(p) for p in permissions]
    if codes:
        AssignmentFactory(person=person, role=RoleFactory(permissions=codes), subtree=subtree)
    return person


def viewer_of(person: Person) -> Staff:
    """Return the viewer that ``person`` is when signed in now."""
    viewer = selectors.viewer_for_account(person.account, clock.now())
    assert isinstance(viewer, Staff)
    return viewer


def staff(permissions: Iterable[Permission | str] = (), *, org: Org | None = None, subtree: bool = True) -> Staff:
    """Return a viewer who holds ``permissions`` at ``org`` (a new one by default) and below."""
    return viewer_of(staff_person(permissions, org=org, subtree=subtree))


def signed_in_client(person: Person) -> Client:
    """Return a browser in which ``person`` has signed in."""
    client = Client()
    client.force_login(person.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


EVERYTHING = "test.everything"


def powers_of_everybody(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what a role must hold whose bearer may do everything: somebody no database lets exist, to walk all pages at once.

    The role itself gathers no two administrators' duties; the rest is given where grants are read.
    """
    plain = viewers.grants_by

    def grants_by(row: Assignment) -> tuple[Grant, ...]:
        given = plain(row)
        if EVERYTHING not in row.role.permissions:
            return given
        return tuple(replace(given[0], permission=code) for code in permissions())

    monkeypatch.setattr(viewers, "grants_by", grants_by)
    apart = {code for duty in ("security", "audit") for code in rules.DUTIES[duty]}
    return [EVERYTHING, *(code for code in permissions() if code not in apart)]
