"""Back office: which provider a clerk acts for; the rest to look at, since its pages and services change it."""

from __future__ import annotations

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from accounts import audit
from accounts.admin import AnyAdmin, LookOnly
from accounts.models import User
from accounts.stamps import Stamp
from vouchers.models import IssueBatch, Move, Programme, Provider, ProviderClerk, Voucher


@admin.register(ProviderClerk)
class ProviderClerks(AnyAdmin):
    list_display = ("user", "provider")
    list_select_related = ("user", "provider")
    autocomplete_fields = ("user", "provider")
    search_fields = ("user__username", "provider__code")

    def save_model(
        self, request: HttpRequest, obj: ProviderClerk, form: ModelForm[ProviderClerk], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        by = request.user if isinstance(request.user, User) else None
        audit.record(stamp=Stamp.today(by), verb="save_clerk", subject=f"user:{obj.user_id}", provider=obj.provider_id)


@admin.register(Provider)
class Providers(LookOnly):
    list_display = ("code", "name_zh", "kind", "district")
    list_select_related = ("district__authority",)
    list_filter = ("kind", "district")
    search_fields = ("code", "name_zh", "name_en")


@admin.register(Voucher)
class Vouchers(LookOnly):
    list_display = ("number", "resident", "programme", "valid_from", "valid_until", "amount_fen", "spent_fen", "holder")
    list_select_related = ("resident", "programme", "holder")
    list_filter = ("programme",)
    search_fields = ("number", "resident__number")


@admin.register(Move)
class Moves(LookOnly):
    list_display = ("resident", "origin", "destination", "effective_on", "booked_on")
    list_select_related = ("resident", "origin__authority", "destination__authority")


admin.site.register([Programme, IssueBatch], LookOnly)
