"""Version 1 of the HTTP API: its addresses, its errors, and what its document says of every operation."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, re_path
from django.views.defaults import server_error as server_error_page
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView
from rest_framework.views import exception_handler as handle
from rest_framework.viewsets import ViewSetMixin

from accounts.api.errors import SENTENCES, problem, problem_of, problem_of_refusal, status_of_refusal
from accounts.api.places import DistrictViewSet
from accounts.api.residents import ResidentViewSet
from accounts.refusals import Refused
from ledger.api.banking import BankStatementViewSet, PaymentBatchViewSet
from ledger.api.breaks import BreakViewSet
from ledger.api.disputes import DisputeViewSet
from ledger.api.jobs import JobViewSet
from ledger.api.periods import PeriodViewSet
from ledger.api.prefunds import CapViewSet, PrefundViewSet, RateViewSet
from ledger.api.seals import ProofViewSet, TreeHeadViewSet
from ledger.api.statements import StatementViewSet
from ledger.api.transfers import TransferViewSet
from vouchers.api.catalogue import ProgrammeViewSet, ProviderViewSet
from vouchers.api.claim_files import ClaimFileViewSet
from vouchers.api.district_mergers import DistrictMergerViewSet
from vouchers.api.filings import FilingViewSet
from vouchers.api.insurance import ContributionAccountViewSet, InsuranceTransferViewSet
from vouchers.api.lives import DoubleViewSet, LifeViewSet
from vouchers.api.moves import MoveViewSet
from vouchers.api.redemptions import RedemptionViewSet, ReversalViewSet
from vouchers.api.vouchers import VoucherViewSet

PREFIX = "/api/v1/"


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer refusals and the framework's own errors in the one shape; anything else is a fault of ours."""
    if isinstance(exc, Refused):
        return Response(problem_of_refusal(exc), status=status_of_refusal(exc.code))
    response = handle(exc, context)
    if response is not None:
        response.data = problem_of(exc, status_code=response.status_code)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that something broke, to programs in the one shape and to people on a page."""
    if request.path.startswith(PREFIX):
        return JsonResponse(problem("error", str(SENTENCES["error"])), status=500)
    return server_error_page(request)


@extend_schema(exclude=True)
class NothingHere(APIView):
    """Every address below the API that names nothing."""

    permission_classes = [AllowAny]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Http404


VIEWS: dict[str, type[ViewSetMixin]] = {
    "districts": DistrictViewSet,
    "district-mergers": DistrictMergerViewSet,
    "residents": ResidentViewSet,
    "programmes": ProgrammeViewSet,
    "providers": ProviderViewSet,
    "vouchers": VoucherViewSet,
    "redemptions": RedemptionViewSet,
    "reversals": ReversalViewSet,
    "claims": ClaimFileViewSet,
    "moves": MoveViewSet,
    "contribution-accounts": ContributionAccountViewSet,
    "insurance-transfers": InsuranceTransferViewSet,
    "filings": FilingViewSet,
    "lives": LifeViewSet,
    "doubles": DoubleViewSet,
    "periods": PeriodViewSet,
    "prefunds": PrefundViewSet,
    "net-debit-caps": CapViewSet,
    "late-interest-rates": RateViewSet,
    "statements": StatementViewSet,
    "disputes": DisputeViewSet,
    "transfers": TransferViewSet,
    "proofs": ProofViewSet,
    "tree-heads": TreeHeadViewSet,
    "payment-batches": PaymentBatchViewSet,
    "bank-statements": BankStatementViewSet,
    "differences": BreakViewSet,
    "jobs": JobViewSet,
}
router = SimpleRouter(trailing_slash=False)
for prefix, view in VIEWS.items():
    router.register(prefix, view, basename=f"api-{prefix}")

urlpatterns: list[URLPattern | URLResolver] = [*router.urls, re_path(r"^[\s\S]*$", NothingHere.as_view())]
