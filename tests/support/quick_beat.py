"""The Celery app with a beat that rings for open jobs twice a second, and asks for nothing of the day."""

from config.celery import app

SECONDS = 0.5

app.conf.beat_schedule = {"ring-open-jobs": {"task": "ledger.tasks.ring_open_jobs", "schedule": SECONDS}}
