"""Django's own commands, for those who build Motcua: `python -m motcua.cli.manage makemigrations`."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")
    execute_from_command_line([sys.argv[0] or "manage", *sys.argv[1:]])
