from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import guards

        pre_migrate.connect(guards.before_migrating, sender=self)
        post_migrate.connect(guards.after_migrating, sender=self)
