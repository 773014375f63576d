"""The transparency log: appending in batches, and proving one of ten million entries.

`appends_per_second`: payloads handed in, given their places, hashed, stored as leaves and tiles, the head signed twice
(for the house and for outsiders), and committed, by one process, on top of a log of ten million; the median of five
rounds of 40,000. `sealed_per_second` is the sealer's share of it. `proof_ms`: wall-clock milliseconds, the database's
included, from a leaf's hash to its place and audit path, each proof checked; the median of five rounds of 200 over
places at random, each with nothing kept from the one before. `naive_proof_ms` is what hashing all leaves again would
take, from the time for a hundredth of them.

The log lies in `$MOTCUA_HOME/bench-log` and is made once, in a minute or so; its leaves are SHA-256 of their index.
"""

from __future__ import annotations

import os
import random
import statistics
import threading
import time
from hashlib import sha256
from typing import Any

ENTRIES = 10_000_000
ROUNDS, APPENDED, PROOFS = 5, 40_000, 200


def run() -> dict[str, float]:
    """appends_per_second, sealed_per_second, proof_ms, proof_ms_p99, naive_proof_ms, entries."""
    from motcua.config import home, postgres

    os.environ["MOTCUA_HOME"] = str(home.home() / "bench-log")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")
    postgres.ensure_running()
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    try:
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        if not _is_made():
            _make()
        return _figures()
    finally:
        connections.close_all()
        postgres.stop()


def _figures() -> dict[str, float]:
    appends, seals = zip(*(_append() for _ in range(ROUNDS)), strict=True)
    proofs = [_prove() for _ in range(ROUNDS)]
    return {
        "appends_per_second": round(statistics.median(appends)),
        "sealed_per_second": round(statistics.median(seals)),
        "proof_ms": round(statistics.median(statistics.median(one) for one in proofs), 3),
        "proof_ms_p99": round(statistics.quantiles([each for one in proofs for each in one], n=100)[98], 3),
        "naive_proof_ms": round(_hash_all_ms()),
        "entries": ENTRIES,
    }


def _append() -> tuple[float, float]:
    """Entries a second from payload to committed head; and the sealer's alone."""
    from django.db import transaction

    from motcua.core.ledger import log
    from motcua.core.ledger.models import LogName

    payloads = [os.urandom(8) + b'{"kind":"bench","digest":"' + b"0" * 64 + b'"}' for _ in range(APPENDED)]
    begun = time.perf_counter()
    for start in range(0, APPENDED, log.BATCH):
        with transaction.atomic():
            log.submit_many(LogName.RESULTS, "bench", payloads[start : start + log.BATCH])
    handed_in = time.perf_counter()
    sealed = 0
    while sealed < APPENDED:
        with transaction.atomic():
            count = log.seal(LogName.RESULTS)
        if not count:
            raise RuntimeError(f"only {sealed} of {APPENDED} entries were sealed")
        sealed += count
    done = time.perf_counter()
    return APPENDED / (done - begun), APPENDED / (done - handed_in)


def _prove() -> list[float]:
    """Milliseconds of each proof; one that does not verify fails the bench."""
    from django.db import transaction

    from motcua.core.ledger import log, storage
    from motcua.core.ledger.models import LogName
    from motcua.engines import merkle

    taken = []
    with transaction.atomic():
        for index in (random.randrange(ENTRIES) for _ in range(PROOFS)):
            leaf = _leaf(index)
            begun = time.perf_counter()
            place = storage.place_of(LogName.RESULTS, leaf, ENTRIES)
            proof = log.prove(LogName.RESULTS, place, leaf) if place is not None else None
            taken.append((time.perf_counter() - begun) * 1000)
            if proof is None or not merkle.verify_inclusion(leaf, index, proof.size, proof.path, proof.root):
                raise RuntimeError(f"the proof of entry {index} does not hold")
    return taken


def _hash_all_ms() -> float:
    from motcua.engines.merkle import Tree

    tree, begun = Tree(), time.process_time()
    for index in range(ENTRIES // 100):
        tree.append_hash(_leaf(index))
    tree.root()
    return (time.process_time() - begun) * 100 * 1000


def _is_made() -> bool:
    from motcua.core.ledger.models import LogName, TreeHead

    return TreeHead.objects.filter(log=LogName.RESULTS, size=ENTRIES).exists()


def _make() -> None:
    """Ten million leaves: their rows made by the database, the tiles by this process, at the same time."""
    from django.db import connections, transaction

    from motcua.core.ledger import log
    from motcua.core.ledger.models import LogName
    from motcua.engines import merkle

    with connections["owner"].cursor() as cursor:
        cursor.execute("truncate ledger_logtile, ledger_logentry")
    rows = threading.Thread(target=_make_rows)
    rows.start()
    edge = merkle.Edge()
    with (
        connections["default"].cursor() as cursor,
        cursor.copy("copy ledger_logtile (log, level, index, hashes, root) from stdin") as copy,
    ):
        for begin in range(0, ENTRIES, 65_536):
            for tile in edge.append(map(_leaf, range(begin, min(begin + 65_536, ENTRIES)))):
                copy.write_row(("results", tile.level, tile.index, tile.hashes, tile.root))
    rows.join()
    with transaction.atomic():
        log._sign_head(LogName.RESULTS, edge.tree(), merkle.EMPTY_ROOT)


def _make_rows() -> None:
    from django.db import connections

    connection: Any = connections["owner"]
    with connection.cursor() as cursor:
        cursor.execute("select indexname, indexdef from pg_indexes where tablename = 'ledger_logentry'")
        later = [(name, sql) for name, sql in cursor.fetchall() if not name.endswith("pkey")]
        cursor.execute("set synchronous_commit = off; set maintenance_work_mem = '512MB'")
        for name, _ in later:
            cursor.execute(f"drop index {name}")
        cursor.execute(
            "insert into ledger_logentry (log, index, leaf, at) "
            "select 'results', place, sha256(int8send(place)), now() from generate_series(0::bigint, %s) as place",
            [ENTRIES - 1],
        )
        for _, sql in later:
            cursor.execute(sql)
        cursor.execute("analyze ledger_logentry")
    connection.close()


def _leaf(index: int) -> bytes:
    return sha256(index.to_bytes(8, "big")).digest()
