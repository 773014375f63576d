"""The faces of the provider: for browsers on their way, for machines, for people's accounts, for officers."""
