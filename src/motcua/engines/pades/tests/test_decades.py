"""A result signed today, read in 2045."""

import datetime as dt
import logging
from collections.abc import Iterator

import pytest
import typst

from motcua.engines.pades import (
    Level,
    Reason,
    SigningError,
    Verdict,
    archive,
    complete,
    embed_evidence,
    prepare,
    renew,
    verify,
)
from motcua.engines.pki import sign_with
from motcua.engines.pki.tests.house import NOW, House
from motcua.engines.trust_lists import Evidence
from motcua.engines.trust_lists.tests.later import Stamping, retiring_p256

IN_2045 = dt.datetime(2045, 6, 1, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def house() -> House:
    return House()


@pytest.fixture(scope="module")
def result(house: House) -> bytes:
    """Signed on 21 November 2026 and archived the same day."""
    made = typst.compile(
        "= Giấy khai sinh".encode(), format="pdf", pdf_standards=["a-2b"], timestamp=1795000000
    )
    assert isinstance(made, bytes)
    prepared = prepare(made, "officer", house.officer, when=NOW, chain=house.chain)
    signed = complete(prepared, sign_with(house.officer_key, prepared.to_sign), timestamp=house.tsa.stamp)
    signed = embed_evidence(signed, certificates=house.chain, ocsps=house.ocsps(NOW))
    return archive(signed, house.tsa.stamp, field="archive-2026")


@pytest.fixture(scope="module")
def authorities() -> tuple[Stamping, Stamping]:
    return Stamping(2033), Stamping(2041)


def prolong(pdf: bytes, by: Stamping, evidence: Evidence) -> bytes:
    return renew(
        pdf,
        by.stamp,
        field=f"archive-{by.now.year}",
        certificates=evidence.certificates,
        ocsps=evidence.ocsps,
        crls=evidence.crls,
    )


def read_in_2045(pdf: bytes, house: House, authorities: tuple[Stamping, Stamping]) -> Verdict:
    """By someone who trusts the three roots and holds the last authority's list of that day."""
    roots = [house.root.certificate, *(each.root.certificate for each in authorities)]
    current = authorities[1].evidence(IN_2045)
    return verify(pdf, roots, now=IN_2045, crls=current.crls, algorithms=retiring_p256())


def test_it_is_still_proven_after_two_new_time_stamps(
    result: bytes, house: House, authorities: tuple[Stamping, Stamping]
) -> None:
    """The signer's certificate ended in 2029, the first time-stamp's in 2034, P-256 was retired in 2035."""
    first, second = authorities
    assert house.officer.not_valid_after_utc.year == 2029
    fresh = Evidence((house.root.certificate,), (), tuple(house.crls(first.now)))
    once = prolong(result, first, fresh)
    twice = prolong(once, second, first.evidence(second.now))
    verdict = read_in_2045(twice, house, authorities)
    assert verdict.valid, verdict.signatures[0].finding
    (signature,) = verdict.signatures
    assert (signature.level, signature.at, signature.at_is_proven) == (Level.B_LTA, NOW, True)
    assert signature.reasons == ()

    assert not read_in_2045(twice.replace(b"/MediaBox", b"/MediaBoy", 1), house, authorities).valid
    unprolonged = read_in_2045(result, house, authorities)
    assert not unprolonged.valid
    assert unprolonged.reasons == (Reason.WEAK_ALGORITHM,)


def test_a_time_stamp_after_the_algorithm_broke_comes_too_late(
    result: bytes, house: House, authorities: tuple[Stamping, Stamping]
) -> None:
    """Nothing tells whether the signature was there before anyone could forge it."""
    _, second = authorities
    fresh = Evidence((house.root.certificate,), (), tuple(house.crls(second.now)))
    late = read_in_2045(prolong(result, second, fresh), house, authorities)
    assert not late.valid


def test_renewal_needs_evidence_and_a_new_field(result: bytes, house: House) -> None:
    with pytest.raises(SigningError, match="none was given"):
        renew(result, house.tsa.stamp, field="archive-2033")
    with pytest.raises(SigningError, match="already"):
        renew(result, house.tsa.stamp, field="archive-2026", crls=house.crls(NOW))
