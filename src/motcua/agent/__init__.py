"""The signing agent at an officer's desk: it speaks with the token that is plugged in, and with the site.

It needs no database and no settings; the PIN is asked in its own window and never leaves this machine.
"""
