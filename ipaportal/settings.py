"""Settings, all from the environment; without any, the portal runs on its own embedded servers."""

import os
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from ipaportal.core import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = embedded.data_dir()
DEBUG = False
SECRET_KEY = os.environ.get("SECRET_KEY", "embedded-only-not-for-production")
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"


def _database(url: str) -> dict:
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", [parts.hostname or ""])[0],
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def _address() -> str:
    """The database's address; migrations run as its owner, everything else as the app."""
    owner = os.environ.get("DATABASE_OWNER_URL")
    if owner and sys.argv[1:2] == ["migrate"]:
        return owner
    return os.environ.get("DATABASE_URL") or embedded.postgres_url(DATA_DIR)


DATABASES = {"default": _database(_address())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "identity.User"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "pgtrigger",
    "pghistory",
    "ipaportal.audit",
    "ipaportal.identity",
    "ipaportal.ledger",
    "credentialing",
    "capitation",
    "purchasing",
    "compliance",
    "ipaportal.home",
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
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ipaportal.identity.middleware.ActorMiddleware",
    "ipaportal.audit.middleware.AuditMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "ipaportal" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ipaportal.home.context_processors.portal",
            ],
        },
    }
]
ROOT_URLCONF = "ipaportal.urls"
WSGI_APPLICATION = "ipaportal.wsgi.application"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "ipaportal" / "static"]
PERMISSION_TABLES = [
    "ipaportal.audit.permissions",
    "ipaportal.identity.permissions",
    "ipaportal.ledger.permissions",
    "credentialing.permissions",
    "capitation.permissions",
    "ipaportal.home.permissions",
]

# Sign-in. The one-click sign-in of the demo needs the embedded servers: with a DATABASE_URL it
# cannot be switched on.
EMBEDDED = not os.environ.get("DATABASE_URL")
DEMO = EMBEDDED and os.environ.get("IPA_DEMO") == "1"
SETUP_TOKEN = os.environ.get("IPA_SETUP_TOKEN", "")
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("MinimumLengthValidator", {"min_length": 12}),
        ("UserAttributeSimilarityValidator", {"user_attributes": ["email", "name"]}),
        ("CommonPasswordValidator", {}),
    ]
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "ipaportal.identity.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation has proven the address; nobody signs up
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "ipaportal.identity.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = EMBEDDED  # http://localhost
MFA_RECOVERY_CODES_SHOW_ONCE = True
USERSESSIONS_TRACK_ACTIVITY = True  # by ActorMiddleware, once a minute
SESSION_COOKIE_AGE = 30 * 60  # seconds without a click until the session ends
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_BACKEND = "django.core.mail.backends.{}.EmailBackend".format(
    "smtp" if EMAIL_HOST else "filebased"
)
EMAIL_FILE_PATH = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", "portal@localhost")

# What the apps bring to the front page and the search: dotted names of `f(actor, today)` and
# `f(actor, text)`; see ipaportal/core/cards.py.
HOME_CARDS: list[str] = ["ipaportal.identity.queries.cards.people_cards"]
HOME_SEARCH: list[str] = ["ipaportal.identity.queries.cards.find_people"]

PGHISTORY_CREATED_AT_FUNCTION = "clock_timestamp()"
