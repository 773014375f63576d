"""The root's ceremonies: its key leaves the machine in a sealed export, and comes back for an hour once a year."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from motcua.core.documents import revocation, succession, trust
from motcua.core.errors import Conflict, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.engines.pki import PrivateKey, ceremonies, generate_key
from motcua.engines.pki.ceremonies import Answer, CeremonyError, Order

SHORTEST = 16
"""Characters of the passphrase that seals the root."""


def take_offline(file: Path, passphrase: str) -> None:
    """Write the root's key, sealed, to a file that is not there yet; read it back; then remove it from this machine.

    Before that the root signs its list for a year and its responder for five. Raises UserError, Conflict.
    """
    house = trust.house()
    if not house.root_is_online:
        raise Conflict("Khóa gốc đã được cất ngoại tuyến.", "The root's key is offline already.")
    name = house.root_name
    key = house.keys.private_key(trust.key_of(name))
    if len(passphrase) < SHORTEST:
        raise too_short()
    succession.hold(succession.order(name, found_next=False, whole=True), key, ["motcua"])
    seal(key, file, passphrase)
    house.keys.remove(trust.key_of(name))
    emit("authority.root_offline", SYSTEM, data={"list_until": revocation.root_list_ends().isoformat()})
    trust.forget_house(house.home)


def renew(file: Path, passphrase: str, by: Sequence[str] = ()) -> list[str]:
    """Bring a root back for a moment, on this machine: it does all that is due, and signs its list for a year and its
    responder for five. A next root is founded only by an order carried to it (`answer_to`).

    Returns what was certified. The key stays in the file. Raises UserError where it does not open, or is another.
    """
    house = trust.house()
    key = unseal(file, passphrase)
    name = next((one for one, root in house.roots.items() if root.public_key() == key.public_key()), None)
    if name is None:
        raise UserError(
            f"{file} giữ khóa của một gốc khác.", f"{file} holds the key of another root.", field="file"
        )
    fresh = succession.hold(succession.order(name, found_next=False, whole=True), key, by)
    return [one for one in fresh if one != "responder"]


def answer_to(
    order: Order,
    certificate: x509.Certificate | None,
    sealed: tuple[Path, str],
    *,
    by: Sequence[str],
    now: dt.datetime,
    next_sealed: tuple[Path, str] | None = None,
) -> Answer:
    """On the machine of the root, which needs nothing of the installation: sign what an order asks. The next root's key
    is made and sealed here when the order asks for one; so is the root's own, into `sealed`, where the order founds it
    (`certificate` is None then). `sealed` is a file with its passphrase. Raises UserError."""
    if len(dict.fromkeys(filter(None, by))) < 2:
        raise UserError("Lần ký của gốc cần hai người.", "The root's ceremony takes two persons.", "by")
    if order.title:
        key = generate_key()
        seal(key, *sealed)
    else:
        key = unseal(*sealed)
    next_key = None
    if order.next_root and next_sealed is not None:
        next_key = generate_key()
        seal(next_key, *next_sealed)
    try:
        return ceremonies.answer(order, certificate, key, by=by, now=now, next_key=next_key)
    except CeremonyError as wrong:
        raise UserError(f"Gốc không ký được: {wrong}.", f"The root cannot sign this: {wrong}.") from wrong


def seal(key: PrivateKey, file: Path, passphrase: str) -> None:
    """Write a root's key, sealed, to a file that is not there yet, and read it back. Raises UserError, Conflict."""
    if len(passphrase) < SHORTEST:
        raise too_short()
    sealed = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode())
    )
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    except FileExistsError:
        raise Conflict(f"{file} đã có. Chọn tệp khác.", f"{file} is there already.") from None
    with os.fdopen(handle, "wb") as out:
        out.write(sealed)
        out.flush()
        os.fsync(out.fileno())
    if unseal(file, passphrase).public_key() != key.public_key():
        raise Conflict(f"{file} không đọc lại được; khóa gốc vẫn ở máy này.", f"{file} cannot be read back.")


def too_short() -> UserError:
    return UserError(
        f"Cụm mật khẩu cần ít nhất {SHORTEST} ký tự.", f"The passphrase needs {SHORTEST} characters."
    )


def kept_by_two(first: str, second: str) -> str:
    """The passphrase of a root that two persons keep, each a half; of one person's where the second is empty."""
    return f"{first}\n{second}" if second else first


def unseal(file: Path, passphrase: str) -> PrivateKey:
    """The key in a sealed export. Raises UserError."""
    try:
        key = load_pem_private_key(file.read_bytes(), passphrase.encode())
    except (OSError, ValueError) as fault:
        raise UserError(
            f"{file} không mở được bằng cụm mật khẩu này: {fault}", f"{file} does not open: {fault}"
        ) from fault
    if not isinstance(key, PrivateKey):
        raise UserError(f"{file} không giữ khóa P-256 hay RSA.", f"{file} holds neither P-256 nor RSA.")
    return key
