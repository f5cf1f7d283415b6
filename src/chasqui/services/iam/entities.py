"""What IAM's kinds of entity have in common: where their documents lie, how they are found, made, written and deleted.

An entity is stored under its lower-cased name, because names are unique without regard to case.
"""

from __future__ import annotations

from typing import Final, Generic

import msgspec

from chasqui.access.identity.counts import count
from chasqui.access.identity.documents import (
    GROUP,
    INSTANCE_PROFILE,
    POLICY,
    ROLE,
    USER,
    Document,
    GroupDocument,
    InstanceProfileDocument,
    PolicyDocument,
    RoleDocument,
    UserDocument,
    decode,
    encode,
    iam_arn,
)
from chasqui.services.iam import errors, quotas
from chasqui.store.port import Resource, Store, Transaction


def key_of(name: str) -> str:
    """What an entity of this name is stored under."""
    return name.lower()


class Kind(msgspec.Struct, Generic[Document], frozen=True):
    """A kind of entity.

    `stored_as` is the type of its resources, `word` its part of an ARN ("user"), `quota` what AWS calls the quota of
    them and `most` that; `missing` and `taken` are AWS' messages with "{}" for the name.
    """

    stored_as: str
    document: type[Document]
    word: str
    quota: str
    most: int
    missing: str
    taken: str

    def arn(self, account: str, path: str | None, name: str) -> str:
        """The ARN of one with this path (None: "/") and name."""
        return iam_arn(account, self.word, path or "/", name)

    async def find(self, store: Store, account: str, name: str) -> Document:
        """The document of the one with this name. Raises `NoSuchEntity`."""
        resource = await store.resource(self.stored_as, account, key_of(name))
        if resource is None:
            raise errors.no_such_entity(self.missing.format(name))
        return decode(self.document, resource)

    async def read(self, tx: Transaction, account: str, name: str) -> tuple[Resource, Document]:
        """The one with this name, to be changed. Raises `NoSuchEntity`."""
        resource = await tx.get(self.stored_as, account, key_of(name))
        if resource is None:
            raise errors.no_such_entity(self.missing.format(name))
        return resource, decode(self.document, resource)

    async def create(
        self, tx: Transaction, account: str, name: str, document: Document, parent: str | None = None
    ) -> None:
        """A new one. Raises `EntityAlreadyExists` and `LimitExceeded`."""
        await self.refuse_taken(tx, account, name)
        if await count(tx, self.stored_as, account, 1) > self.most:
            raise errors.limit_exceeded(self.quota, self.most)
        await tx.create(Resource(self.stored_as, account, key_of(name), encode(document), parent))

    async def refuse_taken(self, tx: Transaction, account: str, name: str) -> None:
        """Raises `EntityAlreadyExists` when the name is taken."""
        if await tx.get(self.stored_as, account, key_of(name)) is not None:
            raise errors.entity_already_exists(self.taken.format(name))

    async def delete(self, tx: Transaction, resource: Resource) -> None:
        """Delete the one that was read."""
        await tx.delete(resource)
        await count(tx, self.stored_as, resource.owner, -1)

    async def rename(self, tx: Transaction, resource: Resource, name: str, document: Document) -> None:
        """Write the one that was read under another name. Raises `EntityAlreadyExists`."""
        if key_of(name) == resource.name:
            await write(tx, resource, document)
            return
        await self.refuse_taken(tx, resource.owner, name)
        await tx.delete(resource)
        await tx.create(Resource(self.stored_as, resource.owner, key_of(name), encode(document), resource.parent))


async def write(tx: Transaction, resource: Resource, document: msgspec.Struct) -> None:
    """Write a changed document in place of the one that was read."""
    await tx.replace(msgspec.structs.replace(resource, document=encode(document)))


def _named(type_: str, document: type[Document], word: str, quota: str, most: int) -> Kind[Document]:
    return Kind(
        type_,
        document,
        word,
        quota,
        most,
        f"The {word} with name {{}} cannot be found.",
        f"{word.capitalize()} with name {{}} already exists.",
    )


USERS: Final[Kind[UserDocument]] = _named(USER, UserDocument, "user", "UsersPerAccount", quotas.USERS)
GROUPS: Final[Kind[GroupDocument]] = _named(GROUP, GroupDocument, "group", "GroupsPerAccount", quotas.GROUPS)
ROLES: Final[Kind[RoleDocument]] = _named(ROLE, RoleDocument, "role", "RolesPerAccount", quotas.ROLES)
PROFILES: Final[Kind[InstanceProfileDocument]] = Kind(
    INSTANCE_PROFILE,
    InstanceProfileDocument,
    "instance-profile",
    "InstanceProfilesPerAccount",
    quotas.INSTANCE_PROFILES,
    "Instance Profile {} cannot be found.",
    "Instance Profile {} already exists.",
)
POLICIES: Final[Kind[PolicyDocument]] = Kind(
    POLICY,
    PolicyDocument,
    "policy",
    "PoliciesPerAccount",
    quotas.POLICIES,
    "Policy {} was not found.",
    "A policy called {} already exists. Duplicate names are not allowed.",
)
