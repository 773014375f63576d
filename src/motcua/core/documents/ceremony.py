"""The root's ceremonies: its key leaves the machine in a sealed export, and comes back for an hour once a year."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from motcua.core import clock
from motcua.core.documents import archiving, revocation, trust
from motcua.core.errors import Conflict, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.engines.pki import PrivateKey

SHORTEST = 16
"""Characters of the passphrase that seals the root."""


def take_offline(file: Path, passphrase: str) -> None:
    """Write the root's key, sealed, to a file that is not there yet; read it back; then remove it from this machine.

    Before that the root signs its list for a year and its responder for five. Raises UserError, Conflict.
    """
    house = trust.house()
    if not house.root_is_online:
        raise Conflict("Khóa gốc đã được cất ngoại tuyến.", "The root's key is offline already.")
    if len(passphrase) < SHORTEST:
        raise UserError(
            f"Cụm mật khẩu cần ít nhất {SHORTEST} ký tự.", f"The passphrase needs {SHORTEST} characters."
        )
    key = house.keys.private_key(trust.ROOT)
    root = house.root_authority()
    revocation.sign_root_list(house, root)
    house.renew_root_responder(root, clock.now() - dt.timedelta(days=1))
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
    house.keys.remove(trust.ROOT)
    emit("authority.root_offline", SYSTEM, data={"list_until": revocation.root_list_ends().isoformat()})
    trust.forget_house()


def renew(file: Path, passphrase: str) -> list[str]:
    """Bring the root back for a moment: a list for a year, a responder for five, branches that were never opened,
    and the next time-stamping key when the present one nears its end.

    Returns the branches opened. The key stays in the file. Raises UserError where it does not open, or is another.
    """
    house = trust.house()
    key = unseal(file, passphrase)
    if key.public_key() != house.root.certificate.public_key():
        raise UserError(
            f"{file} giữ khóa của một gốc khác.", f"{file} holds the key of another root.", field="file"
        )
    root = house.root_authority(key)
    missing = [branch for branch in trust.BRANCHES if branch not in house.authorities]
    with trust.alone(house.home):
        for branch in missing:
            house.open_branch(branch, root)
        house.renew_root_responder(root, clock.now() - dt.timedelta(days=1))
    revocation.sign_root_list(house, root)
    archiving.follow_stamper(root)
    emit("authority.root_used", SYSTEM, data={"branches": missing})
    trust.forget_house()
    return missing


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
