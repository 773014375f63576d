"""X-Road's RestProxyTest and its mock scenario, behaviour by behaviour, against a running pair of gateways."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from hashlib import sha512

import pytest

from motcua.gateway.reading import containers
from tests.gateway.town import CLIENT, SERVICE, Town, echo, plain


def test_should_fail_if_client_header_missing(town: Town) -> None:
    answer = town.call(client=None)
    assert (answer.status, answer.header("X-Road-Error")) == (400, "Client.BadRequest")
    assert "X-Road-Client" in answer.json["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/r1",
        "/r1/DEV",
        "/r1/DEV/COM/1234/TestService",
        "/r2/DEV/COM/1234/TestService/mock1",
        "/rx/a/b/c/d/e",
        "/r1/DEV/COM/%zz/TestService/mock1",
        "/r1/DEV/COM/a%20b/TestService/mock1",
        "/r1//COM/1234/TestService/mock1",
    ],
)
def test_should_fail_if_malformed_request_uri(town: Town, path: str) -> None:
    answer = town.call(path)
    assert (answer.status, answer.json["type"]) == (400, "Client.BadRequest")


def test_should_handle_simple_post(town: Town) -> None:
    town.provider.answer = echo
    answer = town.call(method="POST", body=b'{"a": 1}', headers={"Content-Type": "application/json"})
    assert (answer.status, answer.body) == (200, b'{"a": 1}')
    (request,) = town.provider.requests
    assert request.startswith(b"POST / HTTP/1.1\r\n")
    assert b"X-Road-Client:DEV/COM/4321/TestClient\r\n" in request


def test_should_keep_query_id(town: Town) -> None:
    assert town.call(headers={"X-Road-Id": "DEV-my-own-1"}).all("x-road-id") == ["DEV-my-own-1"]
    given = town.call().header("x-road-id")
    assert re.fullmatch(r"DEV-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", given)


def test_should_have_content_length_header(town: Town) -> None:
    town.provider.answer = lambda request: (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    )
    answer = town.call()
    assert (answer.all("content-length"), answer.all("transfer-encoding")) == (["11"], [])
    assert answer.body == b"hello world"


@pytest.mark.parametrize("said", [b"", b"Date: Sat, 21 Nov 2026 01:00:00 GMT\r\n"])
def test_should_have_only_one_date_header(town: Town, said: bytes) -> None:
    town.provider.answer = plain(b"{}", said)
    (date,) = town.call().all("date")
    assert date.endswith("GMT")
    assert not said or date == "Sat, 21 Nov 2026 01:00:00 GMT"


def test_should_accept_percent_encoded_identifiers(town: Town) -> None:
    answer = town.call(
        "/r1/DEV/COM/1234/Test%53ervice/mock1/a%2Fb/%C3%A9?q=%20a+b&x",
        client="DEV/COM/4321/TestCl%69ent",
    )
    assert answer.status == 200
    assert town.provider.requests[0].startswith(b"GET /a%2Fb/%C3%A9?q=%20a+b&x HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("rest", "called"),
    [("", b"/"), ("/", b"/"), ("?a=1", b"/?a=1"), ("/x/", b"/x/")],
)
def test_should_accept_empty_path(town: Town, rest: str, called: bytes) -> None:
    assert town.call(f"{SERVICE}/mock1{rest}").status == 200
    assert town.provider.requests[0].startswith(b"GET " + called + b" HTTP/1.1")


@pytest.mark.parametrize("rest", ["", "/x?y=1"])
def test_a_service_s_own_path_comes_first(town: Town, rest: str) -> None:
    assert town.call(f"{SERVICE}/below{rest}").status == 200
    assert town.provider.requests[0].startswith(f"GET /api/v2{rest} HTTP/1.1".encode())


def test_should_get_large_binary_message(town: Town) -> None:
    content = os.urandom(6_000_000)
    town.provider.answer = plain(content, b"Content-Type: application/octet-stream\r\n")
    answer = town.call(headers={"X-Road-Id": "large-answer"})
    assert (answer.status, answer.body) == (200, content)
    assert [each.is_answer for each in containers(town.journal("B"), "large-answer")] == [False, True]


def test_a_large_request_arrives_whole(town: Town) -> None:
    content = os.urandom(3_000_000)
    town.provider.answer = echo
    assert town.call(method="PUT", body=content).body == content


def test_should_not_follow_302_redirects(town: Town) -> None:
    town.provider.answer = plain(b"", b"Location: http://elsewhere.example/\r\n", b"302 Found")
    answer = town.call()
    assert (answer.status, answer.header("location")) == (302, "http://elsewhere.example/")
    assert len(town.provider.requests) == 1


def test_should_not_allow_calling_wsdl_services(town: Town) -> None:
    answer = town.call(f"{SERVICE}/soap")
    assert (answer.status, answer.header("X-Road-Error")) == (500, "Server.ServerProxy.ServiceType")


def test_should_not_allow_patch(town: Town) -> None:
    assert town.call(f"{SERVICE}/reads/people/7").status == 200
    answer = town.call(f"{SERVICE}/reads/people/7", "PATCH", b"{}")
    assert (answer.status, answer.header("X-Road-Error")) == (500, "Server.ServerProxy.AccessDenied")
    assert len(town.provider.requests) == 1


def test_should_select_resolvable_address(own: Town) -> None:
    from dataclasses import replace

    configuration = own.box.configuration()
    entries = tuple(
        replace(each, addresses=("does-not-exist.invalid:5500", *each.addresses))
        for each in configuration.gateways
    )
    own.box.extra["gateways"] = entries
    own.box.publish()
    assert own.start().call().status == 200


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/xml", "xml"),
        ("text/xml, */*", "xml"),
        ("application/json", "json"),
        ("*/*", "json"),
        ("application/json, application/xml", "json"),
        ("text/html", "json"),
    ],
)
def test_should_respect_accept_header_in_error_response(town: Town, accept: str, kind: str) -> None:
    answer = town.call(f"{SERVICE}/none-may", headers={"Accept": accept})
    assert answer.header("content-type") == f"application/{kind};charset=utf-8"
    if kind == "xml":
        assert re.fullmatch(
            rb'<\?xml version="1.0" encoding="UTF-8"\?><error><type>Server.ServerProxy.AccessDenied</type>'
            rb"<message>[^<]+</message><detail>[0-9a-f-]{36}</detail></error>",
            answer.body,
        )
    else:
        assert sorted(answer.json) == ["detail", "message", "type"]


def test_the_mock_scenario(town: Town) -> None:
    town.provider.answer = plain(b'{"name": "mock"}')
    answer = town.call(f"{SERVICE}/mock1", "POST", b'{"data": 1.0}', {"Content-Type": "application/json"})
    assert (answer.status, answer.json) == (200, {"name": "mock"})


# ---- beyond that list


def test_the_answer_s_hash_is_that_of_the_signed_request(town: Town) -> None:
    for name, body in (("hash-1", None), ("hash-2", b"body")):
        answer = town.call(method="POST" if body else "GET", body=body, headers={"X-Road-Id": name})
        request = containers(town.journal("A"), name)[0]
        from motcua.engines.asice import read_zip

        files = read_zip(request.content)
        head = sha512(files["message.xml"]).digest()
        digest = sha512(head + sha512(body).digest()).digest() if body else head
        assert answer.header("x-road-request-hash") == b64encode(digest).decode()
        assert answer.header("x-road-client") == CLIENT
        assert answer.header("x-road-service") == "DEV/COM/1234/TestService/mock1"
        assert len(answer.header("x-road-request-id")) == 36


def test_headers_of_one_hop_stay_behind(town: Town) -> None:
    town.provider.answer = plain(
        b"{}", b"Server: nginx\r\nKeep-Alive: 5\r\nX-Kept: 1\r\nX-Road-Id: forged\r\nX-Road-Error: forged\r\n"
    )
    answer = town.call(
        headers={
            "User-Agent": "test",
            "TE": "trailers",
            "Connection": "keep-alive, X-Mine",
            "X-Mine": "1",
            "X-Other": "2",
            "X-Road-UserId": "VN0011",
            "X-Road-Request-Hash": "forged",
        }
    )
    request = town.provider.requests[0].lower()
    assert b"\r\nx-other:2\r\n" in request
    assert b"\r\nx-road-userid:vn0011\r\n" in request
    assert b"\r\naccept:application/json\r\n" in request
    for name in (b"user-agent", b"te", b"x-mine", b"x-road-request-hash"):
        assert b"\r\n" + name + b":" not in request
    assert answer.header("x-kept") == "1"
    assert (answer.header("server"), answer.header("keep-alive"), answer.header("x-road-error")) == (
        "",
        "",
        "",
    )
    assert answer.all("x-road-id") != ["forged"]


def test_a_provider_s_own_error_passes_as_it_is(town: Town) -> None:
    town.provider.answer = plain(b"<html>", b"Content-Type: text/html\r\n", b"503 Busy")
    answer = town.call()
    assert (answer.status, answer.body, answer.header("X-Road-Error")) == (503, b"<html>", "")


def test_head_has_the_length_and_no_body(town: Town) -> None:
    town.provider.answer = lambda request: b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\n\r\n"
    answer = town.call(method="HEAD")
    assert (answer.status, answer.body, answer.header("x-a")) == (200, b"", "1")


@pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "TRACE", "PATCH", "PUT"])
def test_every_method_is_passed(town: Town, method: str) -> None:
    assert town.call(method=method).status == 200
    assert town.provider.requests[0].startswith(method.encode())


def test_a_system_calls_another_of_its_own_gateway(town: Town) -> None:
    town.provider.answer = echo
    answer = town.call("/r1/DEV/COM/4321/TestClient/local", "POST", b"near", {"X-Road-Id": "near-1"})
    assert (answer.status, answer.body) == (200, b"near")
    assert [each.is_answer for each in containers(town.journal("A"), "near-1")] == [False, True]


def test_what_may_be_asked_of_a_provider(town: Town) -> None:
    listed = town.call(f"{SERVICE}/listMethods").json["service"]
    assert {each["service_code"] for each in listed} >= {"mock1", "reads", "none-may"}
    assert "soap" not in {each["service_code"] for each in listed}
    allowed = {each["service_code"]: each for each in town.call(f"{SERVICE}/allowedMethods").json["service"]}
    assert "none-may" not in allowed
    assert {"method": "GET", "path": "/people/*"} in allowed["reads"]["endpoint_list"]
    assert {"method": "PATCH", "path": "/people/*"} not in allowed["reads"]["endpoint_list"]
    described = town.call(f"{SERVICE}/getOpenAPI?serviceCode=reads")
    assert (described.status, described.body) == (200, b"openapi: 3.1.0\n")
    assert town.call(f"{SERVICE}/getOpenAPI?serviceCode=mock1").status == 500


def test_who_takes_part_is_listed_in_both_forms(town: Town) -> None:
    members = town.call("/listClients", headers={"Accept": "application/json"}).json["member"]
    assert {
        "id": {
            "object_type": "SUBSYSTEM",
            "xroad_instance": "DEV",
            "member_class": "COM",
            "member_code": "1234",
            "subsystem_code": "TestService",
        },
        "name": "COM/1234",
    } in members
    assert b"<id:subsystemCode>TestService</id:subsystemCode>" in town.call("/listClients").body
    assert town.call("/listClients?xRoadInstance=XX").status == 400


def test_a_purpose_is_asked_for_where_the_law_asks(town: Town) -> None:
    asked = town.call(f"{SERVICE}/for-reasons")
    assert (asked.status, asked.header("X-Road-Error")) == (400, "Client.BadRequest")
    assert "X-Motcua-Purpose" in asked.json["message"]
    assert town.call(f"{SERVICE}/for-reasons", headers={"X-Motcua-Purpose": "birth"}).status == 200
    assert town.call(f"{SERVICE}/for-reasons", headers={"X-Motcua-Purpose": "gossip"}).status == 500
    lines = town.call("/operational", port=town.port("state", "B")).body.splitlines()
    assert any(b'"purpose": "birth"' in each and b'"side": "provider"' in each for each in lines)


def test_a_closed_service_says_why(town: Town) -> None:
    answer = town.call(f"{SERVICE}/closed")
    assert (answer.status, answer.json["message"]) == (503, "closed until Monday")


@pytest.mark.parametrize(
    "path", ["/reads/open/../people/7", "/reads/open/%2e%2e/x", "/reads/people/a%2f..%2fb"]
)
def test_no_path_leads_around_a_right(town: Town, path: str) -> None:
    assert town.call(SERVICE + path, "POST", b"").status in (400, 500)
    assert town.provider.requests == []


def test_errors_are_spelt_in_either_style(own: Town) -> None:
    from motcua.gateway.faults import NameStyle

    own.start(name_style=NameStyle.SNAKE)
    assert own.call(f"{SERVICE}/none-may").header("X-Road-Error") == "server.serverproxy.access_denied"
    assert own.call(client=None).json["type"] == "client.bad_request"
