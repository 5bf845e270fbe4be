"""How gunicorn serves the deployed form: ``gunicorn config.wsgi --config python:config.web_server``."""

bind = "0.0.0.0:8000"
workers = 2
threads = 4
# A page that takes longer has lost its reader.
timeout = 30
graceful_timeout = 30
