"""Where a token could still go: what inclusive joins wait for."""

from collections.abc import Mapping

from motcua.engines.bpmn.elements import Element, EventKind, Kind


def predecessors(elements: Mapping[str, Element]) -> dict[str, list[tuple[str, str]]]:
    """For each element, the (element, flow) pairs from which a token can come; boundaries come from their host."""
    found: dict[str, list[tuple[str, str]]] = {identity: [] for identity in elements}
    for element in elements.values():
        for flow in element.outgoing:
            if flow.target in found:
                found[flow.target].append((element.id, flow.id))
        if element.attached_to in found:
            found[element.id].append((str(element.attached_to), ""))
        if element.kind is Kind.THROW and element.event.kind is EventKind.LINK:
            for other in elements.values():
                if (
                    other.kind is Kind.CATCH
                    and other.event == element.event
                    and other.parent == element.parent
                ):
                    found[other.id].append((element.id, ""))
    return found


def upstream_of_joins(elements: Mapping[str, Element]) -> dict[str, dict[str, frozenset[str]]]:
    """For each inclusive join and each of its flows: the elements from which that flow is reached around the join."""
    before = predecessors(elements)
    joins = [gate for gate in elements.values() if gate.kind is Kind.INCLUSIVE and len(gate.incoming) > 1]
    return {
        gate.id: {flow: _reaching(source, gate.id, before) for source, flow in before[gate.id]}
        for gate in joins
    }


def _reaching(source: str, join: str, before: Mapping[str, list[tuple[str, str]]]) -> frozenset[str]:
    seen: set[str] = set()
    open_ends = [source]
    while open_ends:
        identity = open_ends.pop()
        if identity == join or identity in seen:
            continue
        seen.add(identity)
        open_ends.extend(earlier for earlier, _ in before[identity])
    return frozenset(seen)
