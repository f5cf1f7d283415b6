"""The table of the service's operations; imported when the service is first called."""

from __future__ import annotations

from chasqui.base.service import Operation, Table
from chasqui.services.kms import aliases, crypt, grants, keys, policies, rotation, signing, tags
from chasqui.services.kms.actions import ACTIONS
from chasqui.services.kms.types import INPUTS

OPERATIONS: dict[str, Operation] = {
    "CancelKeyDeletion": keys.cancel_key_deletion,
    "CreateAlias": aliases.create_alias,
    "CreateGrant": grants.create_grant,
    "CreateKey": keys.create_key,
    "Decrypt": crypt.decrypt,
    "DeleteAlias": aliases.delete_alias,
    "DescribeKey": keys.describe_key,
    "DisableKey": keys.disable_key,
    "DisableKeyRotation": rotation.disable_key_rotation,
    "EnableKey": keys.enable_key,
    "EnableKeyRotation": rotation.enable_key_rotation,
    "Encrypt": crypt.encrypt,
    "GenerateDataKey": crypt.generate_data_key,
    "GenerateDataKeyWithoutPlaintext": crypt.generate_data_key_without_plaintext,
    "GenerateMac": signing.generate_mac,
    "GenerateRandom": crypt.generate_random,
    "GetKeyPolicy": policies.get_key_policy,
    "GetKeyRotationStatus": rotation.get_key_rotation_status,
    "GetPublicKey": signing.get_public_key,
    "ListAliases": aliases.list_aliases,
    "ListGrants": grants.list_grants,
    "ListKeyPolicies": policies.list_key_policies,
    "ListKeyRotations": rotation.list_key_rotations,
    "ListKeys": keys.list_keys,
    "ListResourceTags": tags.list_resource_tags,
    "ListRetirableGrants": grants.list_retirable_grants,
    "PutKeyPolicy": policies.put_key_policy,
    "ReEncrypt": crypt.re_encrypt,
    "RetireGrant": grants.retire_grant,
    "RevokeGrant": grants.revoke_grant,
    "RotateKeyOnDemand": rotation.rotate_key_on_demand,
    "ScheduleKeyDeletion": keys.schedule_key_deletion,
    "Sign": signing.sign,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "UpdateAlias": aliases.update_alias,
    "UpdateKeyDescription": keys.update_key_description,
    "Verify": signing.verify,
    "VerifyMac": signing.verify_mac,
}

TABLE = Table(OPERATIONS, INPUTS, ACTIONS)
