"""Whom to trust, when, by which evidence: trust lists, revocation, chains, time-stamps, algorithms."""

from motcua.engines.trust_lists.algorithms import AlgorithmPolicy, PolicyError, read_policy, shipped_policy
from motcua.engines.trust_lists.chains import ChainError, Failure, Standing, revoked_at, standing
from motcua.engines.trust_lists.etsi import read_etsi_list
from motcua.engines.trust_lists.lists import (
    Roots,
    ServiceKind,
    Status,
    StatusSince,
    Trust,
    TrustList,
    TrustListError,
    TrustService,
    read_trust_list,
    shipped_trust_list,
)
from motcua.engines.trust_lists.reasons import Reason
from motcua.engines.trust_lists.revocation import Evidence
from motcua.engines.trust_lists.stamps import Stamp, StampError, read_stamp
from motcua.engines.trust_lists.weighing import Proofs, Scales, StampFailed, Weight, weigh

__all__ = [
    "AlgorithmPolicy",
    "ChainError",
    "Evidence",
    "Failure",
    "PolicyError",
    "Proofs",
    "Reason",
    "Roots",
    "Scales",
    "ServiceKind",
    "Stamp",
    "StampError",
    "StampFailed",
    "Standing",
    "Status",
    "StatusSince",
    "Trust",
    "TrustList",
    "TrustListError",
    "TrustService",
    "Weight",
    "read_etsi_list",
    "read_policy",
    "read_stamp",
    "read_trust_list",
    "revoked_at",
    "shipped_policy",
    "shipped_trust_list",
    "standing",
    "weigh",
]
