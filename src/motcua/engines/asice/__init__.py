"""Containers of signed files (ASiC, ETSI EN 319 162-1), and X-Road's messages in them: one by one or in batches."""

from motcua.engines.asice.batch import (
    MessageDigests,
    Sealer,
    SignedBatch,
    SignedMessage,
    StampedBatch,
    digest_message,
    sign_batch,
    stamp_batch,
)
from motcua.engines.asice.cades_containers import (
    archive_container,
    build_cades_container,
    build_simple_container,
)
from motcua.engines.asice.containers import (
    MessageStamp,
    build_container,
    build_message_container,
    build_stamped_container,
)
from motcua.engines.asice.hash_chain import (
    ChainFault,
    DataRef,
    HashChainError,
    build_chains,
    chain_result,
    chain_top,
    leaf_digest,
    top_of,
)
from motcua.engines.asice.report import ContainerReport, Kind, Reason
from motcua.engines.asice.verification import verify_container
from motcua.engines.asice.zips import ContainerError, ZipLimits, read_zip, write_zip

__all__ = [
    "ChainFault",
    "ContainerError",
    "ContainerReport",
    "DataRef",
    "HashChainError",
    "Kind",
    "MessageDigests",
    "MessageStamp",
    "Reason",
    "Sealer",
    "SignedBatch",
    "SignedMessage",
    "StampedBatch",
    "ZipLimits",
    "archive_container",
    "build_cades_container",
    "build_chains",
    "build_container",
    "build_message_container",
    "build_simple_container",
    "build_stamped_container",
    "chain_result",
    "chain_top",
    "digest_message",
    "leaf_digest",
    "read_zip",
    "sign_batch",
    "stamp_batch",
    "top_of",
    "verify_container",
    "write_zip",
]
