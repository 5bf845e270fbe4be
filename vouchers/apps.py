from django.apps import AppConfig


class VouchersConfig(AppConfig):
    name = "vouchers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the events, the kinds of job and the names of this room's subjects known."""
        from ledger import subjects
        from vouchers import events, selectors  # noqa: F401
        from vouchers.services import (  # noqa: F401
            batches,
            daily,
            merging_districts,
            move_batches,
            paying_providers,
            reconciling,
            reconciling_books,
        )

        subjects.register(selectors.numbers_of)
        subjects.register(selectors.insurance_numbers_of)
        subjects.register_programmes(selectors.programmes_by_code)
