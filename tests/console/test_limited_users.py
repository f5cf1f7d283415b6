"""Users with narrow rights on a strict server: every page tells them what is denied, and nothing of the rest."""

from __future__ import annotations

import html
import http.client
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from tests.console.browser import Visit, sign_in
from tests.console.caller import CONSOLE, PAGE, Answer, Caller
from tests.console.places import furnish, paths
from tests.strict import StrictServer, allow, refusal

_ORDERS = "arn:aws:sqs:us-east-1:000000000000:orders"
_SECRETS = ("secret-queue", "secret-topic", "secret-bucket", "secret-user", "secret-function", "secret-text")
_USERS = {
    "reader": (allow("sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", on=_ORDERS),),
    "sender": (allow("sqs:SendMessage", on=_ORDERS),),
    "nobody": (),
}


class House(msgspec.Struct):
    """A server with something of everything, and some of it secret."""

    server: StrictServer
    examples: dict[str, str]
    keys: dict[str, dict[str, str]]

    def caller(self, name: str) -> Caller:
        """A user who has signed in."""
        caller = Caller(self.server.url)
        assert caller.sign_in(self.keys[name]).status == 303
        return caller


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with StrictServer(tmp_path_factory.mktemp("limited")) as server:
        examples = furnish(server)
        queue = server.client().create_queue(QueueName="secret-queue")["QueueUrl"]
        server.client().send_message(QueueUrl=queue, MessageBody="secret-text")
        sns = server.client("sns")
        topic = sns.create_topic(Name="secret-topic")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=_ORDERS.replace("orders", "secret-queue"))
        sns.publish(TopicArn=topic, Message="secret-text")
        server.client("s3").create_bucket(Bucket="secret-bucket")
        server.client("iam").create_user(UserName="secret-user")
        yield House(server, examples, {name: server.user(*may, name=name) for name, may in _USERS.items()})


@pytest.fixture(scope="module")
def server(house: House) -> StrictServer:
    return house.server


def look(caller: Caller, path: str) -> tuple[int, str]:
    """A page's status and text; of a live stream what it tells first."""
    connection = http.client.HTTPConnection(caller.host, caller.port, timeout=30)
    cookies = "; ".join(f"{name}={value}" for name, value in caller.cookies.items())
    given = {"Host": f"localhost:{caller.port}", "Accept-Language": "en", "Cookie": cookies, **PAGE}
    try:
        connection.request("GET", f"{CONSOLE}/us-east-1/{path}", headers=given)
        response = connection.getresponse()
        if "event-stream" not in (response.getheader("content-type") or ""):
            return response.status, response.read().decode("utf-8", "replace")
        lines: list[bytes] = []
        while (line := response.readline()) and not (
            line == b"\n" and any(each.startswith(b"data:") for each in lines)
        ):
            lines.append(line)
        return response.status, b"".join(lines).decode()
    finally:
        connection.close()


@pytest.mark.parametrize("name", list(_USERS))
def test_no_page_fails_or_tells_what_its_visitor_may_not_see(house: House, name: str) -> None:
    caller = house.caller(name)
    # The map's stream has nothing to say to who sees no arrows.
    asked = [path for path in paths(house.examples) if path != "map/live"]
    for path in [*asked, "home?figures=true", "jump?q=e", "queues?search=s", "trace?id=1", "map?name=s"]:
        status, text = look(caller, path)
        assert status < 500, (path, text)
        assert not [each for each in _SECRETS if each in text], path


@pytest.mark.parametrize("path", ["queues", "topics", "buckets", "functions", "access/users", "access/keys"])
def test_a_list_that_is_denied_names_the_action_and_the_resource(house: House, path: str) -> None:
    status, text = look(house.caller("nobody"), path)
    assert status == 403
    assert re.search(
        r"user/nobody is not authorized to perform: [A-Za-z0-9]+:\w+ on resource: \S+", html.unescape(text)
    )


def test_nothing_found_is_not_said_of_what_may_not_be_looked_at(house: House) -> None:
    nobody = house.caller("nobody")
    assert "follows the recommendations" not in look(nobody, "advisor")[1]
    assert "There is nothing in this region yet" not in look(nobody, "map")[1]


def test_the_first_page_says_why_figures_are_missing(house: House) -> None:
    text = html.unescape(look(house.caller("nobody"), "home?figures=true")[1])
    assert "not authorized to perform: lambda:ListFunctions" in text
    assert "not authorized to perform: s3:ListAllMyBuckets" in text


def test_who_may_only_send_sends(house: House, visit: Callable[..., Visit]) -> None:
    before = _count(house)
    page = signed_in(visit, house.keys["sender"], "queues/orders/messages")
    assert "sqs:getqueueattributes" in page.locator(".alert.warning").all_inner_texts()[-1].lower()

    page.get_by_label("Message body").fill("from the sender")
    page.get_by_role("button", name="Send message").last.click()
    page.locator("#sent").get_by_text("Message ID").wait_for()
    assert _count(house) == before + 1


def test_who_may_only_send_is_told_so_when_receiving(house: House) -> None:
    answer = house.caller("sender").post("queues/orders/messages/poll", {"most": "1", "seconds": "0", "wait": "0"})
    assert answer.status == 403
    assert "sqs:receivemessage" in answer.text.lower()


def test_a_name_that_is_known_leads_to_what_may_not_be_listed(house: House) -> None:
    told = json.loads(house.caller("reader").get("jump?q=orders").text)
    queues = next(group for group in told["groups"] if group["name"] == "Queues")
    assert [each["address"] for each in queues["entries"]] == [f"{CONSOLE}/us-east-1/queues/orders"]
    assert json.loads(house.caller("reader").get("jump?q=orders").text) == told


def test_names_that_exist_and_names_that_do_not_look_alike(house: House) -> None:
    nobody = house.caller("nobody")
    for path in ("queues/{}/details", "queues/{}/messages", "topics/{}/tags", "functions/{}/code", "jump?q={}"):
        there, absent = (look(nobody, path.format(name)) for name in ("orders", "absent"))
        assert there[0] == absent[0], path
        assert _shape(there[1], "orders") == _shape(absent[1], "absent"), path


def test_what_is_refused_is_in_the_audit_log(house: House) -> None:
    caller = house.caller("reader")
    answer = caller.post("queues/orders/delete", {"confirm": "orders"})
    assert "sqs:deletequeue" in answer.text.lower()

    trail = house.server.client("cloudtrail")
    found = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "DeleteQueue"}])
    records = [json.loads(each["CloudTrailEvent"]) for each in found["Events"]]
    assert ("reader", "AccessDenied") in [
        (each["userIdentity"].get("userName"), each.get("errorCode")) for each in records
    ]


def test_a_policy_that_is_taken_away_counts_at_once(house: House) -> None:
    keys = house.server.user(allow("sqs:GetQueueUrl", "sqs:GetQueueAttributes", on=_ORDERS), name="briefly")
    caller = Caller(house.server.url)
    caller.sign_in(keys)
    assert look(caller, "queues/orders/details")[0] == 200

    house.server.client("iam").delete_user_policy(UserName="briefly", PolicyName="its")
    assert look(caller, "queues/orders/details")[0] == 403


@pytest.mark.parametrize("how", ["policy", "key"])
def test_a_stream_ends_with_the_right_to_it(house: House, how: str) -> None:
    keys = house.server.user(allow("sqs:*", on=_ORDERS), name=f"watcher-{how}")
    caller = Caller(house.server.url)
    caller.sign_in(keys)
    connection = http.client.HTTPConnection(caller.host, caller.port, timeout=60)
    cookies = "; ".join(f"{name}={value}" for name, value in caller.cookies.items())
    given = {"Host": f"localhost:{caller.port}", "Cookie": cookies, "Sec-Fetch-Site": "same-origin"}
    connection.request("GET", f"{CONSOLE}/us-east-1/queues/orders/monitoring/live", headers=given)
    stream = connection.getresponse()
    while not stream.readline().startswith(b"data:"):
        pass

    iam = house.server.client("iam")
    if how == "policy":
        iam.delete_user_policy(UserName=f"watcher-{how}", PolicyName="its")
    else:
        iam.update_access_key(UserName=f"watcher-{how}", AccessKeyId=keys["aws_access_key_id"], Status="Inactive")
    stream.read()  # to its end: else this waits until the connection's time is over
    connection.close()
    expected = 403 if how == "policy" else 303
    assert look(caller, "queues/orders/monitoring")[0] == expected


def test_a_refused_form_keeps_what_was_typed(house: House) -> None:
    answer: Answer = house.caller("reader").post("queues/orders/messages/send", {"body": "typed by the reader"})
    assert answer.status == 403
    assert "typed by the reader</textarea>" in answer.text
    assert "sqs:sendmessage" in answer.text.lower()


def test_the_api_says_the_same(house: House) -> None:
    sqs = house.server.client(**house.keys["nobody"])
    said = refusal(sqs.list_queues)[2]
    assert said.partition(" because ")[0] in html.unescape(look(house.caller("nobody"), "queues")[1])


def signed_in(visit: Callable[..., Visit], keys: dict[str, str], path: str) -> Any:
    page = visit().open(path)
    sign_in(page, keys)
    return page


def _count(house: House) -> int:
    sqs = house.server.client()
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    names = ["ApproximateNumberOfMessages"]
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"][names[0]])


def _shape(text: str, name: str) -> str:
    """A page without what differs between two requests: names, requests' ids, the time."""
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{13}", "ID", text.replace(name, "NAME"))
