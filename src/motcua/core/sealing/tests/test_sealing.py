"""Personal data lie sealed: found by index, sealed anew under new keys, gone when a key is destroyed."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import FieldError
from django.db import connection, transaction

from motcua.config import home
from motcua.core import clock
from motcua.core.identity.models import Party
from motcua.core.ledger.actor import ANONYMOUS, SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.notifications.models import Message
from motcua.core.sealing import envelope, keyring, master, rotation
from motcua.core.sealing.models import DataKey

pytestmark = pytest.mark.django_db
NUMBER, PHONE = "019199912345", "+84912000111"


@pytest.fixture
def party() -> Party:
    with acting(SYSTEM):
        return Party.objects.create(name="Trần Thử", personal_number=NUMBER, phone=PHONE)


def stored(party: Party, column: str) -> str:
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(f"select {column} from identity_party where id = %s", [party.pk])
        return str(cursor.fetchone()[0])


def message(month: int) -> Message:
    row = Message(kind="test", key=f"test/{month}", subject="Hồ sơ đã nhận", body="Mã 123", party_id=None)
    row.at = row.at.replace(year=2025, month=month, day=3)
    row.save()
    return row


def test_what_is_plain_in_the_program_is_sealed_in_the_table(party: Party) -> None:
    assert stored(party, "phone").startswith(envelope.MARK)
    assert NUMBER not in stored(party, "number_index")
    with acting(SYSTEM):
        again = Party.objects.get(pk=party.pk)
    assert (again.personal_number, again.phone, again.email) == (NUMBER, PHONE, "")


def test_equal_values_do_not_look_equal(party: Party) -> None:
    with acting(SYSTEM):
        other = Party.objects.create(name="Lê Khác", phone=PHONE)
    assert stored(party, "phone") != stored(other, "phone")


def test_a_person_is_found_by_number_and_only_by_the_whole_number(party: Party) -> None:
    people: Any = Party.objects
    with acting(SYSTEM):
        assert Party.objects.get(personal_number=NUMBER) == party
        assert Party.objects.filter(personal_number__in=[NUMBER, "000"]).count() == 1
        assert not Party.objects.filter(personal_number=NUMBER[:-1]).exists()
        assert Party.objects.get_or_create(personal_number=NUMBER, defaults={"name": "X"}) == (party, False)
        with pytest.raises(FieldError, match=r"identity_party\.personal_number is sealed"):
            people.filter(personal_number__startswith="019")
        with pytest.raises(FieldError, match=r"identity_party\.phone is sealed"):
            people.filter(phone=PHONE)


def test_the_same_number_has_another_index_for_another_purpose() -> None:
    assert keyring.blind("personal number", NUMBER) != keyring.blind("username", NUMBER)
    assert keyring.blind("username", " H55.Chair ") == keyring.blind("username", "h55.chair")


def test_a_value_moved_to_another_column_cannot_be_read(party: Party) -> None:
    with acting(SYSTEM):
        with connection.cursor() as cursor:
            cursor.execute("update identity_party set email = phone where id = %s", [party.pk])
        with pytest.raises(envelope.Unreadable, match=r"identity_party\.email"):
            Party.objects.get(pk=party.pk)


def test_an_altered_value_is_refused() -> None:
    cipher = AESGCM(envelope.new_key())
    sealed = envelope.seal(cipher, envelope.new_id(), "0912", "table.column")
    changed = sealed[:-3] + ("AAA" if sealed[-3:] != "AAA" else "BBB")
    with pytest.raises(envelope.Unreadable):
        envelope.unseal(cipher, changed, "table.column")


def test_a_key_outlives_the_act_that_needed_it_first() -> None:
    with transaction.atomic():
        used = keyring.key_for("test/undone").id
        transaction.set_rollback(True)
    keyring.forget()
    assert keyring.key_for("test/undone").id == used
    DataKey.objects.filter(group="test/undone").delete()


def test_a_rotation_seals_every_row_anew_and_can_be_repeated(
    party: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored(party, "phone")
    with acting(SYSTEM):
        rotation.retire(["identity_party"])
        assert rotation.unfinished()
        assert rotation.reseal() > 0
        assert rotation.reseal() == 0
        later = clock.now() + rotation.RESTS
        monkeypatch.setattr(clock, "now", lambda: later)
        assert rotation.drop_empty() == 1
        assert not rotation.unfinished()
        assert Party.objects.get(personal_number=NUMBER).phone == PHONE
    after = stored(party, "phone")
    assert envelope.key_id_of(after) != envelope.key_id_of(before)


def test_rows_from_before_sealing_are_read_and_sealed_by_the_next_rotation(party: Party) -> None:
    with acting(SYSTEM):
        with connection.cursor() as cursor:
            cursor.execute("update identity_party set phone = '0999' where id = %s", [party.pk])
        assert Party.objects.get(pk=party.pk).phone == "0999"
        rotation.reseal()
    assert stored(party, "phone").startswith(envelope.MARK)


def test_destroying_a_key_erases_its_group_and_no_other() -> None:
    with acting(SYSTEM):
        gone, kept = message(3), message(4)
        assert rotation.erase("messages/2025-03") == 1
        assert rotation.erase("messages/2025-03") == 0
        gone.refresh_from_db()
        kept.refresh_from_db()
        rotation.reseal()
    assert (gone.subject, gone.body) == ("", "")
    assert (kept.subject, kept.body) == ("Hồ sơ đã nhận", "Mã 123")
    DataKey.objects.filter(group__startswith="messages/2025").delete()


def test_a_new_master_key_wraps_every_data_key(monkeypatch: pytest.MonkeyPatch, party: Party) -> None:
    lines = master._lines()
    newer = envelope.encode(envelope.new_key())
    monkeypatch.setattr(master, "_lines", lambda: [newer, *lines])
    changed = rotation.rewrap()
    assert changed == DataKey.objects.filter(erased_at=None).count()
    monkeypatch.setattr(master, "_lines", lambda: [newer])
    keyring.forget()
    with acting(SYSTEM):
        assert Party.objects.get(personal_number=NUMBER).phone == PHONE
    monkeypatch.setattr(master, "_lines", lambda: lines)
    keyring.forget()
    with pytest.raises(master.MasterKeyMissing, match="Restore the secret data_key"), acting(SYSTEM):
        Party.objects.get(personal_number=NUMBER)
    keyring.forget()


def test_nothing_is_sealed_anew_nor_dropped_by_whom_row_security_hides_rows_from(party: Party) -> None:
    rotation.retire(["identity_party"])
    with pytest.raises(rotation.HalfSeen):
        rotation.reseal()
    with pytest.raises(rotation.HalfSeen), acting(ANONYMOUS):
        rotation.drop_empty()
    with acting(SYSTEM):
        assert Party.objects.get(pk=party.pk).phone == PHONE


def test_a_key_is_kept_while_others_may_still_seal_under_it(
    party: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered = keyring.key_for("identity_party")
    with acting(SYSTEM):
        rotation.retire(["identity_party"])
        rotation.reseal()
        rotation.drop_empty()
        keyring._by_group["identity_party"] = remembered  # as in a process that runs since before
        late = Party.objects.create(name="Lê Muộn", phone=PHONE)
        keyring.forget()
        assert Party.objects.get(pk=late.pk).phone == PHONE
        later = clock.now() + rotation.RESTS
        monkeypatch.setattr(clock, "now", lambda: later)
        rotation.reseal()
        rotation.drop_empty()
        assert not DataKey.objects.filter(pk=remembered.id).exists()
        assert Party.objects.get(pk=late.pk).phone == PHONE


def test_the_system_may_seal_anew_what_lies_in_every_table() -> None:
    """Where no policy lets it change rows, a rotation would never end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class c where relrowsecurity and not exists ("
            "select from pg_policies where tablename = relname and cmd in ('ALL', 'UPDATE'))"
        )
        closed = {name for (name,) in cursor.fetchall()}
    assert closed.isdisjoint(one.model._meta.db_table for one in rotation.sealed_tables())


def test_whoever_changes_the_master_key_waits_for_keys_that_are_just_being_made() -> None:
    waiting = threading.Thread(target=keyring.wait_for_makers)
    with keyring.apart() as maker:
        maker.execute("begin")
        maker.execute("select pg_advisory_xact_lock_shared(%s)", [keyring.MAKING])
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
        maker.execute("commit")
    waiting.join(60)
    assert not waiting.is_alive()


def test_master_keys_are_written_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    place = home.folder("secrets") / "data_key"
    place.write_text("newer\nolder\n")
    monkeypatch.setattr(master, "_lines", lambda: ["newer", "older"])

    def full(_: int) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            master.drop_older()
    assert place.read_text() == "newer\nolder\n"
    master.drop_older()
    assert place.read_text() == "newer\n"
    place.unlink()
