"""Files to check stay in memory: they are bounded while they come in, and touch neither disk nor database."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict

from motcua.core.documents.checking import LARGEST
from motcua.core.errors import UserError
from motcua.core.words import legible
from motcua.systems.verification.limiting import count

MOST_FILES = 10
TOO_LARGE = UserError(
    "Tệp lớn hơn 25 MB nên không kiểm tra được.",
    "The file is larger than 25 MB and cannot be checked.",
    "tep",
)
TOO_LARGE.status = 413


class InMemory(FileUploadHandler):
    """Keeps at most 25 MB of all files together and stops reading beyond."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.taken = 0
        self.exceeded = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._content = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.taken += len(raw_data)
        if self.taken > LARGEST:
            self.exceeded = True
            raise StopUpload(connection_reset=False)
        self._content.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._content.seek(0)
        return InMemoryUploadedFile(
            self._content,
            self.field_name,
            self.file_name,
            self.content_type,
            file_size,
            self.charset,
            self.content_type_extra,
        )


def files_of(request: HttpRequest, field: str = "tep") -> list[tuple[str, bytes]]:
    """The files of a form by name and bytes. Raises UserError when there are none, too many or too much, or
    this address has handed in many lately.

    Call it before anything else reads the form, on a view that checks no CSRF token: nothing is changed by asking.
    """
    count(request)
    handler = InMemory(request)
    request.upload_handlers = [handler]
    told: MultiValueDict[str, Any] = request.FILES
    if handler.exceeded:
        raise TOO_LARGE
    given = [(legible(one.name or "")[:200] or "tep", one.read()) for one in told.getlist(field)]
    if not given or all(not content for _, content in given):
        raise UserError("Chọn tệp cần kiểm tra.", "Choose the file to check.", field)
    if len(given) > MOST_FILES:
        raise UserError(
            f"Mỗi lần kiểm tra được nhiều nhất {MOST_FILES} tệp.",
            f"At most {MOST_FILES} files at once.",
            field,
        )
    if len(given) > 1:
        count(request, len(given) - 1)
    return given
