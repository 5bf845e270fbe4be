"""Seals: the heads of the tree, to look at and to take away."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.stamps import Stamp
from ledger import bundle
from ledger.selectors import seals
from ledger.services import sealing

HEADS_A_PAGE = 50


@allowed_to(Act.SEE_BOOKS)
def all_seals(request: HttpRequest) -> HttpResponse:
    page = Paginator(seals.heads().reverse(), HEADS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "waiting": seals.waiting_count(),
        "may_seal": may(signed_in(request), Act.RUN_PERIODS),
    }
    return render(request, "ledger/seals.html", context)


@require_POST
@allowed_to(Act.RUN_PERIODS)
def seal_now(request: HttpRequest) -> HttpResponse:
    job = sealing.ask_by_hand(stamp=Stamp.today(signed_in(request)))
    messages.success(request, _("Sealing is under way. The new seal appears on the page Seals once it is signed."))
    return redirect("job", pk=job.pk)


@allowed_to(Act.SEE_BOOKS)
def heads_file(request: HttpRequest) -> HttpResponseBase:
    """Every head, for those who keep them."""
    lines = (f"{bundle.head_line(head)}\n" for head in seals.heads().iterator())
    headers = {"Content-Disposition": 'attachment; filename="heads.jsonl"'}
    return StreamingHttpResponse(lines, content_type="application/jsonl", headers=headers)


@allowed_to(Act.SEE_BOOKS)
def keys_file(request: HttpRequest) -> HttpResponse:
    return JsonResponse(bundle.key_set(), headers={"Content-Disposition": 'attachment; filename="keys.json"'})
