"""The people of the demonstration, whom anybody may become while ``DEMO`` is on."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User

USERNAME_PREFIX = "demo-"

#: What each of them is there to show, in the order of a first walk.
STORIES: dict[str, Promise] = {
    "lin": _("moved in mid-term"),
    "clerk-school": _("at a school in Jing'an"),
    "city-2": _("approves closing and netting"),
    "auditor": _("checks the books"),
    "city-1": _("proposes closing and netting"),
    "finance": _("answers the statements of Jing'an and Minhang"),
    "district": _("acts for Jing'an and Minhang"),
    "clerk-clinic": _("at a health centre in Jing'an"),
    "wang": _("moved away and back"),
    "he": _("moved, recorded late"),
    "zhou": _("moved to another city"),
    "chen": _("has two children"),
    "zhao": _("has used up the voucher"),
    "sun": _("is about to move"),
}


@dataclass(frozen=True)
class Persona:
    """A person to become, and the ``story`` that this person is there to show."""

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
    """Return everybody to choose from: those of the first walk, then the others."""
    place = {f"{USERNAME_PREFIX}{name}": number for number, name in enumerate(STORIES)}
    return [_persona(user) for user in sorted(users(), key=lambda user: place.get(user.username, len(place)))]


def _persona(user: User) -> Persona:
    story = STORIES.get(user.username.removeprefix(USERNAME_PREFIX), "")
    return Persona(username=user.username, role=user.get_role_display(), name=str(user), story=str(story))
