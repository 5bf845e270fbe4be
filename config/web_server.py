"""How gunicorn serves the deployed form: ``gunicorn config.wsgi --config python:config.web_server``."""

import os
from tempfile import mkdtemp

# The processes count into one folder, made anew each time; whichever answers /metrics shows the sums.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", mkdtemp(prefix="tonghui-metrics-"))

bind = "0.0.0.0:8000"
workers = 2
threads = 4
# A page that takes longer has lost its reader.
timeout = 30
graceful_timeout = 30
