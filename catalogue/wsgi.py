"""The WSGI application that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "catalogue.settings")
application = get_wsgi_application()

# All pages are imported before the first request, not by it. What is there by then stays for good;
# looking through it for garbage held up one request in fifty by a tenth of a second.
resolve("/")
gc.collect()
gc.freeze()
