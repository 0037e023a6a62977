"""The portal as a WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

from ipaportal.core import embedded
from ipaportal.home.walls.standing import refuse_owner

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipaportal.settings")
embedded.ensure()
application = get_wsgi_application()
refuse_owner()
