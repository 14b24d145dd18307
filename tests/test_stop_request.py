from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from bulk_update.exits import SIGNAL_EXIT_CODES, SUCCESS, RunEnd, end_of_stop
from bulk_update.records import Issue
from bulk_update.stop_request import ECHO_SECONDS, Interrupted, StopCause, StopRequest

HUP, INT, TERM = StopCause.SIGHUP, StopCause.SIGINT, StopCause.SIGTERM


def stop_request(*, seconds_between_requests: float = 1.0) -> StopRequest:
    """Return a stop request whose clock advances by this much between requests."""
    clock = itertools.count(100.0, seconds_between_requests).__next__
    return StopRequest(monotonic=clock)


def test_the_first_cause_is_kept() -> None:
    stop = stop_request()
    assert (stop.cause, stop.is_urgent) == (None, False)
    stop.request(TERM)
    assert (stop.cause, stop.is_urgent) == (TERM, False)
    stop.request(INT)
    assert (stop.cause, stop.is_urgent) == (TERM, True)


@pytest.mark.parametrize("cause", StopCause)
def test_every_cause_has_the_exit_code_that_shells_use(cause: StopCause) -> None:
    number = {"SIGHUP": 1, "SIGINT": 2, "SIGTERM": 15}[cause]
    assert end_of_stop(cause) == RunEnd(128 + number, (Issue("signal", {"signal": cause}),))
    assert SIGNAL_EXIT_CODES[cause] == 128 + number


def test_a_run_continues_without_a_cause() -> None:
    assert end_of_stop(None) is SUCCESS


def test_a_signal_interrupts_only_interruptible_work() -> None:
    stop = stop_request()
    with pytest.raises(Interrupted), stop.interruptible():
        stop.interrupt(INT)
    stop = stop_request()
    stop.interrupt(INT)
    assert stop.cause is INT


def test_an_outer_interruptible_block_stays_interruptible_after_an_inner_one() -> None:
    stop = stop_request()
    with pytest.raises(Interrupted), stop.interruptible():
        interrupt_after_another_block(stop)


def interrupt_after_another_block(stop: StopRequest) -> None:
    with stop.interruptible():
        pass
    stop.interrupt(INT)


def test_an_interruptible_block_in_another_thread_does_not_affect_the_main_thread() -> None:
    stop = stop_request()
    entered, left = threading.Event(), threading.Event()

    def work() -> None:
        with suppress(Interrupted), stop.interruptible():
            entered.set()
            left.wait()

    thread = threading.Thread(target=work)
    thread.start()
    entered.wait()
    stop.interrupt(INT)
    left.set()
    thread.join()
    assert stop.cause is INT


def test_an_earlier_request_is_noticed_on_entry() -> None:
    stop = stop_request()
    stop.interrupt(INT)
    with pytest.raises(Interrupted), stop.interruptible():
        raise AssertionError


def test_a_lost_exception_is_raised_again_on_exit() -> None:
    stop = stop_request()
    with pytest.raises(Interrupted), stop.interruptible():
        interrupt_in_vain(stop)


def interrupt_in_vain(stop: StopRequest) -> None:
    """Lose the exception, as Python does in a destructor."""
    with suppress(Interrupted):
        stop.interrupt(INT)


def test_without_a_listener_the_first_signal_waits_and_the_second_interrupts() -> None:
    stop = stop_request()
    stop.interrupt(INT)
    with pytest.raises(Interrupted):
        stop.interrupt(TERM)


def test_a_signal_that_a_listener_heard_does_not_count_as_the_first_while_files_are_written() -> (
    None
):
    stop = stop_request()
    with stop.heard_by(lambda: None):
        stop.interrupt(INT)
        stop.interrupt(INT)
    stop.interrupt(INT)
    with pytest.raises(Interrupted):
        stop.interrupt(INT)


@pytest.mark.parametrize("ask", [StopRequest.request, StopRequest.interrupt])
def test_a_repeated_signal_of_one_request_is_not_a_second_request(
    ask: Callable[[StopRequest, StopCause], None],
) -> None:
    stop = stop_request(seconds_between_requests=ECHO_SECONDS * 0.6)
    ask(stop, HUP)
    ask(stop, HUP)
    assert not stop.is_urgent
    stop.request(HUP)
    assert stop.is_urgent


def test_a_listener_is_called_for_every_request_and_for_an_earlier_one() -> None:
    stop = stop_request()
    heard: list[bool] = []
    stop.request(INT)
    with stop.heard_by(lambda: heard.append(stop.is_urgent)):
        assert heard == [False]
        stop.request(INT)
    stop.request(INT)
    assert heard == [False, True]
