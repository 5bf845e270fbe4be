"""Back office: users with their roles; people and places to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import AuditEvent, Authority, District, Guardianship, Residence, Resident, User
from accounts.stamps import Stamp

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
    AnyUserAdmin = UserAdmin[User]
else:
    AnyAdmin, AnyUserAdmin = admin.ModelAdmin, UserAdmin


class LookOnly(AnyAdmin):
    """Shows rows and changes none: what changes them are the services."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(User)
class PeopleAtKeyboards(AnyUserAdmin):
    """Where staff get their sign-in, role and districts. Nobody is deleted; they are made inactive."""

    list_display = ("username", "name", "role", "is_active", "is_superuser")
    list_filter = ("role", "is_active", "is_superuser")
    search_fields = ("username", "name")
    filter_horizontal = ("districts",)
    autocomplete_fields = ("resident",)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Who"), {"fields": ("name", "role", "districts", "resident")}),
        (_("Access"), {"fields": ("is_active", "is_superuser", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "name", "role", "password1", "password2")}),)
    readonly_fields = ("last_login",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:
        super().save_model(request, obj, form, change)
        by = request.user if isinstance(request.user, User) else None
        changed = ",".join(name for name in form.changed_data if not name.startswith("password"))
        audit.record(stamp=Stamp.today(by), verb="save_user", subject=f"user:{obj.pk}", role=obj.role, changed=changed)


@admin.register(Resident)
class Residents(LookOnly):
    list_display = ("number", "name", "id_number_masked", "born_on")
    search_fields = ("number", "name")
    exclude = ("id_number_hash",)


@admin.register(District)
class Districts(LookOnly):
    list_display = ("authority", "pool", "census_residents")


@admin.register(Residence)
class Residences(LookOnly):
    list_display = ("resident", "district", "start", "end", "recorded_at", "superseded_at")
    list_select_related = ("resident", "district__authority")
    search_fields = ("resident__number",)


@admin.register(AuditEvent)
class AuditTrail(LookOnly):
    list_display = ("at", "by", "verb", "subject")
    list_select_related = ("by",)
    list_filter = ("verb",)
    search_fields = ("subject",)


admin.site.register([Authority, Guardianship], LookOnly)
