"""How a web server reaches the pages."""

import os

from django.core.wsgi import get_wsgi_application

from core.memory import keep_loaded, with_room

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = with_room(get_wsgi_application())
keep_loaded()
