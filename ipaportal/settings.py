"""Settings, all from the environment; without any, the portal runs on its own embedded servers."""

import os
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from ipaportal.core import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = embedded.data_dir()
DEBUG = False
EMBEDDED = not os.environ.get("DATABASE_URL")
# Behind a DATABASE_URL lives somebody's real data: then the key has to be given.
SECRET_KEY = embedded.secret_key() if EMBEDDED else os.environ.get("SECRET_KEY", "")
if not SECRET_KEY:
    sys.exit("SECRET_KEY is not set: beside a DATABASE_URL it has to be. Nothing was started.")


def _list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


ALLOWED_HOSTS = _list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if EMBEDDED else "")
CSRF_TRUSTED_ORIGINS = _list("CSRF_TRUSTED_ORIGINS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not EMBEDDED
if not EMBEDDED:  # browsers take these names over HTTPS only, and from this host only
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
# Seconds without a click until a session ends; see ipaportal/identity/lifetimes.py.
SESSION_IDLE_SECONDS = {
    "staff": int(os.environ.get("SESSION_IDLE_STAFF_MINUTES", "15")) * 60,
    "provider": int(os.environ.get("SESSION_IDLE_PROVIDER_MINUTES", "60")) * 60,
}
SESSION_WHOLE_SECONDS = int(os.environ.get("SESSION_WHOLE_HOURS", "12")) * 60 * 60
SESSION_COOKIE_AGE = max(SESSION_IDLE_SECONDS.values())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_SSL_REDIRECT = not EMBEDDED and os.environ.get("SECURE_SSL_REDIRECT", "1") == "1"
# Probes ask inside the machine, without TLS; they learn nothing but a word.
SECURE_REDIRECT_EXEMPT = [r"^health/(live|ready)$"]
SECURE_HSTS_SECONDS = 0 if EMBEDDED else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = not EMBEDDED
# Browsers' preload lists are for the owner of the whole domain to join.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
if os.environ.get("BEHIND_PROXY") == "1":  # which must set this header itself, always
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # else everybody shares the proxy's rate limit
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",  # the picture of a TOTP secret never leaves the page
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
PERMISSIONS_POLICY = [
    "publickey-credentials-create=(self)",  # passkeys
    "publickey-credentials-get=(self)",
    "clipboard-write=(self)",  # the copy buttons
    *(f"{name}=()" for name in ("camera", "microphone", "geolocation", "payment", "usb")),
    *(f"{name}=()" for name in ("bluetooth", "serial", "hid", "midi", "display-capture")),
    *(f"{name}=()" for name in ("browsing-topics", "clipboard-read", "fullscreen")),
]
# Messages name members and practices: they stay on the server, not in a readable cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# The most bytes of a request, by what its view takes; see ipaportal/identity/web/uploads.py.
UPLOAD_MAX_BYTES = {
    "form": 1 << 20,
    "hotline": 26 << 20,  # three pictures, from people who are not signed in
    "list": 20 << 20,  # lists are read whole: networks, rates, PCPs, a bank's returns
    "plan_file": int(os.environ.get("PLAN_FILE_MAX_MB", "512")) << 20,  # streamed to the store
}
# The most that one person sends to pages that take files, in a day.
UPLOAD_DAY = {
    "times": int(os.environ.get("UPLOAD_DAY_TIMES", "500")),
    "bytes": int(os.environ.get("UPLOAD_DAY_MB", "8192")) << 20,
}
# A virus scanner that looks at every file first: where ClamAV's clamd listens, as a path of a
# socket or as host:port. Empty: none; see ipaportal/identity/web/scanning.py.
CLAMD = os.environ.get("CLAMD", "")
DATA_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_MAX_BYTES["form"]
DATA_UPLOAD_MAX_NUMBER_FILES = 100
# What is too large for memory lies sealed, under no name, until it is taken over or refused.
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "ipaportal.identity.web.arriving.SealedUploadHandler",
]
# How often, in so many seconds, one place may do what needs no account; see identity/web/limits.py.
KNOCKS = {
    "form": (60, 60),  # send a form without being signed in
    "sso": (60, 60),  # go to the sign-in server, or come back
    "hotline": (30, 600),  # report without a name, or try a mailbox's code
    "refusal": (20, 600),  # be refused and have it written down
    "refusals": (2000, 3600),  # the same, of all strangers together
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"


def _database(url: str) -> dict:
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return {
        "ENGINE": "ipaportal.core.postgres",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", [parts.hostname or ""])[0],
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


# Everything signs in as the app; `migrate` and what makes databases are the owner for a while.
DATABASES = {
    "default": _database(os.environ.get("DATABASE_URL") or embedded.postgres_url(DATA_DIR))
}
DATABASE_OWNER = (
    _database(embedded.postgres_url(DATA_DIR, embedded.OWNER))
    if EMBEDDED
    else _database(os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"])
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "identity.User"

# Where people write without a name: nothing of these requests is logged, see home/unnamed.py.
UNNAMED_PATHS = ("/hotline/",)
INSTALLED_APPS = [
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
# Whom this portal may ask over the internet, as name or name:port, and the private networks that
# such servers may be in; see ipaportal/core/outbound.py.
OUTBOUND_HOSTS = _list("OUTBOUND_HOSTS")
OUTBOUND_NETWORKS = _list("OUTBOUND_NETWORKS")
# Certificates of an authority of the IPA's own, trusted for these connections besides the usual.
OUTBOUND_CA_FILE = os.environ.get("OUTBOUND_CA_FILE", "")

MIDDLEWARE = [
    "ipaportal.home.unnamed.UnnamedMiddleware",
    "ipaportal.home.requests.RequestMiddleware",
    "ipaportal.home.headers.SecurityHeadersMiddleware",
    "ipaportal.home.methods.MethodMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "ipaportal.identity.web.limits.KnockMiddleware",
    "ipaportal.identity.web.uploads.UploadLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ipaportal.identity.middleware.ActorMiddleware",
    "ipaportal.identity.web.scanning.ScanMiddleware",
    "ipaportal.identity.web.searches.SearchMiddleware",
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
            # `{% csrf_token %}` gives every form its token of ipaportal/identity/web/once.py too.
            "builtins": ["ipaportal.home.templatetags.sent_forms"],
        },
    }
]
ROOT_URLCONF = "ipaportal.urls"
WSGI_APPLICATION = "ipaportal.wsgi.application"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # serves the files where they lie: no step before the start
STATICFILES_DIRS = [BASE_DIR / "ipaportal" / "static"]
PERMISSION_TABLES = [
    "ipaportal.audit.permissions",
    "ipaportal.identity.permissions",
    "ipaportal.ledger.permissions",
    "credentialing.permissions",
    "capitation.permissions",
    "purchasing.permissions",
    "compliance.permissions",
    "ipaportal.home.permissions",
]

# Sign-in. The one-click sign-in of the demo needs the embedded servers: with a DATABASE_URL it
# cannot be switched on.
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
] + [{"NAME": "ipaportal.identity.passwords.GuessablePasswordValidator"}]
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
MFA_TOTP_TOLERANCE = 1  # a phone whose clock is half a minute off; a code is taken once
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = EMBEDDED  # http://localhost
MFA_RECOVERY_CODES_SHOW_ONCE = True
USERSESSIONS_TRACK_ACTIVITY = True  # by ActorMiddleware, once a minute

# Sign-in at a server that the IPA has already, by OpenID Connect; runbooks/single-sign-on.md says
# how to set it up. Its hosts have to be in OUTBOUND_HOSTS. Empty: there is none.
OIDC_ISSUER = os.environ.get("OIDC_ISSUER", "")
OIDC_NAME = os.environ.get("OIDC_NAME", "single sign-on")
OIDC_CLIENT_ID = os.environ.get("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = os.environ.get("OIDC_CLIENT_SECRET", "")
if OIDC_ISSUER and not (
    OIDC_ISSUER.startswith("https://") and OIDC_CLIENT_ID and OIDC_CLIENT_SECRET
):
    sys.exit("OIDC_ISSUER needs https, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET. Nothing was started.")
# Verified addresses of these domains lead to the account of the same address, the first time; all
# others are linked by an administrator.
OIDC_EMAIL_DOMAINS = _list("OIDC_EMAIL_DOMAINS")
# Whoever is linked signs in there only, so that who is shut out there is shut out here.
OIDC_INSTEAD_OF_PASSWORD = os.environ.get("OIDC_INSTEAD_OF_PASSWORD", "1") == "1"
# What its tokens hold (`acr`, `amr`) if a second factor was shown there; none: ours is asked for.
OIDC_MFA_ACR = _list("OIDC_MFA_ACR")
OIDC_MFA_AMR = _list("OIDC_MFA_AMR")

# What the apps bring to the front page and the search: dotted names of `f(actor, today)` and
# `f(actor, text)`; see ipaportal/core/cards.py.
HOME_CARDS: list[str] = [
    "ipaportal.home.queries.setup.setup_cards",
    "ipaportal.identity.queries.cards.people_cards",
    "credentialing.queries.screening_cards.screening_cards",
    "credentialing.queries.file_cards.file_cards",
    "credentialing.queries.adverse.hearing_cards",
    "credentialing.queries.directory.directory_cards",
    "credentialing.queries.facility_directory.facility_directory_cards",
    "credentialing.queries.hold_cards.hold_cards",
    "credentialing.queries.roster_cards.roster_cards",
    "credentialing.queries.members_room.member_cards",
    "capitation.queries.staff_cards.month_end_cards",
    "capitation.queries.staff_cards.intake_cards",
    "capitation.queries.payment_cards.payment_cards",
    "capitation.queries.statement_cards.statement_cards",
    "purchasing.queries.cards.buying_cards",
    "compliance.queries.cards.compliance_cards",
    "compliance.queries.case_cards.case_cards",
]
# Who says how many members, and how much money, hang on a practitioner: the network lies below.
NETWORK_STAKES = "capitation.queries.panel_stakes.panel_stakes"
# Who names the group orders that practices are in for.
NETWORK_ORDERS = "purchasing.queries.order_stakes.open_orders"
# Who tells a file what happened since the last decision, beside the network itself.
NETWORK_PERFORMANCE: list[str] = [
    "compliance.queries.practice_findings.findings_since",
    "capitation.queries.panel_performance.panel_since",
    "compliance.queries.practice_claims.visits_since",
]
HOME_SEARCH: list[str] = [
    "ipaportal.identity.queries.cards.find_people",
    "capitation.queries.search.find_in_capitation",
    "credentialing.queries.cards.find_in_network",
    "purchasing.queries.cards.find_in_buying",
    "compliance.queries.case_cards.find_cases",
]

PGHISTORY_CREATED_AT_FUNCTION = "clock_timestamp()"

# Celery wakes and repeats; that nothing is lost or done twice rests on the rows, not on it.
REDIS_URL = os.environ.get("REDIS_URL") or embedded.redis_url(DATA_DIR)
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 30 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # An unfinished task is handed out again only when the first taker is surely dead.
    "visibility_timeout": 2 * CELERY_TASK_TIME_LIMIT + 60,
    # Whoever wakes a worker holds a person's request: one attempt, and the tick does the rest.
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "socket_connect_timeout": 1,
    "socket_timeout": 10,
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat")
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "home.tick", "schedule": 60.0},
    "prove": {"task": "home.prove", "schedule": 60 * 60.0},
    # Jobs of the calendar run daily and look for themselves whether their day has come: then a
    # machine that slept through the first of the month opens it on the second.
}
# Dotted names of `f(now) -> int`, which take waiting rows one step on and say how many.
TICK_STEPS: list[str] = [
    "capitation.actions.inbox.step_inbox",
    "credentialing.actions.screening_runs.step_screening",
    "capitation.actions.advance.step_files",
    "capitation.actions.advance.step_calendar",
    "capitation.actions.advance.step_runs",
    "credentialing.actions.stopping.step_stops",
    "credentialing.actions.meetings.step_agendas",
    "credentialing.actions.expirables.step_expirables",
    "credentialing.actions.hearings.step_hearings",
    "credentialing.actions.askings.step_askings",
    "credentialing.actions.directory.step_directory",
    "credentialing.actions.audits.step_packets",
    "compliance.actions.checks.step_checks",
    "compliance.actions.looks.step_looks",
    "compliance.actions.claims.step_claims",
    "compliance.actions.remits.step_remits",
    "compliance.actions.care_nightly.step_care",
    "compliance.actions.health_records.step_records",
    "compliance.actions.ibnr.step_ibnr",
    "compliance.actions.health_links.step_imports",
    "compliance.actions.packets.step_packets",
    "compliance.actions.holds.step_reminders",
    "compliance.actions.purges.step_purges",
    "compliance.actions.campaigns.step_campaigns",
    "purchasing.actions.orders.step_orders",
    "purchasing.actions.standing.step_standing",
    "purchasing.actions.control.step_requests",
    "purchasing.actions.award_asks.step_asks",
    "purchasing.actions.award_decisions.step_approvals",
    "purchasing.actions.awards.step_deliveries",
    "purchasing.actions.charges.step_charges",
    "purchasing.actions.rebate_clock.step_rebates",
    "purchasing.actions.trade.step_papers",
    "purchasing.actions.reference.step_lists",
    "purchasing.actions.recalls.step_recalls",
    "ipaportal.identity.actions.sent_forms.forget_old_forms",
    "ipaportal.audit.months.step_months",
    "ipaportal.audit.sealing.step_seal",
    "ipaportal.home.evidence.step_mail",
]
# What an entry of the books was booked for, by the first word of its key: who may open which page
# with the number that follows. Payers and buyers are strangers: only here do they meet.
PAGES_OF_ENTRIES: dict[str, list[tuple[str, str]]] = {
    "netting": [
        ("purchasing.view_charges", "purchasing:netting_run_detail"),
        ("purchasing.view_shop", "purchasing:my_netting_run"),
    ],
    "rebate": [
        ("purchasing.view_charges", "purchasing:rebate_receipt"),
        ("purchasing.view_shop", "purchasing:my_rebate_receipt"),
    ],
}
STATEMENTS_OF_ENTRIES = ("capitation.view_statements", "capitation:statement_list")
# Where checkpoints of the audit log are kept: best another volume than the database's.
CHECKPOINT_FOLDER = Path(os.environ.get("CHECKPOINT_FOLDER") or DATA_DIR / "checkpoints")
# Dotted names of `f() -> InvariantCheck`: what `prove` checks beside the SQL of the apps.
PROVE_CHECKS: list[str] = [
    "ipaportal.audit.proving.check_tree",
    "ipaportal.audit.proving.check_checkpoints",
]

if os.environ.get("EMAIL_HOST"):
    EMAIL_HOST = os.environ["EMAIL_HOST"]
    EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "587"))
    EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
    EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
    EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "1") == "1"
else:
    EMAIL_HOST = ""
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "portal@localhost")

LOG_FORMAT = os.environ.get("LOG_FORMAT") or ("line" if EMBEDDED else "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"origin": {"()": "ipaportal.home.logs.OriginFilter"}},
    "formatters": {
        "line": {"()": "ipaportal.home.logs.LineFormatter"},
        "json": {"()": "ipaportal.home.logs.JsonFormatter"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "filters": ["origin"],
            "formatter": "json" if LOG_FORMAT == "json" else "line",
        }
    },
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "ipaportal.request": {"level": "INFO"},
        "celery": {"level": "INFO"},
    },
}
# Whoever sends it as a bearer token reads /metrics; without one only the embedded servers' machine.
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")

# Minutes for which a record that was opened in an emergency stays open.
EMERGENCY_MINUTES = int(os.environ.get("EMERGENCY_MINUTES", "30"))
# When the office is open on a banking day, and where it stands: looks at members' records at other
# times are asked about.
OFFICE_HOURS = os.environ.get("IPA_OFFICE_HOURS", "06:00-20:00")
OFFICE_ZONE = os.environ.get("IPA_OFFICE_ZONE", "America/Los_Angeles")
# Where plans and the bank put files, a folder for each; each tick looks. A file is whole once it
# has not changed for these seconds, or is marked as done.
INBOX_DIR: Path | None = Path(os.environ.get("IPA_INBOX_DIR") or DATA_DIR / "inbox")
INBOX_STABLE_SECONDS = int(os.environ.get("INBOX_STABLE_SECONDS", "20"))
# Days between the approval of a payee's changed bank account and the first payment to it.
BANK_COOL_OFF_DAYS = int(os.environ.get("BANK_COOL_OFF_DAYS", "3"))
# The IPA's taxpayer number in remittances (835), where the company identifier of the account that
# payments leave from is not 1 and this number.
IPA_TIN = os.environ.get("IPA_TIN", "")
# Where the IPA is, in the files that it writes to practices and plans (835, 837): street, city,
# state and ZIP code with a bar between them.
IPA_ADDRESS = [part.strip() for part in os.environ.get("IPA_ADDRESS", "").split("|") if part]
if len(IPA_ADDRESS) not in (0, 4):
    raise ImproperlyConfigured(
        "IPA_ADDRESS: give street|city|state|ZIP code, as 1 A St|B|CA|93940."
    )
IPA_PHONE = "".join(filter(str.isdigit, os.environ.get("IPA_PHONE", "")))
