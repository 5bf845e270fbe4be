"""Settings, URLs, the Celery app and everything that joins the rooms together."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
