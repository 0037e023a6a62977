"""Settings of the tests: their own data folder, with its own embedded servers; cheap passwords."""

import os

from ipaportal.core import embedded

# Workers and commands that tests start inherit the folder and must not go deeper.
if embedded.data_dir().name != "tests":
    os.environ["IPA_DATA_DIR"] = str(embedded.data_dir() / "tests")

from ipaportal.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Tests that watch a folder name one of their own.
INBOX_DIR = None
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# One address is everybody here; tests/ipaportal/test_identity_web_limits.py asks for the real ones.
KNOCKS = {what: (100_000, seconds) for what, (_, seconds) in KNOCKS.items()}  # noqa: F405
