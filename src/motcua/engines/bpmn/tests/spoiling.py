"""Spoils process files as careless tools and hands do: elements lost, doubled, moved, renamed, settings exchanged."""

from __future__ import annotations

import random
from copy import deepcopy

from lxml import etree

from motcua.engines.bpmn import xml as x

ODD = (
    "", " ", "=", "=x", "=x >", "=[x, x]", "=for i in 1..1000000 return i", "={a: x}", "=null", "=z + z", "P1D", "PT0S",
    "R/PT0S", "R/PT1S", "R1000000/PT1S", "2026-02-30", "true", "false", "-1", "101", "p", "a.b.c", "$local", "=now()",
    "https://motcua.org/bpmn", "đ" * 300, "\u200b", "1" * 60,
)  # fmt: skip
TAGS = tuple(
    """
startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent task userTask
scriptTask receiveTask callActivity subProcess
exclusiveGateway parallelGateway inclusiveGateway
eventBasedGateway
timerEventDefinition messageEventDefinition errorEventDefinition signalEventDefinition
terminateEventDefinition compensateEventDefinition escalationEventDefinition linkEventDefinition
timeCycle timeDate
multiInstanceLoopCharacteristics loopCardinality transaction sequenceFlow
""".split()
)


def spoil(source: bytes, seed: int, times: int = 3) -> bytes:
    """The file with a few faults put in, the same for the same seed; what is no XML comes back as it is."""
    chance = random.Random(seed)
    try:
        root = etree.fromstring(source, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return source
    for _ in range(chance.randint(1, times)):
        nodes = [node for node in root.iter(f"{{{x.BPMN}}}*", f"{{{x.ZEEBE}}}*") if node is not root]
        if nodes:
            chance.choice((_lose, _double, _move, _rename, _exchange, _exchange, _write, _write))(
                chance, nodes
            )
    return etree.tostring(root)


def _lose(chance: random.Random, nodes: list[x.Node]) -> None:
    node = chance.choice(nodes)
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def _double(chance: random.Random, nodes: list[x.Node]) -> None:
    copy = deepcopy(chance.choice(nodes))
    if chance.random() < 0.7:
        for number, node in enumerate(copy.iter(etree.Element)):
            if node.get("id"):
                node.set("id", f"{node.get('id')}_{number}")
    chance.choice(nodes).append(copy)


def _move(chance: random.Random, nodes: list[x.Node]) -> None:
    node, target = chance.choice(nodes), chance.choice(nodes)
    if node is not target and node not in target.iterancestors():
        target.append(node)


def _rename(chance: random.Random, nodes: list[x.Node]) -> None:
    chance.choice(nodes).tag = f"{{{x.BPMN}}}{chance.choice(TAGS)}"


def _exchange(chance: random.Random, nodes: list[x.Node]) -> None:
    """Give an attribute the value of another one, or an odd one."""
    node = chance.choice(nodes)
    if node.attrib:
        name = chance.choice(sorted(map(str, node.attrib)))
        others = [str(value) for other in nodes for value in other.attrib.values()]
        node.set(name, chance.choice([*others, *ODD]))


def _write(chance: random.Random, nodes: list[x.Node]) -> None:
    """Write an odd text into an element that has one, or a setting that it did not have."""
    node = chance.choice([node for node in nodes if node.text and node.text.strip()] or nodes)
    if chance.random() < 0.5:
        node.text = chance.choice([text for text in ODD if text.isprintable()])
    else:
        names = (
            "default",
            "isInterrupting",
            "cancelActivity",
            "triggeredByEvent",
            "isForCompensation",
            "attachedToRef",
        )
        ids = [str(other.get("id", "")) for other in nodes]
        chance.choice(nodes).set(chance.choice(names), chance.choice(["true", "false", *ids]))
