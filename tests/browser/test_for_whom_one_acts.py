"""For whom one acts is chosen in the header of any page, with scripts or without, and stands there."""

from __future__ import annotations

import pytest

from motcua.core.identity import mandates
from motcua.core.identity.models import Party
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from tests.browser.conftest import OpenWindow
from tests.people import number


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_representative_changes_sides_in_the_header(window: OpenWindow, script: bool) -> None:
    with acting(SYSTEM):
        old, young = (Party.objects.get(personal_number=number(who)) for who in ("suu", "huong"))
        mandate = mandates.give(
            SYSTEM, principal=old, representative=young, kind="proxy", evidence="Giấy ủy quyền"
        )
    phone = window(number("huong"), script=script).open("/thu-tuc/")
    phone.page.locator("summary.mc-tool").first.click()
    phone.press("Làm thay MA THỊ SỬU").must_say("Từ nay ông/bà làm thay MA THỊ SỬU").glance()
    phone.open("/thu-tuc/").must_fit()
    phone.page.locator("summary.mc-tool").first.click()
    phone.press("Trở về việc của tôi").must_say("Ông/bà trở lại làm việc của mình").is_faultless()
    with acting(SYSTEM):
        mandates.revoke(SYSTEM, mandate)
