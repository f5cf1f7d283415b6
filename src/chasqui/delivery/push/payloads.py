"""What a device is sent, made of what was published. Pure functions.

With `MessageStructure` `json` a message may have a text for each platform, which is that platform's own JSON;
everything else is plain text, wrapped as the platform wants it (SNS developer guide, "Publishing with
platform-specific payloads"). FCM is spoken to by its HTTP v1 API: payloads under `fcmV1Message` are that already,
those of the older API are translated, as Google describes in "Migrate from legacy FCM APIs to HTTP v1" (SNS developer
guide, "Using FCM v1 payloads").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from chasqui.base.errors import ChasquiError

GCM, APNS, APNS_SANDBOX = "GCM", "APNS", "APNS_SANDBOX"
PLATFORMS: Final = (GCM, APNS, APNS_SANDBOX)
"""Those that there are clients for. ADM, BAIDU, MPNS and WNS are not among them."""

Json = dict[str, Any]

# Keys of the older API's notification that stand beside title and body in HTTP v1, and are Android's there.
_ANDROID_RENAMED: Final = {"android_channel_id": "channel_id"}
_EVERYBODYS: Final = ("title", "body", "image")
_ANDROID: Final = ("collapse_key", "restricted_package_name")
_LISTS: Final = ("body_loc_args", "title_loc_args")


class InvalidNotification(ChasquiError):
    """A platform's own payload is not what that platform takes; AWS' failure type has this name."""


class PushOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What goes beside the payload. `ttl_seconds` is how long the push service may try, counted from now (None: as
    long as it likes); the others are APNs' header fields, "" or 0 where they are not given."""

    ttl_seconds: int | None = None
    topic: str = ""
    push_type: str = ""
    priority: int = 0
    collapse_id: str = ""


def options_of(platform: str, attributes: Mapping[str, str]) -> PushOptions:
    """What the reserved message attributes say (SNS developer guide, "Reserved message attributes for mobile push
    notifications"); those with values that make no sense are as if they were not there."""
    if platform == GCM:
        given = attributes.get("AWS.SNS.MOBILE.FCM.TTL") or attributes.get("AWS.SNS.MOBILE.GCM.TTL")
        return PushOptions(ttl_seconds=_whole(given))
    return PushOptions(
        ttl_seconds=_whole(attributes.get(f"AWS.SNS.MOBILE.{platform}.TTL")),
        topic=attributes.get("AWS.SNS.MOBILE.APNS.TOPIC", ""),
        push_type=attributes.get("AWS.SNS.MOBILE.APNS.PUSH_TYPE", ""),
        priority=_whole(attributes.get("AWS.SNS.MOBILE.APNS.PRIORITY")) or 0,
        collapse_id=attributes.get("AWS.SNS.MOBILE.APNS.COLLAPSE_ID", ""),
    )


def text_for(platform: str, structured: Mapping[str, str]) -> tuple[str, bool]:
    """Of a message with a text for each: the platform's, and whether it is the platform's own JSON."""
    own = structured.get(platform)
    return (own, True) if own is not None else (structured["default"], False)


def render_push(platform: str, text: str, *, own: bool = False, ttl_seconds: int | None = None) -> Json:
    """The payload for a device, without the device: FCM's request body, or APNs' notification. `own`: the text is the
    platform's own JSON; a TTL given beside it is the one that counts. Raises `InvalidNotification`."""
    if platform not in PLATFORMS:
        raise InvalidNotification(f"no messages are sent to the platform {platform}")
    if platform != GCM:
        return _object(text) if own else {"aps": {"alert": text}}
    payload = _fcm(_object(text)) if own else {"message": {"data": {"default": text}}}
    if ttl_seconds is not None:
        _within(payload["message"], "android")["ttl"] = f"{ttl_seconds}s"
    return payload


def push_type_of(payload: Json) -> str:
    """APNs' push type of a notification that does not say which: "background" where nothing is shown or heard."""
    aps = payload.get("aps")
    shown = not isinstance(aps, dict) or not aps.get("content-available") or {"alert", "badge", "sound"} & aps.keys()
    return "alert" if shown else "background"


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _object(text: str) -> Json:
    try:
        found = msgspec.json.decode(text.encode("utf-8", "replace"))
    except msgspec.DecodeError as error:
        raise InvalidNotification(f"Notification body is invalid: {error}") from error
    if not isinstance(found, dict):
        raise InvalidNotification("Notification body is invalid: it is no JSON object")
    return found


def _fcm(given: Json) -> Json:
    if "fcmV1Message" not in given:
        return _translated(given)
    whole = given["fcmV1Message"]
    if not isinstance(whole, dict) or not isinstance(whole.get("message"), dict):
        raise InvalidNotification("Notification body is invalid: fcmV1Message must have a message")
    payload = {name: whole[name] for name in ("validate_only", "message") if name in whole}
    for name in ("token", "topic", "condition"):
        # The endpoint says who it is for.
        payload["message"].pop(name, None)
    return payload


def _translated(old: Json) -> Json:
    """A payload of the older API in the words of HTTP v1."""
    message: Json = {}
    _translate_notification(old.get("notification"), message)
    if isinstance(old.get("data"), dict):
        message["data"] = {name: _text(value) for name, value in old["data"].items()}
    for name in _ANDROID:
        if name in old:
            _within(message, "android")[name] = _text(old[name])
    if old.get("priority") in ("high", "normal"):
        _within(message, "android")["priority"] = old["priority"]
    if isinstance(old.get("time_to_live"), int):
        _within(message, "android")["ttl"] = f"{old['time_to_live']}s"
    for name in ("content_available", "mutable_content"):
        if old.get(name) is True:
            _within(message, "apns", "payload", "aps")[name.replace("_", "-")] = 1
    return {"message": message, **({"validate_only": True} if old.get("dry_run") is True else {})}


def _translate_notification(notification: object, message: Json) -> None:
    if not isinstance(notification, dict):
        return
    for name, value in notification.items():
        if name in _EVERYBODYS:
            _within(message, "notification")[name] = _text(value)
        elif name == "badge":
            _within(message, "apns", "payload", "aps")["badge"] = _whole(_text(value)) or 0
        else:
            known = _ANDROID_RENAMED.get(str(name), str(name))
            as_list = name in _LISTS and isinstance(value, list)
            _within(message, "android", "notification")[known] = [*map(_text, value)] if as_list else _text(value)


def _within(whole: Json, *names: str) -> Json:
    """An object inside, made if it is not there."""
    for name in names:
        inner = whole.get(name)
        if not isinstance(inner, dict):
            inner = whole[name] = {}
        whole = inner
    return whole


def _text(value: object) -> str:
    """HTTP v1's data are texts; anything else becomes JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
