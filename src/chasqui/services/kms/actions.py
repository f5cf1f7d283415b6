"""KMS in the language of policies: what each operation is called there, the key it acts on, the condition keys it sets.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Key Management Service"; KMS
developer guide, "Condition keys for AWS KMS". A key that is named by an alias is `key/alias/NAME` here, which the
describer (`service.py`) turns into the key's own ARN: which key that is, is in the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from chasqui.base.actions import AccessLevel, Action, Check, Values
from chasqui.base.call import Call, owner_of
from chasqui.crypto.kms.blobs import read_blob
from chasqui.crypto.kms.documents import SYMMETRIC, alias_arn, key_arn
from chasqui.crypto.kms.grants import GRANT_ID, context_keys, read_token

Facts = Mapping[str, Values]


# --------------------------------------------------------------------------------------------------------- resources


def key_named(call: Call, text: str | None) -> str:
    """The ARN of the key that an id, an ARN, an alias or an alias' ARN names."""
    if not text:
        return "*"
    if text.startswith("arn:"):
        head, colon, name = text.partition(":alias/")
        return f"{head}:key/alias/{name}" if colon else text
    return key_arn(owner_of(call), text)


def _key(call: Call, request: Any) -> str:
    return key_named(call, request.KeyId)


def _every_key(call: Call, _request: Any) -> str:
    return "*"


def _alias(call: Call, request: Any) -> str:
    return alias_arn(owner_of(call), (request.AliasName or "").removeprefix("alias/"))


def _key_of_blob(call: Call, text: str | None, blob: bytes | None) -> str:
    """The key that is named, else the one that a ciphertext says it is under."""
    if text:
        return key_named(call, text)
    parts = read_blob(blob or b"")
    return parts.arn if parts is not None else "*"


def _key_to_decrypt(call: Call, request: Any) -> str:
    return _key_of_blob(call, request.KeyId, request.CiphertextBlob)


def _key_to_leave(call: Call, request: Any) -> str:
    return _key_of_blob(call, request.SourceKeyId, request.CiphertextBlob)


def _key_of_grant(call: Call, request: Any) -> str:
    named = read_token(request.GrantToken or "")
    return named[0] if named is not None else key_named(call, request.KeyId)


# -------------------------------------------------------------------------------------------------- condition keys


def _caller(call: Call, text: str | None) -> dict[str, Values]:
    """What every use of a key may be judged by."""
    found: dict[str, Values] = {"kms:CallerAccount": call.account}
    if text:
        kind, slash, name = text.rpartition(":")[2].partition("/")
        if kind == "alias" and slash:
            found["kms:RequestAlias"] = f"alias/{name}"
    return found


def _given(request: Any, names: Mapping[str, str]) -> dict[str, Values]:
    """The members of a request that are condition keys, by member."""
    values = ((name, getattr(request, member)) for member, name in names.items())
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values if value}


def _facts_of(**names: str) -> Callable[[Call, Any], Facts]:
    """The condition keys of an operation that names a key, and of these members of its request."""
    keys = {member: f"kms:{name}" for member, name in names.items()}

    def facts(call: Call, request: Any) -> Facts:
        found = {**_caller(call, getattr(request, "KeyId", None)), **_given(request, keys)}
        return {**found, **context_keys(getattr(request, "EncryptionContext", None))}

    return facts


def _sealing(call: Call, request: Any) -> Facts:
    algorithm = getattr(request, "EncryptionAlgorithm", None) or SYMMETRIC
    found = {**_caller(call, request.KeyId), "kms:EncryptionAlgorithm": algorithm}
    return {**found, **context_keys(request.EncryptionContext)}


def _same_key(call: Call, request: Any) -> dict[str, Values]:
    same = _key_to_leave(call, request) == key_named(call, request.DestinationKeyId)
    return {"kms:ReEncryptOnSameKey": "true" if same else "false"}


def _leaving(call: Call, request: Any) -> Facts:
    algorithm = request.SourceEncryptionAlgorithm or SYMMETRIC
    found = {**_caller(call, request.SourceKeyId), "kms:EncryptionAlgorithm": algorithm, **_same_key(call, request)}
    return {**found, **context_keys(request.SourceEncryptionContext)}


def _arriving(call: Call, request: Any) -> Iterable[Check]:
    """ReEncrypt's other half: to encrypt under the destination key."""
    algorithm = request.DestinationEncryptionAlgorithm or SYMMETRIC
    found: dict[str, Values] = {
        "kms:EncryptionContextKeys": (),
        **_caller(call, request.DestinationKeyId),
        "kms:EncryptionAlgorithm": algorithm,
        **_same_key(call, request),
        **context_keys(request.DestinationEncryptionContext),
    }
    yield Check("kms:ReEncryptTo", key_named(call, request.DestinationKeyId), found)


def _creating(call: Call, request: Any) -> Facts:
    keys = {"KeyUsage": "kms:KeyUsage", "MultiRegion": "kms:MultiRegion"}
    found = {**_caller(call, None), **_given(request, keys), **_new_tags(call, request)}
    found["kms:KeySpec"] = request.KeySpec or request.CustomerMasterKeySpec or SYMMETRIC
    found["kms:KeyOrigin"] = request.Origin or "AWS_KMS"
    bypass = "true" if request.BypassPolicyLockoutSafetyCheck else "false"
    return {**found, "kms:BypassPolicyLockoutSafetyCheck": bypass}


def _new_tags(call: Call, request: Any) -> dict[str, Values]:
    tags = {tag.TagKey: tag.TagValue or "" for tag in request.Tags or () if tag.TagKey}
    found: dict[str, Values] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    return {**_caller(call, getattr(request, "KeyId", None)), **found, **({"aws:TagKeys": tuple(tags)} if tags else {})}


def _tagging(call: Call, request: Any) -> Iterable[Check]:
    """CreateKey with tags needs leave to tag."""
    if request.Tags:
        yield Check("kms:TagResource", key_arn(owner_of(call), "*"))


def _untagged(call: Call, request: Any) -> Facts:
    return {**_caller(call, request.KeyId), "aws:TagKeys": tuple(request.TagKeys or ())}


def _granting(call: Call, request: Any) -> Facts:
    found = _caller(call, request.KeyId)
    found["kms:GrantOperations"] = tuple(request.Operations or ())
    found["kms:GrantIsForAWSResource"] = "false"
    found |= _given(
        request,
        {
            "GranteePrincipal": "kms:GranteePrincipal",
            "GranteeServicePrincipal": "kms:GranteeServicePrincipal",
            "RetiringPrincipal": "kms:RetiringPrincipal",
            "RetiringServicePrincipal": "kms:RetiringServicePrincipal",
        },
    )
    if request.Constraints is not None:
        equals = request.Constraints.EncryptionContextEquals is not None
        found["kms:GrantConstraintType"] = "EncryptionContextEquals" if equals else "EncryptionContextSubset"
    return found


def _retiring(call: Call, request: Any) -> Facts:
    named = read_token(request.GrantToken or "")
    return {**_caller(call, None), GRANT_ID: named[1] if named is not None else request.GrantId or ""}


def _of_alias(action: str) -> Callable[[Call, Any], Iterable[Check]]:
    """What acts on an alias needs leave at its keys too: the one behind it, and the one it is to stand for."""

    def keys(call: Call, request: Any) -> Iterable[Check]:
        if action != "kms:CreateAlias":
            yield Check(action, key_named(call, request.AliasName))
        if action != "kms:DeleteAlias":
            yield Check(action, key_named(call, request.TargetKeyId))

    return keys


# ------------------------------------------------------------------------------------------------------------- table


def _of(name: str, level: AccessLevel = "write", **facts: Any) -> Action:
    facts.setdefault("resource", _key)
    facts.setdefault("context", _facts_of())
    return Action(name=f"kms:{name}", level=level, **facts)


# In requests and in results.
_HIDDEN: Final = ("GrantTokens", "Plaintext", "Message", "CiphertextBlob", "Mac", "Signature")


def _crypto(name: str, **facts: Any) -> Action:
    facts.setdefault("hidden", _HIDDEN)
    return _of(name, **facts)


ACTIONS: Final[dict[str, Action]] = {
    "CancelKeyDeletion": _of("CancelKeyDeletion"),
    "CreateAlias": _of("CreateAlias", resource=_alias, also=_of_alias("kms:CreateAlias")),
    "CreateGrant": _of("CreateGrant", "permissions", context=_granting, hidden=("GrantTokens", "GrantToken")),
    "CreateKey": _of("CreateKey", resource=_every_key, context=_creating, also=_tagging),
    "Decrypt": _crypto("Decrypt", resource=_key_to_decrypt, context=_sealing),
    "DeleteAlias": _of("DeleteAlias", resource=_alias, also=_of_alias("kms:DeleteAlias")),
    "DescribeKey": _of("DescribeKey", "read", hidden=("GrantTokens",)),
    "DisableKey": _of("DisableKey"),
    "DisableKeyRotation": _of("DisableKeyRotation"),
    "EnableKey": _of("EnableKey"),
    "EnableKeyRotation": _of("EnableKeyRotation", context=_facts_of(RotationPeriodInDays="RotationPeriodInDays")),
    "Encrypt": _crypto("Encrypt", context=_sealing),
    "GenerateDataKey": _crypto("GenerateDataKey", context=_sealing),
    "GenerateDataKeyWithoutPlaintext": _crypto("GenerateDataKeyWithoutPlaintext", context=_sealing),
    "GenerateMac": _crypto("GenerateMac", context=_facts_of(MacAlgorithm="MacAlgorithm")),
    "GenerateRandom": _crypto("GenerateRandom", resource=_every_key, context=None),
    "GetKeyPolicy": _of("GetKeyPolicy", "read"),
    "GetKeyRotationStatus": _of("GetKeyRotationStatus", "read"),
    "GetPublicKey": _of("GetPublicKey", "read", hidden=("GrantTokens",)),
    "ListAliases": _of("ListAliases", "list", resource=_every_key),
    "ListGrants": _of("ListGrants", "list"),
    "ListKeyPolicies": _of("ListKeyPolicies", "list"),
    "ListKeyRotations": _of("ListKeyRotations", "list"),
    "ListKeys": _of("ListKeys", "list", resource=_every_key),
    "ListResourceTags": _of("ListResourceTags", "list"),
    "ListRetirableGrants": _of("ListRetirableGrants", "list", resource=_every_key),
    "PutKeyPolicy": _of(
        "PutKeyPolicy",
        "permissions",
        context=_facts_of(BypassPolicyLockoutSafetyCheck="BypassPolicyLockoutSafetyCheck"),
    ),
    "ReEncrypt": _crypto("ReEncryptFrom", resource=_key_to_leave, context=_leaving, also=_arriving),
    "RetireGrant": _of("RetireGrant", "permissions", resource=_key_of_grant, context=_retiring, hidden=("GrantToken",)),
    "RevokeGrant": _of("RevokeGrant", "permissions"),
    "RotateKeyOnDemand": _of("RotateKeyOnDemand"),
    "ScheduleKeyDeletion": _of(
        "ScheduleKeyDeletion", context=_facts_of(PendingWindowInDays="ScheduleKeyDeletionPendingWindowInDays")
    ),
    "Sign": _crypto("Sign", context=_facts_of(SigningAlgorithm="SigningAlgorithm", MessageType="MessageType")),
    "TagResource": _of("TagResource", "tagging", context=_new_tags),
    "UntagResource": _of("UntagResource", "tagging", context=_untagged),
    "UpdateAlias": _of("UpdateAlias", resource=_alias, also=_of_alias("kms:UpdateAlias")),
    "UpdateKeyDescription": _of("UpdateKeyDescription"),
    "Verify": _crypto("Verify", context=_facts_of(SigningAlgorithm="SigningAlgorithm", MessageType="MessageType")),
    "VerifyMac": _crypto("VerifyMac", context=_facts_of(MacAlgorithm="MacAlgorithm")),
}
