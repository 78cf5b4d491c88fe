"""How a web server reaches the pages."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from config.stack import with_room

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = with_room(get_wsgi_application())

# What is loaded once stays: no collection of garbage looks through it again while a page waits, and
# processes that are forked go on sharing its memory.
_patterns = get_resolver().url_patterns
gc.collect()
gc.freeze()
# A page makes some thousands of objects that go together when it is sent. Whoever looks through the
# young ones at every 700th, as Python does, finds them all in use, ten times a page.
gc.set_threshold(10_000)
