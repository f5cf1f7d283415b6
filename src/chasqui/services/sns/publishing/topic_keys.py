"""Topics under a KMS key: whoever publishes must be able to use it.

What is stored is sealed by the server's own keys, like everything; the topic's key decides who may publish: its policy
must let the publisher make data keys and decrypt, and a key that is disabled or gone refuses everybody (SNS developer
guide, "Managing Amazon SNS encryption keys and costs"). What was decided is remembered for five minutes, and forgotten
when anything changes in KMS.
"""

from __future__ import annotations

from typing import Final

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.crypto.kms.data_keys import Scope
from chasqui.services.sns.publishing.directory import Topic
from chasqui.services.sns.room import Room

_REUSE_MS: Final = 300_000

# KMS' codes and what SNS calls them.
_ERRORS: Final = {
    "AccessDenied": "KMSAccessDenied",
    "AccessDeniedException": "KMSAccessDenied",
    "DisabledException": "KMSDisabled",
    "KMSInvalidStateException": "KMSInvalidState",
    "NotFoundException": "KMSNotFound",
}


async def use_key(room: Room, call: Call, topic: Topic) -> None:
    """Returns when the publisher may use the topic's key. Raises SNS' KMS errors."""
    scope = Scope(topic.arn, "aws:sns:topicArn", f"sns.{topic.region}.amazonaws.com", topic.owner, _REUSE_MS)
    try:
        await room.data_keys.seal_all(call, scope, topic.kms_key, ())
    except ServiceError as error:
        raise ServiceError(_ERRORS.get(error.code, error.code), error.message, status=400) from error
