"""PutKeyPolicy, GetKeyPolicy, ListKeyPolicies, and what a key policy must be."""

from __future__ import annotations

from typing import Final

from chasqui.access.policy.decision import Grants, Question, decide
from chasqui.access.policy.document import MalformedPolicy, PolicyType, compile_policy
from chasqui.base.call import Call
from chasqui.crypto.kms import errors
from chasqui.crypto.kms.documents import KeyDocument, key_arn
from chasqui.services.kms.rules import key_to_change, key_to_manage
from chasqui.services.kms.service import Room
from chasqui.services.kms.types import (
    GetKeyPolicyRequest,
    GetKeyPolicyResponse,
    ListKeyPoliciesRequest,
    ListKeyPoliciesResponse,
    PutKeyPolicyRequest,
)

NAME: Final = "default"
"""A key has one policy, and this is what it is called."""

_POLICY_BYTES_MAX: Final = 32 * 1024
_EVERYTHING: Final = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:PutKeyPolicy","Resource":"*"}]}'
)


def check_policy(call: Call, text: str, owner: str, *, safe: bool) -> None:
    """That a text is a key policy, and, for `safe` ones, that the caller may still replace it afterwards. Raises
    `MalformedPolicyDocumentException` and `LimitExceededException`."""
    if len(text.encode("utf-8", "surrogatepass")) > _POLICY_BYTES_MAX:
        raise errors.refused("LimitExceededException", f"A key policy has at most {_POLICY_BYTES_MAX} bytes.")
    arn = key_arn(owner, "*")
    try:
        compiled = compile_policy(text, PolicyType.RESOURCE, arn)
    except MalformedPolicy as error:
        raise errors.refused("MalformedPolicyDocumentException", str(error)) from error
    # What the caller's own policies say may change any day: the key policy must not be what locks everybody out.
    account, _, region = owner.partition("/")
    own = compile_policy(_EVERYTHING, PolicyType.IDENTITY, "the caller")
    facts = {"kms:CallerAccount": call.account, "aws:RequestedRegion": region}
    question = Question(call.principal, "kms:PutKeyPolicy", arn, account, facts)
    if safe and not decide(question, Grants(identity=(own,), boundary=None, session=None), compiled, True).allowed:
        raise errors.refused(
            "MalformedPolicyDocumentException",
            "The new key policy will not allow you to update the key policy in the future.",
        )


def _check_name(name: str | None) -> None:
    if name not in (None, NAME):
        raise errors.refused("NotFoundException", "No such policy exists")


async def put_key_policy(room: Room, call: Call, request: PutKeyPolicyRequest) -> None:
    _check_name(request.PolicyName)
    key = await key_to_change(room, call, request.KeyId)
    text = request.Policy or ""
    check_policy(call, text, key.owner, safe=not request.BypassPolicyLockoutSafetyCheck)

    def edit(document: KeyDocument) -> None:
        document.policy = text

    await room.vault.change(key, edit)


async def get_key_policy(room: Room, call: Call, request: GetKeyPolicyRequest) -> GetKeyPolicyResponse:
    _check_name(request.PolicyName)
    key = await key_to_manage(room, call, request.KeyId)
    return GetKeyPolicyResponse(key.document.policy, NAME)


async def list_key_policies(room: Room, call: Call, request: ListKeyPoliciesRequest) -> ListKeyPoliciesResponse:
    await key_to_manage(room, call, request.KeyId)
    return ListKeyPoliciesResponse(PolicyNames=[NAME], Truncated=False)
