"""The entry point of the web server."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# Every page is loaded now, and what is loaded by now stays: the garbage collector, which would look through all of it
# again and again, took a quarter of the time of a long list.
assert get_resolver().url_patterns
gc.collect()
gc.freeze()
