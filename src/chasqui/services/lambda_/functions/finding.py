"""Functions, versions and aliases as operations find them, with AWS' errors where there is none."""

from __future__ import annotations

from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import ALIAS, FUNCTION, FUNCTION_VERSION, LATEST
from chasqui.services.lambda_.functions.documents import AliasDocument, FunctionDocument, VersionDocument, read
from chasqui.services.lambda_.functions.names import FunctionName, is_version
from chasqui.services.lambda_.room import Room
from chasqui.store.port import Resource, Transaction


async def function(room: Room, named: FunctionName) -> FunctionDocument:
    """Raises ResourceNotFoundException."""
    found = await room.store.resource(FUNCTION, named.owner, named.name)
    if found is None:
        raise errors.function_not_found(named.arn)
    return read(FunctionDocument, found)


async def version(room: Room, named: FunctionName) -> tuple[str, VersionDocument]:
    """The version that a qualifier leads to: an alias' own, whatever its weights. Raises ResourceNotFoundException."""
    number = named.qualifier or LATEST
    if number != LATEST and not is_version(number):
        alias = await room.functions.alias(named.owner, named.name, number)
        number = alias.version if alias is not None else ""
    document = await room.functions.version(named.owner, named.name, number) if number else None
    if document is None:
        raise errors.function_not_found(named.qualified)
    return number, document


async def function_in(tx: Transaction, named: FunctionName) -> tuple[Resource, FunctionDocument]:
    """The function within a transaction. Raises ResourceNotFoundException."""
    found = await tx.get(FUNCTION, named.owner, named.name)
    if found is None:
        raise errors.function_not_found(named.arn)
    return found, read(FunctionDocument, found)


async def require_qualifier(tx: Transaction, named: FunctionName) -> Resource:
    """The version's or alias' resource that the qualifier names, $LATEST's for none. Raises
    ResourceNotFoundException."""
    qualifier = named.qualifier or LATEST
    type_ = FUNCTION_VERSION if qualifier == LATEST or is_version(qualifier) else ALIAS
    found = await tx.get(type_, named.owner, f"{named.name}:{qualifier}")
    if found is None:
        raise errors.function_not_found(named.qualified)
    return found


def revision_of(found: Resource) -> str:
    """The revision of what `require_qualifier` found."""
    if found.type == ALIAS:
        return read(AliasDocument, found).revision
    return read(VersionDocument, found).revision
