"""X-Road's own conformance containers, judged as X-Road judges them."""

import datetime as dt
import os
from pathlib import Path

import pytest

from motcua.engines.asice import ContainerReport, read_zip, verify_container
from motcua.engines.trust_lists import Roots
from motcua.engines.xades.examination import examine
from motcua.engines.xmldsig import find_signatures, read_xml

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def vectors() -> Path:
    folder = Path(os.environ.get("MOTCUA_VECTORS", "absent")) / "asice"
    if not folder.is_dir():
        pytest.skip("MOTCUA_VECTORS names no folder with asice/: X-Road's containers are not judged")
    return folder


def judged(vectors: Path, name: str) -> ContainerReport:
    return verify_container((vectors / f"{name}.asice").read_bytes(), None, now=NOW)


def test_all_five_are_judged_as_x_road_judges_them(vectors: Path) -> None:
    verdicts = {
        path.stem: (report.reason.code if report.reason else "valid")
        for path in sorted(vectors.glob("*.asice"))
        for report in [judged(vectors, path.stem)]
    }
    assert verdicts == {
        "invalid-digest": "InvalidSignatureValue",
        "valid-batch-ts": "valid",
        "valid-non-batch-rest": "valid",
        "valid-signed-hashchain": "valid",
        "wrong-message": "InvalidSignatureValue",
    }


def test_the_time_stamps_over_batches_are_read(vectors: Path) -> None:
    assert judged(vectors, "valid-batch-ts").stamped_at == dt.datetime(2024, 12, 5, 7, 34, 14, tzinfo=dt.UTC)
    rest = judged(vectors, "valid-non-batch-rest")
    assert rest.stamped_at == dt.datetime(2024, 7, 11, 12, 51, 12, tzinfo=dt.UTC)
    assert rest.files == ("message.xml", "attachment1")


def test_a_part_that_was_not_kept_is_told(vectors: Path) -> None:
    report = judged(vectors, "valid-signed-hashchain")
    assert report.absent == ("attachment1",)
    assert "signed but not kept here: attachment1" in report.warnings


def test_their_authority_is_not_ours(vectors: Path) -> None:
    """The containers do not bring their authority's certificate; with trust to ask they are not valid."""
    data = (vectors / "valid-batch-ts.asice").read_bytes()
    refused = verify_container(data, Roots(()), now=NOW)
    assert not refused.valid
    assert refused.reason is not None
    assert refused.reason.code == "InvalidTimestamp"
    files = read_zip(data)
    signature = find_signatures(read_xml(files["META-INF/signatures.xml"]))[0]
    found = examine(signature, files)
    assert found.claimed is not None
    assert found.checked.certificate.subject.rfc4514_string().endswith("C=FI")
