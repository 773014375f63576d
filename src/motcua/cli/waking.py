"""Waking Django up for a command that needs it."""

import os


def wake() -> None:
    """Load the settings and the rooms; a second call does nothing."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")
    django.setup()
