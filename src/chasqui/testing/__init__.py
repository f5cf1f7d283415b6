"""A server of one's own for a test: in memory, on a free port, with a clock that the test moves.

    with chasqui.testing.server() as aws:
        sqs = aws.client("sqs")
        sqs.create_queue(QueueName="orders")
        aws.clock.advance(hours=1)

With pytest, the fixture `chasqui` gives the same, emptied for each test.
"""

from chasqui.testing.server import Clock, TestServer, server

__all__ = ["Clock", "TestServer", "server"]
