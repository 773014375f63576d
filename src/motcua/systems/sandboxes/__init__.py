"""Systems of others to try connectors with: they answer as the real ones do, and fail as the real ones do.

Only where `MOTCUA_SANDBOX` is on, below `/thu-nghiem/`. Each server is a plain function of a call, so that tests may
also serve it from a port of its own (`serving.py`).
"""
