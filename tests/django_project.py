"""The settings of a small Django project, and how a test has Django configured with them.

Django's settings are one for the whole process, so a test that needs Django calls :func:`configure`
before it imports what reads them. With ``--settings django_project`` they serve Django's own
commands. The project's consumers are in ``django_chat``, what they look like in use in
``tests/django``.
"""

from __future__ import annotations

import atexit
from functools import cache

SECRET_KEY = "known to everybody, and long enough to sign a token with"
ALLOWED_HOSTS = ["testserver"]
ASGI_APPLICATION = "django_chat.application"
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
# While tests run, Django keeps it in memory that all threads of the process share.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
        "TEST": {"MIGRATE": False},
    }
}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the fastest
ROOT_URLCONF = "django_project"
USE_TZ = True

urlpatterns: list[object] = []


@cache
def configure() -> None:
    """Configure Django and load its apps, once; further calls do nothing."""
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure()
    # One by one, so that it does not matter which test of the process was there before.
    for name, value in globals().items():
        if name.isupper():
            setattr(settings, name, value)
    django.setup()


@cache
def create_database() -> None:
    """Create the tables of users and sessions, once; they live until the process ends."""
    configure()
    from django.test.utils import setup_databases, teardown_databases

    created = setup_databases(verbosity=0, interactive=False)
    atexit.register(teardown_databases, created, verbosity=0)
