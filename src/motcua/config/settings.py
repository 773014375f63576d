"""Settings, read from the environment only; the table of them is docs/settings.md."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from motcua.config import home, postgres


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").strip().lower() in {"1", "true", "yes", "on"}


def _words(name: str, default: str) -> list[str]:
    return [word for word in os.environ.get(name, default).replace(",", " ").split() if word]


PACKAGE = Path(__file__).resolve().parent.parent
MOTCUA_HOME = home.home()
MOTCUA_SANDBOX = _flag("MOTCUA_SANDBOX")
MOTCUA_AUTHORITY = os.environ.get("MOTCUA_AUTHORITY", "Tỉnh Thái Nguyên")
MOTCUA_SITE = os.environ.get("MOTCUA_SITE", "http://127.0.0.1:8000").rstrip("/")

DEBUG = _flag("MOTCUA_DEBUG")
SECRET_KEY = home.secret("secret_key")
ALLOWED_HOSTS = _words("MOTCUA_HOSTS", "127.0.0.1 localhost [::1]")
MOTCUA_FACES = [face.rstrip("/") for face in _words("MOTCUA_FACES", "")]
ALLOWED_HOSTS += [host for face in MOTCUA_FACES if (host := urlsplit(face).hostname)]
CSRF_TRUSTED_ORIGINS = [*_words("MOTCUA_ORIGINS", ""), *MOTCUA_FACES]
MOTCUA_SECURE = MOTCUA_SITE.startswith("https://")
if _flag("MOTCUA_BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

MOTCUA_CLIENT_CERTIFICATE_HEADER = os.environ.get("MOTCUA_CLIENT_CERTIFICATE_HEADER", "")
MOTCUA_CSC_PASSWORD = _flag("MOTCUA_CSC_PASSWORD", MOTCUA_SANDBOX)
MOTCUA_IDENTITY_SOURCES = os.environ.get("MOTCUA_IDENTITY_SOURCES", "")
MOTCUA_OPENID_ISSUER = os.environ.get("MOTCUA_OPENID_ISSUER", "").rstrip("/")
MOTCUA_OPENID_CLIENT_ID = os.environ.get("MOTCUA_OPENID_CLIENT_ID", "")
MOTCUA_OPENID_NAME = os.environ.get("MOTCUA_OPENID_NAME", "")

MOTCUA_EXCHANGE_INSTANCE = os.environ.get("MOTCUA_EXCHANGE_INSTANCE", "VN")
MOTCUA_EXCHANGE_GATEWAY_ADDRESSES = _words("MOTCUA_EXCHANGE_GATEWAY_ADDRESSES", "")
MOTCUA_EXCHANGE_GATEWAY_STATES = _words("MOTCUA_EXCHANGE_GATEWAY_STATES", "")
MOTCUA_EVENTS_NATS = _words("MOTCUA_EVENTS_NATS", "")
MOTCUA_EVENTS_NATS_SECRET_FILE = os.environ.get("MOTCUA_EVENTS_NATS_SECRET_FILE", "")
MOTCUA_EVENTS_NATS_CA_FILE = os.environ.get("MOTCUA_EVENTS_NATS_CA_FILE", "")
MOTCUA_EVENTS_STREAM = os.environ.get("MOTCUA_EVENTS_STREAM", "")
MOTCUA_EVENTS_COPIES = int(os.environ.get("MOTCUA_EVENTS_COPIES", "1"))

MOTCUA_POPULATION = os.environ.get("MOTCUA_POPULATION", "sandbox")
MOTCUA_SMS_CHANNEL = os.environ.get("MOTCUA_SMS_CHANNEL", "sandbox_sms")
MOTCUA_EMAIL_CHANNEL = os.environ.get("MOTCUA_EMAIL_CHANNEL", "sandbox_email")
MOTCUA_CARD_READER = os.environ.get("MOTCUA_CARD_READER", "sandbox" if MOTCUA_SANDBOX else "")

MOTCUA_PKCS11_MODULE = os.environ.get("MOTCUA_PKCS11_MODULE", "")
MOTCUA_PKCS11_TOKEN = os.environ.get("MOTCUA_PKCS11_TOKEN", "")
MOTCUA_PKCS11_PIN_FILE = os.environ.get("MOTCUA_PKCS11_PIN_FILE", "")
MOTCUA_CSC_URL = os.environ.get("MOTCUA_CSC_URL", "")
MOTCUA_CSC_TOKEN_FILE = os.environ.get("MOTCUA_CSC_TOKEN_FILE", "")

ROOMS = [
    "motcua.core.sealing",
    "motcua.core.ledger",
    "motcua.core.organisations",
    "motcua.core.outbound",
    "motcua.core.registers",
    "motcua.core.identity",
    "motcua.core.exchange",
    "motcua.core.documents",
    "motcua.core.notifications",
    "motcua.core.payments",
    "motcua.core.services",
    "motcua.core.cases",
    "motcua.systems.portal",
    "motcua.systems.onestop",
    "motcua.systems.eid",
    "motcua.systems.openid",
    "motcua.systems.studio",
    "motcua.systems.authority",
    "motcua.systems.staff",
    "motcua.systems.verification",
    "motcua.systems.transparency",
    "motcua.systems.indicators",
    "motcua.systems.intake",
    "motcua.systems.bank",
    "motcua.systems.sandboxes",
    "motcua.systems.govstack",
    "motcua.systems.wallet",
    "motcua.systems.dispatch",
    "motcua.systems.registers",
    "motcua.systems.exchange",
]
ROOMS = [room for room in ROOMS if (PACKAGE.joinpath(*room.split(".")[1:]) / "apps.py").exists()]

INSTALLED_APPS = [
    *ROOMS,
    "motcua.shell",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "ninja",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "motcua.core.identity.addresses.AddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "motcua.shell.security.SecurityHeaders",
    "django.middleware.common.CommonMiddleware",
    "motcua.shell.errors.UserErrors",
    "motcua.systems.registers.door.RecordDoor",
    "motcua.core.identity.middleware.ActorMiddleware",
    "motcua.shell.language.LanguageMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "motcua.core.identity.access.PolicyMiddleware",
]

ROOT_URLCONF = "motcua.systems.govstack.urls" if _flag("MOTCUA_GOVSTACK_FACE") else "motcua.config.urls"
WSGI_APPLICATION = "motcua.config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "motcua.shell.jinja.environment"},
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]
TEMPLATES[0]["DIRS"] = [
    str(folder)
    for room in [*ROOMS, "motcua.shell"]
    if (folder := PACKAGE.joinpath(*room.split(".")[1:]) / "templates").is_dir()
]


def _database(parameters: dict[str, Any]) -> dict[str, Any]:
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **{names[key]: value for key, value in parameters.items() if key in names},
        "OPTIONS": {key: value for key, value in parameters.items() if key not in names},
    }


_connections = postgres.connection_parameters()
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **_database(_connections["app"]),
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "CONN_HEALTH_CHECKS": True,
    },
    "owner": _database(_connections["owner"]),
}
if _flag("MOTCUA_POOL"):
    DATABASES["default"]["OPTIONS"] = {
        **DATABASES["default"].get("OPTIONS", {}),
        "pool": {"min_size": 2, "max_size": int(os.environ.get("MOTCUA_POOL_SIZE", "10")), "timeout": 10},
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(MOTCUA_HOME / "cache"),
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

AUTH_USER_MODEL = "identity.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
"""One, since each hashes what was typed."""
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
SESSION_ENGINE = "motcua.core.identity.sessions"
SESSION_COOKIE_NAME = "phien"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = MOTCUA_SECURE
SESSION_COOKIE_AGE = 8 * 60 * 60
CSRF_FAILURE_VIEW = "motcua.shell.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
LOGIN_URL = "/dang-nhap/"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "motcua.core.identity.allauth_adapter.AccountAdapter"
ACCOUNT_TEMPLATE_EXTENSION = "jinja"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_USERNAME_MIN_LENGTH = 2
MFA_ADAPTER = "motcua.core.identity.second_factor.MFAAdapter"
MFA_TOTP_TOLERANCE = 1
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "Một cửa"
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = MOTCUA_SANDBOX
if _flag("MOTCUA_UNLIMITED"):
    ACCOUNT_RATE_LIMITS: Any = False

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
USE_I18N = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = str(MOTCUA_HOME / "static")
STATICFILES_DIRS: list[Any] = []
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+-[0-9a-f]{10}\.[a-z0-9]+$"

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
MOTCUA_FONTS = PACKAGE / "shell" / "static" / "dist" / "fonts" / "tinos"
MOTCUA_MAX_FILE = 25 * 1024 * 1024

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = ["models.W042", "auth.W004"]  # a user name is unique by its blind index

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": os.environ.get("MOTCUA_LOG", "WARNING")},
}
