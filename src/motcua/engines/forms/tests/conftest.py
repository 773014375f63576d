"""Three real forms and small ones to build tests from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from motcua.engines import forms
from motcua.engines.forms import Form
from motcua.engines.forms.tests.examples import sample


@pytest.fixture
def birth() -> Form:
    return sample("birth")


@pytest.fixture
def extract() -> Form:
    return sample("extract")


@pytest.fixture
def pension() -> Form:
    return sample("pension")


@pytest.fixture
def form_of() -> Callable[..., Form]:
    """A form of a few components."""

    def make(*components: dict[str, Any], **more: Any) -> Form:
        return forms.load({"type": "default", "components": list(components)}, **more)

    return make
