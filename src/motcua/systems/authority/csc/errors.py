"""Errors as the API tells them: a code that programs read, a sentence that people read, an HTTP status."""

from __future__ import annotations


class ApiError(Exception):
    """`code` and `description` become `error` and `error_description` (CSC API 1.0.4 section 10)."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code, self.description, self.status = code, description, status


def invalid(what: str) -> ApiError:
    """A parameter that is missing or wrong."""
    return ApiError("invalid_request", what)
