"""What can go wrong with the embedded server, said so that a person can act on it."""


class PostgresError(Exception):
    """PostgreSQL cannot be used; the message names the cause and the remedy in one or two sentences."""
