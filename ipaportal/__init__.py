"""The portal. Secrets given as files are read before anything asks for them."""

import os

from ipaportal.core import secretfiles

secretfiles.take(os.environ)
