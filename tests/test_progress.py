"""Long work says how far it is, and the one who listens may stop it."""

import threading

import pytest

from colornb.progress import Cancelled, listened_to_by, tell


def test_who_listens_gets_what_is_told_in_the_same_thread_only():
    told = []
    tell("nobody listens")
    with listened_to_by(told.append):
        tell("one")
        other = threading.Thread(target=tell, args=("of another thread",))
        other.start()
        other.join()
        with listened_to_by(lambda words: told.append(f"inner {words}")):
            tell("two")
        tell("three")
    tell("nobody any more")
    assert told == ["one", "inner two", "three"]


def test_a_listener_stops_the_work():
    def stop(words):
        raise Cancelled

    with pytest.raises(Cancelled), listened_to_by(stop):
        tell("far")
    tell("nobody listens")
