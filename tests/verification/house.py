"""Things signed by an officer of the installation, as anyone might hand them in."""

from __future__ import annotations

import io
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typst
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.test import Client

from motcua.cli.verify import verify
from motcua.core import clock
from motcua.core.documents import revocation, signing_keys, trust
from motcua.core.documents.models import Key
from motcua.core.organisations.models import Appointment
from motcua.engines import cades, pades, xades
from motcua.engines.pades import Level
from motcua.engines.pki import algorithm_of, sign_with
from motcua.engines.trust_lists import Evidence
from motcua.engines.xmldsig import Signer, signer_for

XML = "<van_ban xmlns='urn:van-ban'><so>12/QĐ-UBND</so></van_ban>".encode()


@dataclass(frozen=True)
class Officer:
    """The ward's chair with a key of their own."""

    key: Key

    @classmethod
    def enrolled(cls) -> Officer:
        chair = Appointment.objects.select_related("officer").get(
            position__code="chair", agency__code="H55.237"
        )
        return cls(signing_keys.enrol_officer(chair.officer_id, chair.agency_id))

    @property
    def signer(self) -> Signer:
        house = trust.house()
        private = house.keys.private_key(self.key.key_id)
        chain = tuple(signing_keys.chain_of(self.key))
        return signer_for(signing_keys.certificate_of(self.key), private, chain=chain)

    def pdf(self, level: Level) -> bytes:
        """Signed now, with what is known now as evidence."""
        house, certificate = trust.house(), signing_keys.certificate_of(self.key)
        made = typst.compile(b"= Decision", format="pdf", pdf_standards=["a-2b"])
        assert isinstance(made, bytes)
        prepared = pades.prepare(
            made, "NguoiKy", certificate, chain=signing_keys.chain_of(self.key), when=clock.now()
        )
        stamp = None if level is Level.B_B else house.time_stamping.stamp
        signature = house.keys.sign(self.key.key_id, prepared.to_sign, algorithm_of(certificate))
        signed = pades.complete(prepared, signature, timestamp=stamp)
        if level in (Level.B_B, Level.B_T):
            return signed
        answers = (revocation.answer_about(certificate), self._about_the_stamp())
        signed = pades.embed_evidence(
            signed,
            certificates=house.intermediates,
            ocsps=[one for one in answers if one],
            crls=[revocation.list_of("root")],
        )
        return (
            pades.archive(signed, house.time_stamping.stamp, field="LuuTru")
            if level is Level.B_LTA
            else signed
        )

    def xml(self, document: bytes = XML) -> bytes:
        """XAdES B-LT over the whole document."""
        signed = xades.sign_document(
            document, self.signer, xades.Claims(clock.now()), timestamp=trust.house().time_stamping.stamp
        )
        return xades.embed_evidence(signed, self.evidence)

    def over(self, files: dict[str, bytes]) -> bytes:
        """An XML signature over files kept elsewhere."""
        stamp = trust.house().time_stamping.stamp
        return xades.sign(files, self.signer, xades.Claims(clock.now()), timestamp=stamp).xml

    def message(self, content: bytes, *, enclosed: bool = False) -> bytes:
        """CAdES B-LT over content, by our own hand."""
        house, certificate = trust.house(), signing_keys.certificate_of(self.key)
        private = house.keys.private_key(self.key.key_id)
        signed = cades.sign(
            content,
            certificate,
            lambda data: sign_with(private, data, algorithm_of(certificate)),
            at=clock.now(),
            chain=signing_keys.chain_of(self.key),
            timestamp=house.time_stamping.stamp,
            enclosed=enclosed,
        )
        return cades.embed_evidence(signed, self.evidence)

    @property
    def evidence(self) -> Evidence:
        """What is known now of the signer and of the time-stamping authority."""
        answers = [revocation.answer_about(signing_keys.certificate_of(self.key)), self._about_the_stamp()]
        chain = tuple(trust.house().intermediates)
        return Evidence(chain, tuple(one for one in answers if one), (revocation.list_of("root"),))

    def p7s(self, content: bytes, folder: Path) -> bytes:
        """A detached CAdES signature, made by OpenSSL."""
        private = trust.house().keys.private_key(self.key.key_id)
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "key.pem").write_bytes(pem)
        (folder / "own.pem").write_bytes(signing_keys.certificate_of(self.key).public_bytes(Encoding.PEM))
        (folder / "content").write_bytes(content)
        subprocess.run(
            [
                *("openssl", "cms", "-sign", "-cades", "-binary", "-md", "sha256", "-outform", "DER"),
                *("-signer", "own.pem", "-inkey", "key.pem", "-in", "content", "-out", "content.p7s"),
            ],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        return (folder / "content.p7s").read_bytes()

    def _about_the_stamp(self) -> bytes | None:
        house = trust.house()
        return revocation.answer_about(house.keys.certificate(house.stamper))


def on_the_page(client: Client, *given: tuple[str, bytes], lang: str = "vi") -> str:
    """What the page says of files."""
    answer = client.post("/kiem-tra/tep/", {"tep": _sent(given)}, headers={"accept-language": lang})
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def by_the_api(client: Client, *given: tuple[str, bytes]) -> list[dict[str, Any]]:
    """What the API says of files."""
    answer = client.post("/kiem-tra/api/v1/files", {"tep": _sent(given)})
    assert answer.status_code == 200, answer.content.decode()
    files: list[dict[str, Any]] = answer.json()["files"]
    return files


def by_the_command(folder: Path, *given: tuple[str, bytes]) -> tuple[int, list[dict[str, Any]]]:
    """What `motcua verify` says offline, with the bundle as it is published now."""
    bundle = trust.house().publish()
    paths = []
    for name, content in given:
        (folder / name).write_bytes(content)
        paths.append(str(folder / name))
    said = CliRunner().invoke(verify, [*paths, "--trust", str(bundle), "--json"])
    assert said.exception is None or isinstance(said.exception, SystemExit), said.exception
    return said.exit_code, [json.loads(line) for line in said.output.splitlines()]


def _sent(given: tuple[tuple[str, bytes], ...]) -> list[io.BytesIO]:
    files = []
    for name, content in given:
        file = io.BytesIO(content)
        file.name = name
        files.append(file)
    return files
