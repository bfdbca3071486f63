"""Instruments counted in the stage that uses them."""

from __future__ import annotations

import threading
import time

from foleydesigner.stopwatch import Stopwatch, current, listening, timed


def test_calls_are_counted_where_somebody_listens() -> None:
    with timed("unheard"):
        pass
    with listening() as watch:
        for _ in range(3):
            with timed("flow"):
                time.sleep(0.01)
        with timed("depth"):
            pass
    assert list(watch.laps) == ["flow", "depth"]
    assert watch.laps["flow"].calls == 3
    assert 0.03 <= watch.laps["flow"].seconds < 0.3
    assert current() is None


def test_what_fails_is_counted_and_another_thread_hears_nothing_of_this_one() -> None:
    other = Stopwatch()

    def work() -> None:
        assert current() is None
        with listening() as own, timed("elsewhere"):
            pass
        other.add(own)

    with listening() as watch:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        try:
            with timed("broken"):
                raise ValueError
        except ValueError:
            pass
        watch.add(other)
    assert {name: lap.calls for name, lap in watch.laps.items()} == {"broken": 1, "elsewhere": 1}
