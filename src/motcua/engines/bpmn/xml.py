"""Reading XML that strangers sent: no entities, no network, bounded size and depth."""

from lxml import etree

from motcua.engines.bpmn.errors import BpmnError, brief

LARGEST_FILE = 4_000_000
DEEPEST = 100

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
MOTCUA = "https://motcua.org/bpmn"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

Node = etree._Element


def parse(source: bytes) -> Node:
    """The root `definitions` of a BPMN 2.0 file. Raises BpmnError for anything else, in bounded time and memory."""
    if len(source) > LARGEST_FILE:
        raise BpmnError(f"The file has {len(source):,} bytes; a process may have at most {LARGEST_FILE:,}.")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(source, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        line = getattr(fault, "lineno", None)
        raise BpmnError(f"This is no well-formed XML: {getattr(fault, 'msg', fault)}.", line=line) from None
    if _has_doctype(root):
        raise BpmnError(
            "The file has a DOCTYPE; process files have none, and entities are not read. Remove it."
        )
    if root.tag != f"{{{BPMN}}}definitions":
        raise BpmnError(
            f"The root element is {brief(root.tag)}; expected “definitions” of BPMN 2.0 ({BPMN}).",
            line=line_of(root),
        )
    buried = _too_deep(root)
    if buried is not None:
        raise BpmnError(
            f"Elements are nested deeper than {DEEPEST}; no drawn process is.",
            brief(buried.get("id", ""), 40) or None,
            line_of(buried),
        )
    return root


def _has_doctype(root: Node) -> bool:
    return bool(getattr(root.getroottree().docinfo, "doctype", ""))


def line_of(node: Node) -> int | None:
    """The line of the file where the element begins."""
    line = node.sourceline
    return line if isinstance(line, int) else None


def _too_deep(root: Node) -> Node | None:
    level: list[Node] = [root]
    for _ in range(DEEPEST):
        level = [child for node in level for child in node]
        if not level:
            return None
    return level[0]


def local(node: Node) -> str:
    """The name of the element without its namespace."""
    return etree.QName(node).localname


def namespace(node: Node) -> str | None:
    """The namespace of the element."""
    return etree.QName(node).namespace


def children(node: Node, name: str) -> list[Node]:
    """The BPMN children of that name."""
    return node.findall(f"{{{BPMN}}}{name}")


def child(node: Node, name: str) -> Node | None:
    """The first BPMN child of that name."""
    return node.find(f"{{{BPMN}}}{name}")


def zeebe(node: Node, name: str) -> Node | None:
    """The first zeebe extension of that name of an element or event definition."""
    extensions = child(node, "extensionElements")
    return None if extensions is None else extensions.find(f"{{{ZEEBE}}}{name}")


def text_of(node: Node | None) -> str:
    """The trimmed text of an element, "" when there is none."""
    return "" if node is None else "".join(str(part) for part in node.itertext()).strip()


def own_attributes(node: Node) -> dict[str, str]:
    """The attributes in our namespace, by local name, and `zeebe:properties` that begin with "motcua:"."""
    own = {
        etree.QName(name).localname: value
        for name, value in node.attrib.items()
        if isinstance(name, str) and name.startswith(f"{{{MOTCUA}}}") and isinstance(value, str)
    }
    properties = zeebe(node, "properties")
    for line in () if properties is None else properties:
        name = line.get("name", "")
        if name.startswith("motcua:"):
            own[name.removeprefix("motcua:")] = line.get("value", "")
    return own
