"""The people of the demonstration, whom anybody may become while ``DEMO`` is on."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

from accounts.models import Role, User

USERNAME_PREFIX = "demo-"
NAME_AND_STORY = " · "


@dataclass(frozen=True)
class Persona:
    """A person to become: ``story`` is what follows the dot in a name such as 林小雨 · 学期中搬家."""

    username: str
    role: str
    name: str
    story: str


def users() -> models.QuerySet[User]:
    """Return the users that belong to the demonstration, none of whom has the keys to the back office."""
    return User.objects.filter(
        username__startswith=USERNAME_PREFIX, is_active=True, is_staff=False, is_superuser=False
    ).order_by("username")


def all_personas() -> list[Persona]:
    """Return everybody to choose from, residents first, then in the order of the roles."""
    order = [Role.RESIDENT, *(role for role in Role if role != Role.RESIDENT)]
    return [_persona(user) for user in sorted(users(), key=lambda user: order.index(Role(user.role)))]


def _persona(user: User) -> Persona:
    name, _dot, story = str(user).partition(NAME_AND_STORY)
    return Persona(username=user.username, role=user.get_role_display(), name=name, story=story)
