"""A disk that was slow once is not waited for by the loop again at once."""

from motcua.gateway.disk import FIRST_PAUSE_S, LONGEST_PAUSE_S, Disk


def test_a_slow_write_sends_the_next_ones_to_the_thread_for_longer_and_longer() -> None:
    now = 100.0
    disk = Disk(lambda: now)
    disk.took(0.0001)
    assert disk.is_quick()
    pauses = []
    for _ in range(8):
        disk.took(0.02)
        assert not disk.is_quick()
        begun = now
        while not disk.is_quick():
            disk.took(0.02)  # in the thread: does not count twice
            now += 0.25
        pauses.append(now - begun)
    assert pauses[:3] == [FIRST_PAUSE_S, FIRST_PAUSE_S * 2, FIRST_PAUSE_S * 4]
    assert pauses[-1] == LONGEST_PAUSE_S

    now += LONGEST_PAUSE_S + 1  # quick again for as long as it was last avoided: trusted as at first
    disk.took(0.0001)
    disk.took(0.02)
    now += FIRST_PAUSE_S
    assert disk.is_quick()
