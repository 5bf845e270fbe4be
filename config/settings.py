"""Settings of both forms: embedded (SQLite, one process) and deployed (PostgreSQL, Redis).

Everything that differs between machines comes from the environment; ``.env.example`` lists it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config.secret_keys import field_keys, kept_secret, key_bytes
from ledger.signing import new_private_key

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

# How this process runs

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
TESTING = env.bool("TESTING", default=False)
REDIS_URL = env.str("REDIS_URL", default="")
EMBEDDED = not REDIS_URL
# Nobody's real data is at stake: plain HTTP, and secrets made on the spot.
RELAXED = DEBUG or DEMO or TESTING


def secret(name: str) -> str:
    """Return a secret of the environment; a relaxed or embedded process makes its own once."""
    if RELAXED or EMBEDDED:
        return env.str(name, default="") or kept_secret(folder=VAR_DIR / "secrets", name=name.lower())
    return str(env.str(name))


SECRET_KEY = secret("SECRET_KEY")
FIELD_HASH_KEY = key_bytes(secret("FIELD_HASH_KEY"))
FIELD_ENCRYPTION_KEYS = field_keys(
    env.str("FIELD_ENCRYPTION_KEYS", default="")
    if "FIELD_ENCRYPTION_KEYS" in env or not (RELAXED or EMBEDDED)
    else "1:" + secret("FIELD_ENCRYPTION_KEY_1")
)
# Signs the heads of the ledger's tree. Where there is none, postings go on and sealing waits.
SIGNING_KEY_FILE = VAR_DIR / "secrets" / "ledger_signing_key"
LEDGER_SIGNING_KEY = env.str("LEDGER_SIGNING_KEY", default="")
if not LEDGER_SIGNING_KEY and (RELAXED or EMBEDDED or SIGNING_KEY_FILE.exists()):
    LEDGER_SIGNING_KEY = kept_secret(folder=SIGNING_KEY_FILE.parent, name=SIGNING_KEY_FILE.name, make=new_private_key)

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Rooms

INSTALLED_APPS = [
    "config",
    "vouchers",
    "ledger",
    "accounts",
    "config.back_office.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "csp",
]

MIDDLEWARE = [
    "config.requests.NotedMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.shell_middleware.RefusalPageMiddleware",
    "config.shell_middleware.NothingKeptMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
FORM_RENDERER = "config.forms.FormRenderer"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Data

SQLITE_OPTIONS = {
    # The default lets two writers both read first, and one of them then fails with "database is locked".
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}

DATABASE: dict[str, Any] = env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'tonghui.sqlite3'}")
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    DATABASE["OPTIONS"] = SQLITE_OPTIONS
else:
    DATABASE["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASE["CONN_HEALTH_CHECKS"] = True
    # Statements that come again are planned once: a redemption takes two thirds of the time (make bench).
    DATABASE["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 5}
DATABASES = {"default": DATABASE}
# Only manage.py create_roles is given them.
DATABASE_ROLE_PASSWORDS = {
    "tonghui_owner": env.str("OWNER_PASSWORD", default=""),
    "tonghui_app": env.str("APP_PASSWORD", default=""),
    "tonghui_auditor": env.str("AUDITOR_PASSWORD", default=""),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "home"

# Language and time

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# Static files: config/static, with what `make assets` builds in config/static/build

STATIC_URL = "/static/"
# Collected where the service is deployed; found in place everywhere else.
STATIC_ROOT = None if RELAXED else env.str("STATIC_ROOT", default=str(VAR_DIR / "static"))
WHITENOISE_USE_FINDERS = RELAXED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if RELAXED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# What a browser may do with our pages

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # a working day, in seconds
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not RELAXED
SECURE_SSL_REDIRECT = not RELAXED
SECURE_REDIRECT_EXEMPT = [r"^healthz(/live|/ready)?$"]  # the health check of a container speaks plain HTTP
SECURE_HSTS_SECONDS = 0 if RELAXED else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not RELAXED
BEHIND_TLS_PROXY = env.bool("BEHIND_TLS_PROXY", default=False)
if BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# The HTTP API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # The first one says how to sign in: with its header the answer to a stranger is 401.
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "accounts.api.paging.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "NUM_PROXIES": 1 if BEHIND_TLS_PROXY else 0,  # whose addresses the counting of strangers believes
    "EXCEPTION_HANDLER": "config.api.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tonghui",
    "DESCRIPTION": "Portable benefit vouchers. Amounts are whole fen; days are those of Asia/Shanghai; messages come "
    "in the language of `Accept-Language`, Chinese or English. docs/api.md says more.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "JobState": "ledger.api.jobs.STATES",
        "PeriodState": "ledger.api.periods.STATE_CODES",
        "MoveState": "vouchers.api.moves.STATES",
        "StepToTake": "vouchers.api.moves.STEPS_TO_TAKE",
        "BreakKind": "ledger.api.breaks.BREAK_KINDS",
        "BreakState": "ledger.api.breaks.BREAK_STATES",
        "PaymentKind": "ledger.api.banking.PAYMENT_KINDS",
        "StatementVerdict": "ledger.api.statements.VERDICTS",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api_document.add_common_answers",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# Celery only rings the bell. Redis may lose any message, so nothing may depend on one (docs/adr/0001).

CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_PUBLISH_RETRY = False  # beat rings again; a page must not wait for a broker that is down
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
REDIS_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,  # above the time limit, or a running task would be delivered again
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # A page that rings while Redis is away tries once, and waits no longer than this for one that hangs.
    "max_retries": 0,
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
}
CELERY_BROKER_TRANSPORT_OPTIONS = (
    REDIS_TRANSPORT_OPTIONS
    if REDIS_URL
    else {"polling_interval": 0.2}  # seconds from the bell to the work; the broker in memory has to be asked
)
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SYNC_EVERY = 1  # written down at each ring, which is how its health check sees it alive
CELERY_BEAT_SCHEDULE = {
    "ring-open-jobs": {"task": "ledger.tasks.ring_open_jobs", "schedule": 10.0},
    "daily-after-midnight": {"task": "vouchers.tasks.daily", "schedule": crontab(hour=0, minute=5)},
    "daily-again-each-hour": {"task": "vouchers.tasks.daily", "schedule": crontab(minute=35)},
    "turn-the-calendar": {"task": "ledger.tasks.turn_calendar", "schedule": crontab(minute=15)},
    "reconcile-each-night": {"task": "vouchers.tasks.reconcile", "schedule": crontab(hour=2, minute=20)},
    "seal-once-a-day": {"task": "ledger.tasks.seal_daily", "schedule": crontab(minute=45)},
}

# Those who watch. Without a token /metrics does not exist; the worker's port is for its own network only.

METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
METRICS_PORT = env.int("METRICS_PORT", default=9100)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"one_line": {"()": "config.logs.OneLineFormatter"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            **({} if DEBUG else {"formatter": "one_line"}),
        }
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "fontTools": {"level": "WARNING"},  # they tell of every page that is laid out
        "weasyprint": {"level": "WARNING"},
    },
}
