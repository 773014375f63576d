"""Adding to a PDF without touching a byte of it: fields, signatures, evidence."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError

_PRINT_AND_LOCKED = 132  # annotation flags: PDF/A wants "print"; nobody shall move the field
_SIGNATURES_EXIST_APPEND_ONLY = 3


class SigningError(ValueError):
    """A document cannot be signed, or a signature does not fit; the message says why and what to do."""


class Revision(IncrementalPdfFileWriter):
    """The next revision of a PDF. Metadata stays as issued: signing is no change of content."""

    def __init__(self, pdf: bytes) -> None:
        try:
            super().__init__(BytesIO(pdf), strict=False)
            encrypted = self.prev.encrypted
        except (PdfError, ValueError, KeyError, IndexError, RecursionError) as error:
            raise SigningError(f"this is not a readable PDF: {error}") from error
        if encrypted:
            raise SigningError("an encrypted PDF cannot be signed here: save it without a password first")

    def _update_meta(self) -> None:
        """PyHanko would write a new modification date into `/Info` and XMP, and so break PDF/A's pairing."""

    def finished(self) -> bytes:
        """The file with this revision at its end."""
        output = BytesIO()
        try:
            self.write(output)
        except (PdfError, ValueError, KeyError) as error:
            raise SigningError(f"this PDF cannot be added to: {error}") from error
        return output.getvalue()

    def add_signature_field(self, name: str, signature: generic.PdfObject) -> None:
        """A signature field without appearance on the first page, holding `signature`."""
        form = self._part_of_root("/AcroForm", dictionary(Fields=generic.ArrayObject()))
        if name in self._field_names(form):
            raise SigningError(f"the document has a field {name!r} already: each signature needs its own")
        page_reference, _ = self.find_page_for_modification(0)
        page = page_reference.get_object()
        field = self.add_object(
            dictionary(
                Type=generic.pdf_name("/Annot"),
                Subtype=generic.pdf_name("/Widget"),
                FT=generic.pdf_name("/Sig"),
                T=generic.pdf_string(name),
                V=self.add_object(signature),
                F=generic.NumberObject(_PRINT_AND_LOCKED),
                P=page_reference,
                Rect=generic.ArrayObject([generic.NumberObject(0)] * 4),
            )
        )
        self._append(page, "/Annots", field)
        self._append(form, "/Fields", field)
        form["/SigFlags"] = generic.NumberObject(_SIGNATURES_EXIST_APPEND_ONLY)
        self.update_container(form)

    def add_evidence(
        self, certificates: Sequence[bytes], ocsps: Sequence[bytes], crls: Sequence[bytes]
    ) -> None:
        """Put DER values into the document security store (PAdES, EN 319 142-1 section 5.4.2)."""
        store = self._part_of_root("/DSS", dictionary(Type=generic.pdf_name("/DSS")))
        for key, values in (("/Certs", certificates), ("/OCSPs", ocsps), ("/CRLs", crls)):
            held = {each.get_object().data for each in store.get(key, generic.ArrayObject()).get_object()}
            for value in dict.fromkeys(values):
                if value not in held:
                    stream = generic.StreamObject(stream_data=value)
                    self._append(store, key, self.add_object(stream))
        self.update_container(store)

    def _part_of_root(self, key: str, initial: generic.DictionaryObject) -> generic.DictionaryObject:
        """A dictionary that the catalogue refers to; `initial` when it has none yet."""
        if key not in self.root:
            self.root[key] = self.add_object(initial)
            self.update_root()
        part: generic.DictionaryObject = self.root[key]
        return part

    def _field_names(self, form: generic.DictionaryObject) -> set[str]:
        fields = (reference.get_object() for reference in form["/Fields"])
        return {str(field["/T"]) for field in fields if "/T" in field}

    def _append(self, holder: generic.DictionaryObject, key: str, item: generic.PdfObject) -> None:
        if key not in holder:
            holder[key] = generic.ArrayObject()
            self.update_container(holder)
        items = holder[key]
        items.append(item)
        self.update_container(items)


class Blank(generic.PdfObject):
    """Bytes to be filled in later; remembers where it was written."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.content = content
        self.start = -1

    def write_to_stream(self, stream: Any, handler: Any = None, container_ref: Any = None) -> None:
        self.start = stream.tell()
        stream.write(self.content)

    @property
    def end(self) -> int:
        return self.start + len(self.content)


def dictionary(**entries: generic.PdfObject) -> generic.DictionaryObject:
    return generic.DictionaryObject({generic.pdf_name(f"/{key}"): value for key, value in entries.items()})


def pdf_date(moment: dt.datetime) -> generic.PdfObject:
    return generic.pdf_date(moment)
