"""What devices are sent, by platform."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chasqui.delivery.push.payloads import (
    InvalidNotification,
    PushOptions,
    options_of,
    push_type_of,
    render_push,
    text_for,
)


def own(platform: str, payload: Any, **more: Any) -> dict[str, Any]:
    return render_push(platform, json.dumps(payload), own=True, **more)


def test_plain_text_is_wrapped_as_each_platform_wants_it() -> None:
    assert render_push("APNS", 'Say "hi"') == {"aps": {"alert": 'Say "hi"'}}
    assert render_push("APNS_SANDBOX", "hi") == {"aps": {"alert": "hi"}}
    assert render_push("GCM", "hi") == {"message": {"data": {"default": "hi"}}}


def test_a_platforms_own_text_comes_before_the_default() -> None:
    structured = {"default": "d", "GCM": "g", "APNS": "a"}

    assert text_for("GCM", structured) == ("g", True)
    assert text_for("APNS_SANDBOX", structured) == ("d", False)


def test_apns_own_payload_goes_out_as_it_is() -> None:
    payload = {"aps": {"alert": {"title": "T", "body": "B"}, "badge": 3}, "own": [1]}

    assert own("APNS", payload) == payload


def test_fcm_v1_payloads_go_out_without_another_device() -> None:
    message = {"notification": {"title": "T"}, "android": {"priority": "high"}, "token": "another"}

    assert own("GCM", {"fcmV1Message": {"validate_only": True, "message": message}}) == {
        "validate_only": True,
        "message": {"notification": {"title": "T"}, "android": {"priority": "high"}},
    }


def test_payloads_of_the_older_api_are_translated() -> None:
    payload = {
        "notification": {"title": "T", "body": "B", "android_channel_id": "c", "sound": "s", "badge": "2",
                         "title_loc_args": ["x", 1]},
        "data": {"n": 1, "s": "text", "o": {"a": True}},
        "priority": "high",
        "time_to_live": 3600,
        "collapse_key": "deals",
        "content_available": True,
        "dry_run": True,
    }  # fmt: skip

    assert own("GCM", payload) == {
        "message": {
            "notification": {"title": "T", "body": "B"},
            "data": {"n": "1", "s": "text", "o": '{"a":true}'},
            "android": {
                "notification": {"channel_id": "c", "sound": "s", "title_loc_args": ["x", "1"]},
                "priority": "high",
                "ttl": "3600s",
                "collapse_key": "deals",
            },
            "apns": {"payload": {"aps": {"badge": 2, "content-available": 1}}},
        },
        "validate_only": True,
    }


def test_the_ttl_of_an_attribute_comes_before_the_payloads() -> None:
    assert own("GCM", {"time_to_live": 3600}, ttl_seconds=60)["message"]["android"]["ttl"] == "60s"
    assert render_push("GCM", "hi", ttl_seconds=0)["message"]["android"] == {"ttl": "0s"}


@pytest.mark.parametrize(
    ("platform", "text"),
    [("APNS", "no json"), ("APNS", "[1]"), ("GCM", '"text"'), ("GCM", '{"fcmV1Message": 1}'), ("GCM", "\ud800"),
     ("GCM", '{"fcmV1Message": {"message": "x"}}'), ("ADM", "{}"), ("BAIDU", "{}")],
)  # fmt: skip
def test_what_a_platform_does_not_take_is_refused(platform: str, text: str) -> None:
    with pytest.raises(InvalidNotification):
        render_push(platform, text, own=True)


def test_reserved_attributes_are_read() -> None:
    given = {
        "AWS.SNS.MOBILE.APNS.TTL": "60",
        "AWS.SNS.MOBILE.APNS_SANDBOX.TTL": "70",
        "AWS.SNS.MOBILE.FCM.TTL": "80",
        "AWS.SNS.MOBILE.APNS.TOPIC": "com.example",
        "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "voip",
        "AWS.SNS.MOBILE.APNS.PRIORITY": "5",
        "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": "c",
    }
    more: dict[str, Any] = {"topic": "com.example", "push_type": "voip", "priority": 5, "collapse_id": "c"}

    assert options_of("APNS", given) == PushOptions(ttl_seconds=60, **more)
    assert options_of("APNS_SANDBOX", given) == PushOptions(ttl_seconds=70, **more)
    assert options_of("GCM", given) == PushOptions(ttl_seconds=80)
    assert options_of("GCM", {"AWS.SNS.MOBILE.GCM.TTL": "x"}) == PushOptions()


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        ({"aps": {"alert": "x"}}, "alert"),
        ({"aps": {"content-available": 1}}, "background"),
        ({"aps": {"content-available": 1, "sound": "s"}}, "alert"),
        ({"aps": "x"}, "alert"),
        ({}, "alert"),
    ],
)
def test_a_notification_that_shows_nothing_is_a_background_one(payload: dict[str, Any], kind: str) -> None:
    assert push_type_of(payload) == kind
