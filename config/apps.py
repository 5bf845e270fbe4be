from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class ConfigConfig(AppConfig):
    name = "config"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Grant once the last app has had its turn after migrating: by then the guards are back."""
        from config import database_roles, watch  # noqa: F401

        last = list(apps.get_app_configs())[-1]
        post_migrate.connect(database_roles.after_migrating, sender=last)
