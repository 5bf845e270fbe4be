"""What every address of the API shares: who may call it, and how fast strangers may knock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, TypeVar, cast

from django.db.models import Model
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, Throttled
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from accounts.permissions import Act, may
from accounts.stamps import Stamp

M = TypeVar("M", bound=Model)

#: For what anybody who is signed in may do.
EVERYBODY: frozenset[Act] = frozenset()


class RoleMayAct(IsAuthenticated):
    """Lets in whoever may do one of the acts that the view names for this action."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not super().has_permission(request, view):
            return False
        if view.action in (None, "metadata"):  # no such method here: the view says so itself
            return True
        acts = view.acts[view.action]
        return acts is EVERYBODY or any(may(request.user, act) for act in acts)  # type: ignore[arg-type]


class StrangersThrottle(AnonRateThrottle):
    """Counts, by address, the calls that came without a valid token or session."""

    rate = "60/min"


class ApiViewSet(GenericViewSet[M]):
    """``acts`` says, by action, which acts open it."""

    permission_classes = [RoleMayAct]
    acts: ClassVar[Mapping[str, Collection[Act]]]

    @property
    def user(self) -> User:
        return cast(User, self.request.user)

    def stamp(self) -> Stamp:
        return Stamp.today(self.user)

    def read_body(self) -> dict[str, Any]:
        """Return what the action's serializer makes of the body. Raises ValidationError."""
        body = self.get_serializer(data=self.request.data)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def handle_exception(self, exc: Exception) -> Response:
        """Make whoever fails to sign in too often wait."""
        if isinstance(exc, NotAuthenticated | AuthenticationFailed):
            throttle = StrangersThrottle()
            if not throttle.allow_request(self.request, self):
                exc = Throttled(wait=throttle.wait())
        return super().handle_exception(exc)
