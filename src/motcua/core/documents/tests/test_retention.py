"""Bytes that nobody names any more leave the disk; bytes that somebody may need stay."""

from __future__ import annotations

import io
import os
import time

import pytest

from motcua.core.documents import actions, retention, store
from motcua.core.errors import NotFound
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting


def a_day_old(digest: str) -> None:
    past = time.time() - store.UNNAMED_FOR - 1
    os.utime(store._path(digest), (past, past))


def test_bytes_go_when_nobody_has_put_them_for_a_day() -> None:
    digest = store.put(b"only here")
    store.remove(digest)
    assert store.get(digest) == b"only here"
    a_day_old(digest)
    store.remove(digest)
    with pytest.raises(NotFound):
        store.get(digest)
    store.remove(digest)


def test_putting_the_same_again_keeps_it() -> None:
    digest = store.put(b"twice")
    a_day_old(digest)
    assert store.put(b"twice") == digest
    store.remove(digest)
    assert store.get(digest) == b"twice"


@pytest.mark.django_db
def test_a_file_goes_with_its_bytes_unless_another_shares_them(
    django_capture_on_commit_callbacks: pytest.FixtureRequest,
) -> None:
    with acting(SYSTEM):
        one, same, other = (
            actions.upload(SYSTEM, name="a.pdf", stream=io.BytesIO(content))
            for content in (b"%PDF-1.7 one", b"%PDF-1.7 one", b"%PDF-1.7 other")
        )
        for file in (one, other):
            a_day_old(file.sha256)
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            assert retention.forget_files([one.uuid, other.uuid]) == 2
        assert store.get(same.sha256)
        with pytest.raises(NotFound):
            store.get(other.sha256)


@pytest.mark.django_db
def test_a_file_of_a_case_is_never_forgotten() -> None:
    with acting(SYSTEM):
        file = actions.upload(SYSTEM, name="a.pdf", stream=io.BytesIO(b"%PDF-1.7 case"), case_id=1)
        assert retention.forget_files([file.uuid]) == 0
