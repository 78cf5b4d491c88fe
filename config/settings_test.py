"""Settings of the tests: the same product, only faster and without a mail server."""

import atexit
import os
import shutil
import tempfile

os.environ.setdefault("SECRET_KEY", "tests-only-" + "x" * 50)
os.environ.setdefault("BASE_URL", "http://127.0.0.1:8000")
os.environ.setdefault("ALLOWED_HOSTS", "*")
os.environ["DEBUG"] = "true"
# A machine that stands still for a while is no fault of a statement.
os.environ.setdefault("DATABASE_STATEMENT_TIMEOUT_MS", "60000")
os.environ.setdefault("DATABASE_URL", "postgres://unused@127.0.0.1:1/unused")

from config.settings import *

DEBUG = False
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
MEDIA_ROOT = tempfile.mkdtemp(prefix="kennisborg-tests-")
atexit.register(shutil.rmtree, MEDIA_ROOT, ignore_errors=True)
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT = tempfile.gettempdir()
DATABASES["default"]["CONN_MAX_AGE"] = 0
((_partials, _loaders),) = TEMPLATES[0]["OPTIONS"]["loaders"]  # parse each template once
TEMPLATES[0]["OPTIONS"]["loaders"] = [
    (_partials, [("django.template.loaders.cached.Loader", _loaders)])
]
