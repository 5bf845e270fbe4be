"""Addresses of residents, clerks and administrators."""

from django.urls import path

from vouchers.views import batches, catalogue, counter, desk, issuing, moves, residents, story, wallet

urlpatterns = [
    path("wallet/", wallet.wallet, name="wallet"),
    path("wallet/code/", wallet.code, name="wallet_code"),
    path("wallet/history/", wallet.history, name="wallet_history"),
    path("wallet/<slug:number>/", wallet.voucher, name="wallet_voucher"),
    path("wallet/<slug:number>/places/", wallet.places, name="wallet_places"),
    path("counter/", counter.counter, name="counter"),
    path("counter/confirm/", counter.confirm, name="counter_confirm"),
    path("counter/done/<uuid:key>/", counter.done, name="counter_done"),
    path("counter/today/", counter.today, name="counter_today"),
    path("counter/today/<int:pk>/reverse/", counter.reverse_one, name="counter_reverse"),
    path("desk/", desk.desk, name="desk"),
    path("residents/", residents.residents, name="residents"),
    path("residents/register/", residents.resident_register, name="resident_register"),
    path("residents/move-in/", moves.move_in, name="move_in"),
    path("residents/<slug:number>/", residents.resident, name="resident"),
    path("residents/<slug:number>/move/", moves.resident_move, name="resident_move"),
    path("residents/<slug:number>/move/annul/", moves.resident_move_annul, name="resident_move_annul"),
    path("residents/<slug:number>/issue/", issuing.resident_issue, name="resident_issue"),
    path("vouchers/<slug:number>/revoke/", issuing.voucher_revoke, name="voucher_revoke"),
    path("vouchers/id/<int:pk>/", story.voucher_by_id, name="voucher_by_id"),
    path("vouchers/<slug:number>/story/", story.voucher_story, name="voucher_story"),
    path("batches/", batches.batches, name="batches"),
    path("batches/new/", batches.batch_new, name="batch_new"),
    path("batches/new/district/", batches.batch_new_for_district, name="batch_new_for_district"),
    path("batches/template.csv", batches.batch_template, name="batch_template"),
    path("batches/<int:batch_id>/", batches.batch, name="batch"),
    path("batches/<int:batch_id>/progress/", batches.batch_progress, name="batch_progress"),
    path("batches/<int:batch_id>/result.csv", batches.batch_result, name="batch_result"),
    path("programmes/", catalogue.programmes, name="programmes"),
    path("programmes/new/", catalogue.programme_new, name="programme_new"),
    path("programmes/<slug:code>/", catalogue.programme, name="programme"),
    path("programmes/<slug:code>/edit/", catalogue.programme_edit, name="programme_edit"),
    path("providers/", catalogue.providers, name="providers"),
    path("providers/new/", catalogue.provider_new, name="provider_new"),
    path("providers/<slug:code>/", catalogue.provider, name="provider"),
    path("providers/<slug:code>/edit/", catalogue.provider_edit, name="provider_edit"),
]
