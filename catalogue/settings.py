"""Django's settings. Only this module reads the environment; README.md documents each name."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import django_stubs_ext

from catalogue.database import databases
from catalogue.secret_key import secret_key

# Lets classes such as ModelAdmin[Facility] name their model at run time too, as mypy wants it.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent


def _text(name: str, default: str = "") -> str:
    return os.environ.get(f"CATALOGUE_{name}", "") or default


def _flag(name: str) -> bool:
    return _text(name).lower() in ("1", "true", "yes", "on")


def _words(name: str) -> list[str]:
    return [word.strip() for word in _text(name).split(",") if word.strip()]


# --- where things are -------------------------------------------------------------------------
VAR = Path(_text("VAR", str(BASE_DIR / "var"))).resolve()
BASE_URL = _text("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
DATABASES: dict[str, dict[str, Any]] = databases(_text("DATABASE_URL"), VAR)

# --- security ---------------------------------------------------------------------------------
DEBUG = _flag("DEBUG")
SECRET_KEY = secret_key(_text("SECRET_KEY"), VAR / "secret_key")
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", urlsplit(BASE_URL).hostname, *_words("HOSTS")]
_HTTPS = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [BASE_URL] if _HTTPS else []
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
# The proxy that ends TLS also redirects to it and sends HSTS: both belong where the certificate is.
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]
X_FRAME_OPTIONS = "DENY"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# --- the application --------------------------------------------------------------------------
INSTALLED_APPS = [
    "catalogue.apps.CatalogueConfig",
    "ingest.apps.IngestConfig",
    "harvest.apps.HarvestConfig",
    "rest_framework",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "catalogue.urls"
WSGI_APPLICATION = "catalogue.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "catalogue.portal.context.site",
            ],
        },
    },
]
STATIC_URL = "/static/"
# Served from the source tree as it is: two small files need no build step and no collected copy.
WHITENOISE_USE_FINDERS = True
LOGIN_URL = "portal:login"
LOGIN_REDIRECT_URL = "portal:my_investigations"
LOGOUT_REDIRECT_URL = "portal:home"
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}

# --- Celery: in process without a broker ------------------------------------------------------
CELERY_BROKER_URL = _text("BROKER_URL", "memory://localhost/")
CELERY_TASK_ALWAYS_EAGER = not _text("BROKER_URL")
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
# A task is acknowledged when its work is committed, a message when the broker has it on disk, and a
# worker takes no more than it works on: whoever is killed, nothing is lost.
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {"confirm_publish": True} if _text("BROKER_URL") else {}
# A broker that is away is waited for, however long.
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_CONSUMER = "catalogue.worker:Consumer"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "release-embargoes": {"task": "catalogue.tasks.release_embargoes", "schedule": 15 * 60},
    "publish-due": {"task": "catalogue.tasks.publish_due", "schedule": 15 * 60},
    "send-reminders": {"task": "catalogue.tasks.send_reminders", "schedule": 60 * 60},
    "send-mails": {"task": "catalogue.tasks.send_mails", "schedule": 60},
    "check-federation": {"task": "harvest.tasks.check_federation", "schedule": 5 * 60},
    "register-dois": {"task": "catalogue.tasks.register_dois", "schedule": 60},
    "reconcile-dois": {"task": "catalogue.tasks.reconcile_dois", "schedule": 24 * 60 * 60},
    "harvest-due": {"task": "harvest.tasks.harvest_due", "schedule": 5 * 60},
}

# --- what the facility calls itself -----------------------------------------------------------
REPOSITORY_NAME = _text("REPOSITORY_NAME", "Facility Metadata Catalogue")
ADMIN_EMAIL = _text("ADMIN_EMAIL", "data-manager@example.org")
# Without it no items are taken to be scored, and none are shown.
SCORING_TOKEN = _text("SCORING_TOKEN")
# RFC 3986 reg-name of the OAI identifiers (oai:domain:local); never change it once harvested.
OAI_DOMAIN = _text("OAI_DOMAIN", "catalogue.example.org")
OAI_PAGE_SIZE = int(_text("OAI_PAGE_SIZE", "100"))
OAI_MOST_AT_ONCE = int(_text("OAI_MOST_AT_ONCE", "3"))
OAI_FRIENDS = _words("OAI_FRIENDS")
OAI_ICON = _text("OAI_ICON")

# --- mail: without a server it is written to the console ---------------------------------------
# smtp://user:password@host:587 speaks STARTTLS, smtps://… TLS from the start (RFC 8314).
_SMTP = urlsplit(_text("SMTP_URL"))
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _SMTP.hostname else 'console'}.EmailBackend"
EMAIL_HOST = _SMTP.hostname or ""
EMAIL_PORT = _SMTP.port or {"smtps": 465}.get(_SMTP.scheme, 587)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_SMTP.username or ""), unquote(_SMTP.password or "")
EMAIL_USE_SSL = _SMTP.scheme == "smtps"
# Only a server on this machine is spoken to in the clear.
EMAIL_USE_TLS = not EMAIL_USE_SSL and _SMTP.hostname not in ("localhost", "127.0.0.1")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = _text("MAIL_FROM", ADMIN_EMAIL)

# --- DOIs: without a DataCite address the local registrar hands out test DOIs -------------------
DATACITE_URL = _text("DATACITE_URL")
DATACITE_REPOSITORY = _text("DATACITE_REPOSITORY")
DATACITE_PASSWORD = _text("DATACITE_PASSWORD")
# Of the 3,000 that DataCite allows an account in five minutes; the rest is for people.
DATACITE_REQUESTS = int(_text("DATACITE_REQUESTS", "2400"))

# --- ingest -----------------------------------------------------------------------------------
INGEST_WORKERS = int(_text("INGEST_WORKERS", str(os.cpu_count() or 1)))
INGEST_DEADLINE_S = float(_text("INGEST_DEADLINE_S", "20"))
# `placeholder` or `quarantine`; a facility may have its own.
UNKNOWN_PROPOSALS = _text("UNKNOWN_PROPOSALS", "placeholder")
INGEST_SETTLE_S = float(_text("INGEST_SETTLE_S", "5"))
# Ingest on other hosts reads uploads too: where there are some, the folder is on a shared disk.
UPLOAD_FOLDER = Path(_text("UPLOAD_FOLDER", str(VAR / "uploads"))).resolve()
UPLOAD_MAX_MB = int(_text("UPLOAD_MAX_MB", "2048"))
VALIDATE_NEXUS = _flag("VALIDATE_NEXUS")
VALIDATION_DEADLINE_S = float(_text("VALIDATION_DEADLINE_S", "60"))

# --- outbound HTTP to addresses that people enter -----------------------------------------------
PRIVATE_HOSTS = [host.lower() for host in _words("PRIVATE_HOSTS")]
FEDERATION_DEADLINE_S = float(_text("FEDERATION_DEADLINE_S", "5"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": _text("LOG_LEVEL", "WARNING").upper()},
}
