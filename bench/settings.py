"""Production settings with the floor view beside the product; only a benchmark starts with them."""

from config.settings import *

ROOT_URLCONF = "bench.urls"
MIDDLEWARE = ["bench.counting.CountingMiddleware", *MIDDLEWARE]
TEMPLATES[0]["DIRS"] = [BASE_DIR / "bench" / "templates", *TEMPLATES[0]["DIRS"]]
