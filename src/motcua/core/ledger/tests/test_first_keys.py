"""The log's keys are made when they are first needed, also when many need them in the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from motcua.core.ledger import head_key, tree_keys


def public_key(home: Path) -> str:
    head_key._key.cache_clear()
    return head_key.key_id()


def first_in_the_chain(home: Path) -> str:
    return tree_keys.chain()[0].key_id


@pytest.mark.parametrize("need", [public_key, first_in_the_chain])
def test_those_who_need_the_first_key_at_once_agree_on_it(
    need: Callable[[Path], str], tmp_path: Path, settings: Any
) -> None:
    for number in range(10):
        settings.MOTCUA_HOME = home = tmp_path / str(number)
        begun, found = threading.Barrier(6), list[str]()

        def ask(home: Path = home, begun: threading.Barrier = begun, found: list[str] = found) -> None:
            begun.wait(60)
            found.append(need(home))

        threads = [threading.Thread(target=ask) for _ in range(6)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(60)
        assert found == [need(home)] * 6
        left = [file for file in home.rglob("*") if file.is_file()]
        assert not [file for file in left if file.suffix not in {".pem", ".json"}], left
        assert len([file for file in left if file.suffix == ".pem"]) == 1
    head_key._key.cache_clear()
