"""Anyone checks a document by file, by code, and without a network."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from django.test import Client

from motcua.core.documents import actions, queries
from motcua.core.documents.models import Document
from motcua.core.documents.testing import issued_result
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(db: None) -> Iterator[Document]:
    with acting(SYSTEM):
        yield issued_result()


def upload(client: Client, content: bytes) -> str:
    file = io.BytesIO(content)
    file.name = "giay-khai-sinh.pdf"
    return client.post("/kiem-tra/tep/", {"tep": file}).content.decode()


def test_a_genuine_file_is_called_genuine_and_names_who_signed(client: Client, document: Document) -> None:
    page = upload(client, queries.content(document))
    assert "Văn bản là thật" in page
    assert "Chủ tịch" in page
    assert "Ủy ban nhân dân phường Phan Đình Phùng" in page


def test_a_changed_byte_turns_the_verdict(client: Client, document: Document) -> None:
    content = bytearray(queries.content(document))
    content[2000] ^= 1
    assert "Văn bản không đáng tin" in upload(client, bytes(content))


def test_a_file_that_is_no_pdf_gets_a_verdict_and_no_error(client: Client, document: Document) -> None:
    assert "Không kiểm tra được tệp này" in upload(client, b"hello")


def test_the_code_is_forgiven_spaces_and_small_letters(client: Client, document: Document) -> None:
    typed = f"{document.code[:4]} {document.code[4:].lower()}"
    answer = client.get("/kiem-tra/", {"ma": typed}, follow=True)
    assert "Có trong sổ phát hành, còn hiệu lực" in answer.content.decode()
    assert "TRẦN NGỌC MINH CHÂU" not in answer.content.decode()


def test_a_code_alone_proves_no_paper_genuine(client: Client, document: Document) -> None:
    page = client.get(f"/kiem-tra/{document.code}/").content.decode()
    assert "Văn bản là thật" not in page
    assert "So tên, số và ngày dưới đây" in page


def test_an_unknown_code_says_what_to_do(client: Client, document: Document) -> None:
    answer = client.get("/kiem-tra/ABCDEFGHJKLM/")
    assert answer.status_code == 404
    assert "Kiểm tra lại từng ký tự" in answer.content.decode()


def test_nothing_chosen_is_said_at_the_field(client: Client) -> None:
    answer = client.post("/kiem-tra/tep/", {})
    assert answer.status_code == 400
    assert "Chọn tệp cần kiểm tra." in answer.content.decode()


def test_a_withdrawn_result_says_so(client: Client, document: Document) -> None:
    actions.withdraw(SYSTEM, document.pk, "cấp nhầm")
    page = client.get(f"/kiem-tra/{document.code}/").content.decode()
    assert "Văn bản đã bị thu hồi" in page
    assert "cấp nhầm" in page


def test_the_page_speaks_english(client: Client, document: Document) -> None:
    in_english = {"accept-language": "en"}
    page = client.get(f"/kiem-tra/{document.code}/", headers=in_english).content.decode()
    assert "In the register of issued documents, in force" in page
    assert "is genuine" not in page
