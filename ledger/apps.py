from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the kinds of job and the signs of life of this room known."""
        from ledger import watch, watch_differences, watch_prefunds  # noqa: F401
        from ledger.services import breaks, disputes, period_jobs, prefunding, sealing, statements  # noqa: F401
        from ledger.services.banking import matching  # noqa: F401
