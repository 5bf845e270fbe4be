from django.apps import AppConfig


class VouchersConfig(AppConfig):
    name = "vouchers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the events and the kinds of job of this room known."""
        from vouchers import events  # noqa: F401
        from vouchers.services import batches, daily  # noqa: F401
