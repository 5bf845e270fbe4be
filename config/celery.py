"""The Celery app. Its messages only ring the bell: the job itself is a row, and any message may be lost."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("tonghui")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
