"""The checker finds each thing that must not happen, and nothing in what may."""

from __future__ import annotations

from dataclasses import replace

from tests.faults.nodes.history import Delete, Got, History, Outcome, Receive, Send, violations

OK, REFUSED, UNKNOWN = Outcome.OK, Outcome.REFUSED, Outcome.UNKNOWN
VISIBILITY = 2.0


def send(body: str, at: float, outcome: Outcome = OK, *, fifo: bool = True, number: int = 0) -> Send:
    """A send that took 10 ms. A FIFO body is its group and its place, as in "a1"."""
    if outcome is not OK:
        return Send("q", body, body[0] if fifo else None, at, at + 0.01, outcome, "cut")
    sequence = (number or int(body[1:])) if fifo else None
    return Send("q", body, body[0] if fifo else None, at, at + 0.01, OK, "", f"id-{body}", sequence)


def got(body: str, receives: int = 1, *, fifo: bool = True) -> Got:
    sequence = int(body[1:]) if fifo else None
    return Got(body, f"id-{body}", f"{body}/{receives}", receives, body[0] if fifo else None, sequence)


def receive(at: float, *messages: Got) -> Receive:
    return Receive("q", at, at + 0.01, OK, "", VISIBILITY, messages)


def delete(at: float, message: Got, outcome: Outcome = OK) -> Delete:
    code = {OK: "", UNKNOWN: "cut", REFUSED: "InvalidParameterValue"}[outcome]
    return Delete("q", message, at, at + 0.01, outcome, code)


def told(*happened: Send | Receive | Delete, skew: float = 0.0) -> list[str]:
    """What the checker says of a history."""
    history = History()
    for each in happened:
        kinds = {Send: history.sends, Receive: history.receives, Delete: history.deletes}
        kinds[type(each)].append(each)  # type: ignore[attr-defined]
    return violations(history, skew=skew)


A1, A2, A3 = got("a1"), got("a2"), got("a3")
THERE = (send("a1", 0), send("a2", 0.1))


def test_a_quiet_life_is_in_order() -> None:
    assert told(*THERE, receive(1, A1, A2), delete(1.1, A1), delete(1.1, A2)) == []


def test_a_lost_message() -> None:
    assert told(send("a1", 0)) == ["a1 was acknowledged and is lost"]


def test_a_delete_that_was_refused_does_not_excuse_a_lost_message() -> None:
    said = told(send("a1", 0), receive(1, A1), delete(5, A1, REFUSED))

    assert said == ["a1 was acknowledged and is lost"]


def test_what_may_have_been_deleted_is_not_lost_and_what_was_not_acknowledged_neither() -> None:
    assert told(send("a1", 0), receive(1, A1), delete(1.1, A1, UNKNOWN)) == []
    assert told(send("a1", 0, UNKNOWN)) == []


def test_a_message_that_nobody_sent() -> None:
    assert "a1 was received and never sent to q" in told(receive(1, A1), delete(1.1, A1))


def test_a_retried_send_that_became_two_messages() -> None:
    twice = replace(send("a1", 1), id="id-other")

    said = told(send("a1", 0, UNKNOWN), twice, receive(2, A1), delete(2.1, A1), delete(2.1, replace(A1, id="id-other")))

    assert said == ["a1 was sent once and became 2 messages"]


def test_a_retried_send_that_is_there_once() -> None:
    assert told(send("a1", 0, UNKNOWN), send("a1", 1), send("a1", 2), receive(3, A1), delete(3.1, A1)) == []


def test_one_message_with_two_bodies() -> None:
    other = replace(send("a2", 0.5), id="id-a1")

    said = told(send("a1", 0), other, receive(1, A1), delete(1.1, A1))

    assert "the message id-a1 has 2 bodies" in said


def test_a_deleted_message_that_returns() -> None:
    said = told(send("a1", 0), receive(1, A1), delete(1.1, A1), receive(4, got("a1", 2)), delete(4.1, got("a1", 2)))

    assert said == ["a1 was deleted and returned 2.890 s later"]


def test_a_receive_that_was_under_way_during_the_delete_may_give_the_message() -> None:
    late = replace(receive(1.05, got("a1", 2)), ended=3.5)

    assert told(send("a1", 0), receive(1, A1), delete(1.1, A1), late) == []


def test_a_message_whose_delete_nobody_acknowledged_may_return() -> None:
    again = got("a1", 2)

    assert told(send("a1", 0), receive(1, A1), delete(1.1, A1, UNKNOWN), receive(4, again), delete(4.1, again)) == []


def test_a_hidden_message_that_is_given_to_another() -> None:
    again = got("a1", 2)
    happened = send("a1", 0), receive(1, A1), receive(2.5, again), delete(2.6, again)

    assert told(*happened) == ["a1 was given to another receive 0.490 s before its time was up"]
    assert told(*happened, skew=1.0) == []


def test_a_claim_that_was_answered_and_forgotten() -> None:
    again = replace(A1, receipt="another")

    said = told(send("a1", 0), receive(1, A1), receive(4, again), delete(4.1, again))

    assert said == ["a1 was received for the 1. time, then for the 1."]


def test_one_receipt_for_two() -> None:
    late = replace(receive(1.005, A1), ended=4.0)

    said = told(send("a1", 0), receive(1, A1), late, delete(4.1, A1))

    assert said == ["a1 was given to two receives under one receipt"]


def test_a_message_that_overtakes_one_in_flight() -> None:
    said = told(*THERE, receive(1, A1), receive(1.5, A2), delete(1.9, A1), delete(1.9, A2))

    assert said == ["a2 was given before a1 of the same group was deleted"]


def test_a_message_that_follows_one_that_is_being_deleted() -> None:
    for outcome in (OK, UNKNOWN):
        assert told(*THERE, receive(1, A1), delete(1.4, A1, outcome), receive(1.5, A2), delete(1.9, A2)) == []


def test_a_delete_that_was_refused_does_not_let_the_next_message_pass() -> None:
    again = got("a1", 2)
    said = told(
        *THERE, receive(1, A1), delete(3.2, A1, REFUSED), receive(3.5, A2), receive(3.6, again), delete(4, again),
        delete(4, A2),
    )  # fmt: skip

    assert said == ["a2 was given before a1 of the same group was deleted"]


def test_disorder_within_a_receive() -> None:
    said = told(*THERE, receive(1, A2, A1), delete(1.1, A1), delete(1.1, A2))

    assert said == ["a1 came after a2 in one receive"]


def test_a_hole_in_a_receive() -> None:
    deleted = delete(1.1, A1), delete(1.1, A3), delete(2.1, A2)
    said = told(*THERE, send("a3", 0.2), receive(1, A1, A3), receive(2, A2), *deleted)

    assert said == ["a3 was given before a2 of the same group was deleted"]


def test_a_message_that_is_sent_again_keeps_its_place() -> None:
    again = send("a1", 0.5), send("a2", 0.6)

    assert told(*THERE, *again, receive(1, A1, A2), delete(1.1, A1), delete(1.1, A2)) == []


def test_groups_do_not_wait_for_each_other_and_standard_queues_have_no_order() -> None:
    b1 = got("b1")
    assert told(*THERE, send("b1", 0.2), receive(1, A1, b1, A2), *(delete(1.1, each) for each in (A1, A2, b1))) == []

    s1, s2 = got("s1", fifo=False), got("s2", fifo=False)
    sent = send("s1", 0, fifo=False), send("s2", 0.1, fifo=False)
    assert told(*sent, receive(1, s2), receive(1.1, s1), delete(1.2, s1), delete(1.2, s2)) == []


def test_sequence_numbers_that_fall() -> None:
    sent = send("a1", 0, number=2), send("a2", 0.1, number=1)
    one, two = replace(A1, sequence=2), replace(A2, sequence=1)

    said = told(*sent, receive(1, one, two), delete(1.1, one), delete(1.1, two))

    assert said == ["a2 has a lower sequence number than what was sent before it"]


def test_a_message_with_two_sequence_numbers() -> None:
    other = replace(A1, sequence=9)

    said = told(send("a1", 0), receive(1, other), delete(1.1, other))
    assert said == ["a1 was received under another sequence number"]

    said = told(send("a1", 0), send("a1", 0.5, number=9), receive(1, A1), delete(1.1, A1))
    assert said == ["a1 was acknowledged under two sequence numbers"]


def test_a_delete_by_a_claim_that_was_over() -> None:
    again = got("a1", 2)

    said = told(send("a1", 0), receive(1, A1), receive(3.5, again), delete(3.6, A1))

    assert said == ["a1 was deleted by a claim that was over"]


def test_a_late_delete_of_what_the_next_claim_has_deleted() -> None:
    again = got("a1", 2)

    assert told(send("a1", 0), receive(1, A1), receive(3.5, again), delete(3.6, again), delete(3.7, A1)) == []


def test_a_receipt_that_is_refused_before_its_time_is_up() -> None:
    again = got("a1", 2)
    happened = send("a1", 0), receive(1, A1), delete(1.5, A1, REFUSED), receive(4, again), delete(4.1, again)

    assert told(*happened) == ["a1 was not deleted by the claim that held it"]
    assert told(*happened, skew=2.0) == []


def test_a_receipt_that_is_refused_when_its_time_is_up() -> None:
    again = got("a1", 2)

    assert told(send("a1", 0), receive(1, A1), delete(3.5, A1, REFUSED), receive(4, again), delete(4.1, again)) == []


def test_a_receipt_of_a_standard_queue_that_is_refused() -> None:
    one, again = got("s1", fifo=False), got("s1", 2, fifo=False)
    happened = send("s1", 0, fifo=False), receive(1, one), delete(5, one, REFUSED), receive(6, again), delete(7, again)

    assert told(*happened) == ["s1 of a standard queue was not deleted by its receipt"]


def test_an_answer_that_no_client_tries_again() -> None:
    broken = replace(send("a1", 0, UNKNOWN), code="InternalFailure")
    refused = replace(send("a2", 0, UNKNOWN), code="InvalidParameterValue", outcome=REFUSED)

    assert told(broken) == ["a send on q was answered by InternalFailure"]
    assert told(refused) == ["a send on q was answered by InvalidParameterValue"]
    assert told(Receive("q", 0, 1, UNKNOWN, "ServiceUnavailableException")) == []


def test_an_empty_queue_that_says_it_is_not() -> None:
    assert violations(History(depths={"q": (0, 1, 0)})) == ["q is empty and says (0, 1, 0)"]
    assert violations(History(depths={"q": (0, 0, 0)})) == []
