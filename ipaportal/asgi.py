"""The portal as an ASGI application."""

import os

from django.core.asgi import get_asgi_application

from ipaportal.core import embedded
from ipaportal.home.walls.standing import refuse_owner

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipaportal.settings")
embedded.ensure()
application = get_asgi_application()
refuse_owner()
