"""`motcua agent`: the program at an officer's desk that signs with the token plugged in there."""

from __future__ import annotations

import secrets
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.agent.desk import Desk, NotSigned
from motcua.agent.loopback import PORT, Loopback
from motcua.agent.pin_window import LONGEST, MOST, PinWindow
from motcua.agent.site import Site, SiteError
from motcua.engines.pki import KeyKind, KeyStoreError, SignatureAlgorithm
from motcua.engines.pki.pkcs11 import Token
from motcua.engines.pki.requests import fingerprint_of, request_for

FAULT = 1


@click.group()
@click.option(
    "--driver",
    required=True,
    envvar="MOTCUA_AGENT_DRIVER",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PKCS #11 driver of the token (a shared library that its maker ships).",
)
@click.option("--token", "label", default="", help="Label of the token, where several are plugged in.")
@click.pass_context
def agent(context: click.Context, driver: Path, label: str) -> None:
    """Sign at the desk with your own token. The PIN is asked here and never leaves this machine."""
    context.obj = Token(driver, label=label)


@agent.command()
@click.pass_obj
def show(token: Token) -> int:
    """The certificates on the token."""
    try:
        for held in token.certificates():
            subject, end = held.certificate.subject.rfc4514_string(), held.certificate.not_valid_after_utc
            click.echo(f"{held.certificate.serial_number:x}  {end:%d/%m/%Y}  {subject}")
    except KeyStoreError as fault:
        return _fault(fault)
    return 0


@agent.command()
@click.argument("site")
@click.argument("code")
@click.pass_obj
def sign(token: Token, site: str, code: str) -> int:
    """Sign what CODE of the page “Ký bằng thiết bị” on SITE opens: the way without a script in the page."""
    try:
        outcomes = _desk(token).sign(Site(site), code)
    except (NotSigned, SiteError) as fault:
        return _fault(fault)
    return FAULT if any(one.fault for one in outcomes) else 0


@agent.command()
@click.argument("sites", nargs=-1, required=True)
@click.option("--port", default=PORT, show_default=True, help="Port on this machine.")
@click.option(
    "--hold-pin",
    "minutes",
    type=click.IntRange(0, LONGEST // 60),
    default=0,
    show_default=True,
    help="Minutes for which a PIN typed once is held in memory; 0 asks each time.",
)
@click.option(
    "--hold-for", "signatures", type=click.IntRange(1, MOST), default=50, show_default=True,
    help="Signatures after which a held PIN is asked again.",
)  # fmt: skip
@click.pass_obj
def serve(token: Token, sites: tuple[str, ...], port: int, minutes: int, signatures: int) -> int:
    """Wait for the pages of SITES, and for no other page, to ask for signatures."""
    window = PinWindow(minutes * 60, signatures)
    try:
        server = Loopback(Desk(token, _ask_pin, click.echo, window), list(sites), port)
    except OSError as fault:
        return _fault(f"Cổng {port} đang bận ({fault}). Máy ký đã chạy rồi, hoặc chọn cổng khác bằng --port.")
    click.echo(f"Máy ký sẵn sàng ở 127.0.0.1:{port} cho {', '.join(sites)}. Ctrl+C để dừng.")
    try:
        with server:
            server.serve_forever()
    except KeyboardInterrupt:
        click.echo("Đã dừng.")
    finally:
        window.forget()
    return 0


@agent.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--name", required=True, help="Your name; the certificate takes it from the registers.")
@click.option("--kind", type=click.Choice([str(kind) for kind in KeyKind]), default=str(KeyKind.P256))
@click.pass_obj
def request(token: Token, file: Path, name: str, kind: str) -> int:
    """Make a key on the token and write the request for its certificate to FILE."""
    pin = click.prompt("Mã PIN của thiết bị", hide_input=True)
    key_id = secrets.token_bytes(16)
    rsa = kind != KeyKind.P256
    algorithm = SignatureAlgorithm.RSA_SHA256 if rsa else SignatureAlgorithm.ECDSA_SHA256
    try:
        public = token.generate(pin, name, key_id, KeyKind(kind))
        asked = request_for(public, name, algorithm, lambda data: token.sign(pin, key_id, data, algorithm))
    except KeyStoreError as fault:
        return _fault(fault)
    file.write_bytes(x509.load_der_x509_csr(asked).public_bytes(Encoding.PEM))
    click.echo(
        f"{file}: dán nội dung này vào đề nghị cấp chứng thư. Dấu vân tay khóa: {fingerprint_of(public)}"
    )
    return 0


@agent.command()
@click.argument("certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def install(token: Token, certificate: Path) -> int:
    """Put the issued CERTIFICATE (PEM) beside its key on the token."""
    try:
        (issued, *_) = x509.load_pem_x509_certificates(certificate.read_bytes())
    except ValueError as fault:
        return _fault(f"{certificate} không phải chứng thư PEM: {fault}")
    pin = click.prompt("Mã PIN của thiết bị", hide_input=True)
    try:
        label = issued.subject.rfc4514_string()
        token.install(pin, label, token.key_id_of(pin, issued), issued)
    except KeyStoreError as fault:
        return _fault(fault)
    click.echo("Đã ghi chứng thư vào thiết bị.")
    return 0


def _desk(token: Token) -> Desk:
    return Desk(token, _ask_pin, click.echo)


def _ask_pin(sentence: str) -> str | None:
    return str(click.prompt(sentence, hide_input=True, default="", show_default=False)) or None


def _fault(fault: object) -> int:
    click.echo(f"Lỗi: {fault}", err=True)
    return FAULT
