"""Withdrawing a root whose key was lost: nothing below it is believed from that moment on, and another takes its place.

The time-stamping keys and authorities below it were not lost with it, so what they signed before stays provable: the
notice names them, each trusted by itself up to that moment (`checking.withdrawn`). Certificates that bound the root's
key to another root are revoked, or they would lead around the withdrawal.
"""

from __future__ import annotations

import datetime as dt
import json

from motcua.core import clock
from motcua.core.documents import revocation, root_files, trust
from motcua.core.documents.checking.withdrawn import Stood, WithdrawnRoot
from motcua.core.documents.naming import link_of
from motcua.engines.pki import Authority, generate_key


def withdraw(name: str, since: dt.datetime, code: str) -> None:
    """Believe a root no longer. Where its key is on this machine it signs a last list, naming all that it certified,
    and is destroyed; where no other root stands, the key of the next is made here too, else by the ceremony. May be
    stopped and done again."""
    house = trust.house()
    if name not in house.withdrawn:
        with trust.alone(house.home):
            root_files.withdraw_root(house.trust, _notice(house, name, since, code))
    remember(house, _fallen(house, name, since, code))
    trust.forget_house(house.home)
    house = trust.house()
    _sign_lists(house)
    if trust.key_of(name) in house.keys.key_ids():
        house.keys.remove(trust.key_of(name))
        if not house.standing_roots and not house.root_is_online:
            house.keys.add(trust.key_of(house.root_name), generate_key())


def remember(house: trust.House, gone: list[trust.RevokedAuthority]) -> None:
    """Keep among the revoked, each once."""
    with trust.alone(house.home):
        known = {one.name: one for one in house.revoked()}
        rows = [one.to_json() for one in ({one.name: one for one in gone} | known).values()]
        trust.write_whole(house.trust / trust.REVOKED, json.dumps(rows, indent=1).encode())


def _sign_lists(house: trust.House) -> None:
    """The lists of all roots on this machine that lack what was revoked; the others' wait for their ceremony."""
    for name, certificate in house.roots.items():
        if trust.key_of(name) in house.keys.key_ids() and revocation.root_list_lacks(house, name):
            key = house.keys.private_key(trust.key_of(name))
            revocation.sign_root_list(house, Authority(certificate, key, trust.addresses_of(name)))


def _fallen(house: trust.House, name: str, since: dt.datetime, code: str) -> list[trust.RevokedAuthority]:
    """The root, every authority that it certified, and what bound its key to other roots."""
    own = house.roots[name]
    below = [
        trust.RevokedAuthority(each, one.certificate.serial_number, since, code, name)
        for each, one in house.authorities.items()
        if house.issuer_of(one.certificate) == name
    ]
    links = [
        trust.RevokedAuthority(link_of(name, above), one.serial_number, since, code, above)
        for one in house.links
        if one.subject == own.subject and (above := house.issuer_of(one)) is not None
    ]
    return [trust.RevokedAuthority(name, own.serial_number, since, code), *below, *links]


def _notice(house: trust.House, name: str, since: dt.datetime, code: str) -> WithdrawnRoot:
    """Whom of those below it one may believe until when: until it was revoked itself, if that came before."""
    ends = {one.name: one for one in house.revoked()}
    below = {
        each: one.certificate
        for each, one in house.authorities.items()
        if house.issuer_of(one.certificate) == name
    }
    stamping = {each: house.keys.certificate(each) for each in house.stampers}
    below |= {each: one for each, one in stamping.items() if house.issuer_of(one) == name}
    stood = tuple(
        Stood(
            each,
            one,
            min(since, ends[each].at) if each in ends else since,
            key_is_lost=each in ends and ends[each].key_is_lost,
        )
        for each, one in below.items()
    )
    return WithdrawnRoot(name, trust.title_of(name), house.roots[name], since, code, clock.now(), stood)
