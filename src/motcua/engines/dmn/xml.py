"""DMN files as XML, read without entities and without the network."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

MAX_BYTES = 20_000_000

#: the model namespaces of DMN 1.1 to 1.5
NAMESPACES = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}


class DmnError(ValueError):
    """A DMN file that cannot be used: what is wrong, in which element (its name or id), on which line."""

    def __init__(self, message: str, element: str = "", line: int = 0) -> None:
        where = f"{element}, line {line}: " if element and line else f"{element}: " if element else ""
        super().__init__(where + message)
        self.message = message
        self.element = element
        self.line = line


def read_xml(source: bytes) -> etree._Element:
    """The root of a DMN file. Raises DmnError for what is no XML, holds a DTD, or is no DMN."""
    if len(source) > MAX_BYTES:
        raise DmnError(f"the file has {len(source)} bytes; at most {MAX_BYTES} are read")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=False
    )
    try:
        root = etree.fromstring(source, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", 0) or 0
        raise DmnError(f"the file is not well-formed XML: {error}", "file", line) from None
    if str(getattr(root.getroottree().docinfo, "doctype", "")):
        raise DmnError("the file has a document type declaration (DTD), which is refused; remove it")
    name = etree.QName(root)
    if name.localname != "definitions" or name.namespace not in NAMESPACES:
        versions = ", ".join(NAMESPACES.values())
        raise DmnError(
            f"the root is {root.tag}, not the definitions of DMN {versions}", "file", line_of(root)
        )
    return root


def local(element: etree._Element) -> str:
    """The name of an element without its namespace; "" for comments."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The direct children of these names, in the model's namespace."""
    namespace = etree.QName(element).namespace
    for child in element:
        if isinstance(child.tag, str):
            name = etree.QName(child)
            if name.namespace == namespace and (not names or name.localname in names):
                yield child


def child(element: etree._Element, *names: str) -> etree._Element | None:
    return next(children(element, *names), None)


def text_of(element: etree._Element | None) -> str:
    """The content of the element's <text>, or "" """
    if element is None:
        return ""
    inner = child(element, "text")
    return "".join(str(t) for t in inner.itertext()).strip() if inner is not None else ""


def attribute(element: etree._Element, name: str, default: str = "") -> str:
    return str(element.get(name, default))


def line_of(element: etree._Element) -> int:
    line = element.sourceline
    return line if isinstance(line, int) else 0
