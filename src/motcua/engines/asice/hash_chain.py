"""X-Road's hash chains: one signature or time-stamp over many messages, each with its way to the top.

A node's digest is H(DER(SEQUENCE OF SEQUENCE {OCTET STRING digest, UTF8String method, SEQUENCE {}}))
(X-Road: Profile for High-Performance Digital Signatures, PR-MESSTRANSP).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha512

from lxml import etree

from motcua.engines.pki.der import octets, sequence, tlv
from motcua.engines.xmldsig import DS, DigestMethod, XmlSignatureError, read_xml
from motcua.engines.xmldsig.checking import decoded

NAMESPACE = "http://cyber.ee/hashchain"
METHOD = DigestMethod.SHA512
WIDTH = 8
"""Values in a step of the trees made here: each message costs a seventh of a step, where in X-Road's own trees of two
it costs a whole one, and its way to the top is hardly longer. X-Road reads steps of any number."""
_HC = f"{{{NAMESPACE}}}"
_DEEPEST = 64
_UTF8 = 0x0C
_SIZE = sha512().digest_size

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_CHAIN_HEAD = (
    f'{_HEAD}<hc:HashChain xmlns="{DS}" xmlns:hc="{NAMESPACE}">'
    f'<hc:DefaultDigestMethod Algorithm="{METHOD.uri}"/>'
)


class ChainFault(StrEnum):
    """What is wrong with a hash chain, by X-Road's names."""

    INVALID_REF = "MalformedSignature.InvalidHashChainRef"
    UNUSED_INPUTS = "MalformedSignature.HashChainUnusedInputs"
    MALFORMED = "MalformedSignature"


class HashChainError(ValueError):
    """A hash chain that proves nothing."""

    def __init__(self, fault: ChainFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


def node_digest(inputs: Sequence[tuple[bytes, DigestMethod]], method: DigestMethod = METHOD) -> bytes:
    """The digest of a step over its inputs."""
    return method.of(sequence(*(_item(digest, of) for digest, of in inputs)))


def _item(digest: bytes, method: DigestMethod) -> bytes:
    return sequence(octets(digest), tlv(_UTF8, method.uri.encode()), sequence())


def _step_parts() -> tuple[list[bytes], bytes, bytes]:
    """(what is before the digests of a step, by how many they are; what is between two; what is behind the last):
    nothing is encoded on the way."""
    digest = b"\x01" * _SIZE
    item = _item(digest, METHOD)
    start, end = item.split(digest)
    heads = [sequence(item * count).removesuffix(item * count) for count in range(WIDTH + 1)]
    return [head + start for head in heads], end + start, end


_BEFORE, _BETWEEN, _AFTER = _step_parts()


def step_digest(digests: Sequence[bytes]) -> bytes:
    """The digest of a step over SHA-512 digests."""
    if not 0 < len(digests) <= WIDTH:
        return node_digest([(each, METHOD) for each in digests])
    return sha512(_BEFORE[len(digests)] + _BETWEEN.join(digests) + _AFTER).digest()


@dataclass(frozen=True, slots=True)
class DataRef:
    """A file by its name in the container, with its SHA-512 digest."""

    name: str
    digest: bytes


def build_chains(leaves: Sequence[Sequence[DataRef]]) -> tuple[bytes, list[str]]:
    """The top digest over all `leaves` (each the files of one message) and each one's hash chain as XML."""
    level = _bottom([[each.digest for each in leaf] for leaf in leaves])
    written = ["".join(_data_ref(each) for each in leaf) for leaf in leaves]
    # Of every leaf: what stands before and after its way in each step up, lowest first.
    ways: list[list[tuple[str, str]]] = [[] for _ in leaves]
    reach = 1  # leaves under one node of this level
    while len(level) > 1:
        values = [_hash_value(each) for each in level]
        for start in range(0, len(level) - 1, WIDTH):
            step = values[start : start + WIDTH]
            for place in range(len(step)):
                way = ("".join(step[:place]), "".join(step[place + 1 :]))
                first = (start + place) * reach
                for leaf in range(first, min(first + reach, len(leaves))):
                    ways[leaf].append(way)
        level = _above(level)
        reach *= WIDTH
    chains = [
        _chain(way, written[number], several=len(leaves[number]) > 1) for number, way in enumerate(ways)
    ]
    return level[0], chains


def leaf_digest(files: Sequence[bytes]) -> bytes:
    """What stands for a message of these files, by their SHA-512 digests, in a tree of several messages."""
    return files[0] if len(files) == 1 else step_digest(files)


def top_of(leaves: Sequence[bytes]) -> bytes:
    """The top of the tree over the values of its lowest level: of several messages, each by its `leaf_digest`."""
    level = leaves
    while len(level) > 1:
        level = _above(level)
    return level[0]


def _above(level: Sequence[bytes]) -> list[bytes]:
    """The next level of a tree; who has no neighbours goes up as it is."""
    steps = [level[start : start + WIDTH] for start in range(0, len(level), WIDTH)]
    return [step_digest(each) if len(each) > 1 else each[0] for each in steps]


def chain_top(leaves: Sequence[Sequence[bytes]]) -> bytes:
    """The top of the tree that `build_chains` makes, from SHA-512 digests alone (of each message its files'):
    what whoever holds all messages of a batch needs to sign or check it. Raises ValueError for none."""
    return top_of(_bottom(leaves))


def _bottom(leaves: Sequence[Sequence[bytes]]) -> list[bytes]:
    """The lowest level of a tree; of a message alone, its files are a step of their own."""
    if not leaves:
        raise ValueError("a batch of nothing has no top")
    if len(leaves) == 1:
        return [step_digest(leaves[0])]
    return [leaf_digest(each) for each in leaves]


def _chain(way: list[tuple[str, str]], data: str, *, several: bool) -> str:
    """From the top down: each step has a value and what leads on; the last the message itself."""
    steps = []
    last = len(way) if several else len(way) - 1  # several files need a step of their own
    for number, (before, after) in enumerate(reversed(way)):
        onwards = data if number == last else f'<hc:StepRef URI="#STEP{number + 1}"/>'
        steps.append(f'<hc:HashStep id="STEP{number}">{before}{onwards}{after}</hc:HashStep>')
    if several or not way:
        steps.append(f'<hc:HashStep id="STEP{len(way)}">{data}</hc:HashStep>')
    return f"{_CHAIN_HEAD}{''.join(steps)}</hc:HashChain>"


def _hash_value(digest: bytes) -> str:
    return f"<hc:HashValue><DigestValue>{b64encode(digest).decode()}</DigestValue></hc:HashValue>"


def _data_ref(ref: DataRef) -> str:
    value = b64encode(ref.digest).decode()
    return f'<hc:DataRef URI="/{ref.name}"><DigestValue>{value}</DigestValue></hc:DataRef>'


def chain_result(top: bytes, chain_name: str) -> bytes:
    """The file that a signature or time-stamp is over: the top of the chain in `chain_name`."""
    return (
        f'{_HEAD}<hc:HashChainResult URI="/{chain_name}#STEP0" xmlns="{DS}" xmlns:hc="{NAMESPACE}">'
        f'<DigestMethod Algorithm="{METHOD.uri}"/><DigestValue>{b64encode(top).decode()}</DigestValue>'
        "</hc:HashChainResult>"
    ).encode()


def verify_chain(
    result: bytes, files: Mapping[str, bytes], inputs: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Follow the chain that `result` names among `files`; every one of `inputs` must be in it, unchanged.

    Returns the names proven, and those of which only the digest is there (not kept in the container).
    Raises HashChainError.
    """
    try:
        walk = _Walk(result, files)
        walk.run()
    except XmlSignatureError as error:
        raise HashChainError(ChainFault.MALFORMED, f"hash chain: {error}") from error
    for name in inputs:
        if name not in walk.proven:
            raise HashChainError(ChainFault.UNUSED_INPUTS, f"{name} is not what the hash chain was made over")
    return walk.proven, walk.absent


class _Walk:
    def __init__(self, result: bytes, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.proven: list[str] = []
        self.absent: list[str] = []
        root = read_xml(result)
        if root.tag != f"{_HC}HashChainResult":
            raise HashChainError(ChainFault.MALFORMED, "the result of a hash chain is a HashChainResult")
        self.start = root.get("URI", "")
        self.method = _method(root, METHOD)
        self.expected = _value(root)

    def run(self) -> None:
        name, _, step = self.start.removeprefix("/").partition("#")
        chain = self.files.get(name)
        if chain is None:
            raise HashChainError(
                ChainFault.INVALID_REF, f"the hash chain {name or '(none)'} is not in the container"
            )
        root = read_xml(chain)
        default = root.find(f"{_HC}DefaultDigestMethod")
        self.default = DigestMethod.named(default.get("Algorithm", "")) if default is not None else METHOD
        self.name = name
        self.steps = dict[str, etree._Element]()
        for each in root.findall(f"{_HC}HashStep"):
            if each.get("id", "") in self.steps:
                raise HashChainError(ChainFault.INVALID_REF, f"the step {each.get('id')} is there twice")
            self.steps[each.get("id", "")] = each
        if self.method is not self.default:
            raise HashChainError(ChainFault.MALFORMED, "result and hash chain use different digests")
        self.known = dict[str, bytes]()
        if self._digest(step, 0) != self.expected:
            raise HashChainError(ChainFault.MALFORMED, "the hash chain does not lead to its result")

    def _digest(self, step: str, depth: int) -> bytes:
        if step in self.known:
            return self.known[step]
        if step not in self.steps:
            raise HashChainError(ChainFault.INVALID_REF, f"the hash chain has no step {step or '(none)'}")
        if depth > _DEEPEST:
            raise HashChainError(ChainFault.INVALID_REF, "the hash chain leads in circles")
        inputs = [self._input(each, depth) for each in self.steps[step].iterchildren(etree.Element)]
        if not inputs:
            raise HashChainError(ChainFault.MALFORMED, f"the step {step} has no inputs")
        self.known[step] = node_digest(inputs, self.default)
        return self.known[step]

    def _input(self, element: etree._Element, depth: int) -> tuple[bytes, DigestMethod]:
        if element.tag == f"{_HC}StepRef":
            name, _, step = element.get("URI", "").partition("#")
            if name.removeprefix("/") not in ("", self.name):
                raise HashChainError(ChainFault.INVALID_REF, f"a step leads into another file: {name}")
            return self._digest(step, depth + 1), self.default
        method = _method(element, self.default)
        if element.tag == f"{_HC}DataRef":
            return self._data(element, method), method
        if element.tag == f"{_HC}HashValue":
            return _value(element), method
        raise HashChainError(ChainFault.MALFORMED, f"a step holds {etree.QName(element).localname}")

    def _data(self, element: etree._Element, method: DigestMethod) -> bytes:
        name = element.get("URI", "").removeprefix("/")
        if element.find(f"{{{DS}}}Transforms") is not None:
            raise HashChainError(ChainFault.MALFORMED, f"{name}: transforms in hash chains are not followed")
        value, content = _value(element), self.files.get(name)
        if content is None:
            self.absent.append(name)
        elif method.of(content) == value:
            self.proven.append(name)
        return value


def _method(element: etree._Element, default: DigestMethod) -> DigestMethod:
    method = element.find(f"{{{DS}}}DigestMethod")
    return default if method is None else DigestMethod.named(method.get("Algorithm", ""))


def _value(element: etree._Element) -> bytes:
    value = element.find(f"{{{DS}}}DigestValue")
    if value is None:
        raise HashChainError(ChainFault.MALFORMED, f"{etree.QName(element).localname} has no digest")
    return decoded(value)
