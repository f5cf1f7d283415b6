"""What policies would say: SimulatePrincipalPolicy, SimulateCustomPolicy, and the condition keys that policies ask for.

The engine that decides is the one that real requests meet; here are only the parts of its answer that AWS shows. A
result stands for an action; when resources were named it has one of its own for each, and as its decision the worst.
Policies of organizations are refused: there are none here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import msgspec

from chasqui.access.policy.decision import Grants, Question, Simulation, Verdict, context_keys, decide, simulate
from chasqui.access.policy.document import PolicyType, compile_policy
from chasqui.access.policy.readings import address, boolean, data, date, number
from chasqui.base.actions import Action, Values
from chasqui.base.arn import parse_arn
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.principal import Principal
from chasqui.base.service import Operation
from chasqui.services.iam import actions, errors, simulated, types
from chasqui.services.iam.paging import items_max, marked, marker_after
from chasqui.services.iam.positions import Place, statement_places
from chasqui.services.iam.service import Room
from chasqui.services.iam.simulated import BOUNDARY, IDENTITY, RESOURCE, Source, Sources

_EVERYTHING: Final = compile_policy(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    PolicyType.IDENTITY,
    "everything",
)
_WORST: Final = (Verdict.EXPLICIT_DENY, Verdict.IMPLICIT_DENY, Verdict.ALLOWED)
_READERS: Final[dict[str, Callable[[str], object]]] = {
    "numeric": number,
    "boolean": boolean,
    "ip": address,
    "binary": data,
    "date": date,
}


class Scene(msgspec.Struct, frozen=True):
    """All of a simulation but the action and the resource. `owner` has resources whose ARN names no account."""

    principal: Principal
    sources: Sources
    grants: Grants
    context: dict[str, Values]
    owner: str

    def question(self, action: str, resource: str) -> Question:
        return Question(self.principal, action, resource, self.owner_of(resource), self.context)

    def owner_of(self, resource: str) -> str:
        parsed = parse_arn(resource)
        return parsed.account if parsed is not None and parsed.account.isdigit() else self.owner


_DECISIONS_MAX: Final = 20_000

# ------------------------------------------------------------------------------------------------------- operations


async def simulate_custom_policy(
    room: Room, call: Call, request: types.SimulateCustomPolicyRequest
) -> types.SimulatePolicyResponse:
    if request.OrderedOrganizationPolicyInputList:
        raise ServiceError("NotImplemented", "Service control policies are not implemented.", status=501)
    if request.ResourcePolicy and not request.CallerArn:
        raise errors.invalid_input("Invalid caller - Caller cannot be null or empty.")
    principal = await _caller(room, call, request.CallerArn) if request.CallerArn else simulated.nobody(call.account)
    identity = simulated.given(request.PolicyInputList, "PolicyInputList")
    return await _answered(request, principal, identity, _given_boundary(request))


async def simulate_principal_policy(
    room: Room, call: Call, request: types.SimulatePrincipalPolicyRequest
) -> types.SimulatePolicyResponse:
    subject = await simulated.subject(room, call.account, request.PolicySourceArn or "")
    principal = await _caller(room, call, request.CallerArn) if request.CallerArn else subject.principal
    if request.ResourcePolicy and not principal.arn:
        raise errors.invalid_input("Invalid caller - Caller cannot be null or empty.")
    excluded = [simulated.exclusion(each) for each in request.PolicyExclusionList or ()]
    attached = await simulated.policies_of(room, call.account, subject)
    identity = [each for each in attached if not any(leaves_out(each) for leaves_out in excluded)]
    identity += simulated.given(request.PolicyInputList, "PolicyInputList")
    boundary = _given_boundary(request)
    if boundary is None:
        boundary = await simulated.boundary_of(room, call.account, subject)
        if boundary is not None and any(leaves_out(boundary) for leaves_out in excluded):
            boundary = None
    return await _answered(request, principal, identity, boundary)


async def get_context_keys_for_custom_policy(
    _room: Room, _call: Call, request: types.GetContextKeysForCustomPolicyRequest
) -> types.GetContextKeysForPolicyResponse:
    return await _keys(simulated.given(request.PolicyInputList, "PolicyInputList"))


async def get_context_keys_for_principal_policy(
    room: Room, call: Call, request: types.GetContextKeysForPrincipalPolicyRequest
) -> types.GetContextKeysForPolicyResponse:
    subject = await simulated.subject(room, call.account, request.PolicySourceArn or "")
    attached = await simulated.policies_of(room, call.account, subject)
    return await _keys([*attached, *simulated.given(request.PolicyInputList, "PolicyInputList")])


async def _keys(sources: list[Source]) -> types.GetContextKeysForPolicyResponse:
    return await asyncio.get_running_loop().run_in_executor(None, _keys_of, sources)


def _keys_of(sources: list[Source]) -> types.GetContextKeysForPolicyResponse:
    found = {key.lower(): key for source in sources for key in context_keys(source.compiled())}
    return types.GetContextKeysForPolicyResponse(ContextKeyNames=[found[key] for key in sorted(found)])


async def _caller(room: Room, call: Call, arn: str) -> Principal:
    """Whom `CallerArn` names: with its tags when it is the account's own."""
    if simulated.named_in(arn)[0] != call.account:
        return simulated.stranger(arn)
    try:
        return (await simulated.subject(room, call.account, arn)).principal
    except ServiceError:
        return simulated.stranger(arn)


def _given_boundary(request: Any) -> Source | None:
    given = simulated.given(
        request.PermissionsBoundaryPolicyInputList, "PermissionsBoundaryPolicyInputList", simulated.BOUNDARY
    )
    if len(given) > 1:
        raise errors.invalid_input("PermissionsBoundaryPolicyInputList must have at most one policy.")
    return given[0] if given else None


# ------------------------------------------------------------------------------------------------------- parameters


async def _answered(
    request: Any, principal: Principal, identity: list[Source], boundary: Source | None
) -> types.SimulatePolicyResponse:
    # A request may ask for thousands of decisions: they are not the event loop's to wait for.
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, _answer, request, principal, identity, boundary)


def _answer(
    request: Any, principal: Principal, identity: list[Source], boundary: Source | None
) -> types.SimulatePolicyResponse:
    resource = Source("ResourcePolicy", RESOURCE, request.ResourcePolicy) if request.ResourcePolicy else None
    sources = Sources(identity, boundary, resource)
    context = dict(map(_context_value, request.ContextEntries or ()))
    scene = Scene(principal, sources, sources.grants, context, _owner(request.ResourceOwner, principal))
    resources = list(dict.fromkeys(request.ResourceArns or ("*",)))
    for each in resources:
        if each != "*" and parse_arn(each) is None:
            raise errors.invalid_input(f"ResourceNames are not in a valid ARN format: {each}.")
    begin, most = _begin(request), items_max(request)
    names = list(dict.fromkeys(request.ActionNames or ()))
    if len(names[begin : begin + most]) * len(resources) > _DECISIONS_MAX:
        raise errors.invalid_input(
            f"A page has at most {_DECISIONS_MAX} decisions: ask for fewer actions or resources."
        )
    results = [_result(scene, _checked(name), resources) for name in names[begin : begin + most]]
    more = len(names) > begin + most
    marker = marker_after(str(begin + most)) if more else None
    return types.SimulatePolicyResponse(EvaluationResults=results, IsTruncated=more, Marker=marker)


def _begin(request: Any) -> int:
    """How many actions earlier pages had."""
    text = marked(request) or "0"
    if not (text.isascii() and text.isdigit()):
        raise errors.validation_error("Invalid Marker.")
    return int(text)


def _checked(action: str) -> str:
    service, _, name = action.partition(":")
    if not service or not name or "*" in action or "?" in action:
        raise errors.invalid_input(f"Invalid action: {action}.")
    return action


def _owner(given: str | None, principal: Principal) -> str:
    """The account that `ResourceOwner` names, by its number or an ARN; without one it is the caller's."""
    if not given:
        return principal.account
    parsed = parse_arn(given)
    account = parsed.account if parsed is not None else given
    if len(account) != 12 or not account.isdigit():
        raise errors.invalid_input(f"'{given}' is not a valid as a Resource Owner.")
    return account


def _context_value(entry: types.ContextEntry) -> tuple[str, Values]:
    """A context key and its value, or values when its type is a list. Raises `InvalidInput`."""
    name, values, type_ = (
        entry.ContextKeyName or "",
        tuple(entry.ContextKeyValues or ()),
        entry.ContextKeyType or "string",
    )
    reader = _READERS.get(type_.removesuffix("List"))
    for value in values:
        if reader is not None and reader(value) is None:
            raise errors.invalid_input(f"Invalid value for context key {name} of type {type_}: {value}.")
    return name, values[0] if len(values) == 1 and not type_.endswith("List") else values


# ---------------------------------------------------------------------------------------------------------- results


def _result(scene: Scene, action: str, resources: list[str]) -> types.EvaluationResult:
    if resources == ["*"]:
        found = _on_resource(scene, action, "*")
        return types.EvaluationResult(
            EvalActionName=action,
            EvalResourceName="*",
            EvalDecision=found.EvalResourceDecision,
            MatchedStatements=found.MatchedStatements,
            MissingContextValues=found.MissingContextValues,
            PermissionsBoundaryDecisionDetail=found.PermissionsBoundaryDecisionDetail,
        )
    each = [_on_resource(scene, action, resource) for resource in resources]
    decisions = {found.EvalResourceDecision for found in each}
    alone = each[0] if len(each) == 1 else None
    return types.EvaluationResult(
        EvalActionName=action,
        EvalResourceName=alone.EvalResourceName if alone else "*",
        EvalDecision=next(verdict.value for verdict in _WORST if verdict.value in decisions),
        MatchedStatements=alone.MatchedStatements if alone else [],
        MissingContextValues=[],
        PermissionsBoundaryDecisionDetail=_worst_boundary(each),
        EvalDecisionDetails=alone.EvalDecisionDetails if alone else {},
        ResourceSpecificResults=each,
    )


def _worst_boundary(each: list[types.ResourceSpecificResult]) -> types.PermissionsBoundaryDecisionDetail | None:
    details = [found.PermissionsBoundaryDecisionDetail for found in each]
    told = [detail.AllowedByPermissionsBoundary for detail in details if detail is not None]
    return types.PermissionsBoundaryDecisionDetail(AllowedByPermissionsBoundary=all(told)) if told else None


def _on_resource(scene: Scene, action: str, resource: str) -> types.ResourceSpecificResult:
    question = scene.question(action, resource)
    policy = scene.sources.resource.compiled() if scene.sources.resource else None
    found = simulate(question, scene.grants, policy)
    return types.ResourceSpecificResult(
        EvalResourceName=resource,
        EvalResourceDecision=found.decision.verdict.value,
        MatchedStatements=_statements(scene, found),
        MissingContextValues=sorted(found.missing),
        EvalDecisionDetails=_details(scene, question),
        PermissionsBoundaryDecisionDetail=_boundary_detail(scene, question),
    )


def _statements(scene: Scene, found: Simulation) -> list[types.Statement]:
    """The statements that decided: those that deny, else those that allow, none for an implicit deny."""
    effect = {Verdict.ALLOWED: "Allow", Verdict.EXPLICIT_DENY: "Deny"}.get(found.decision.verdict)
    sources = scene.sources.by_key()
    return [_statement(sources[ref.source], ref.index) for ref in found.matched if ref.effect == effect]


def _statement(source: Source, index: int) -> types.Statement:
    start, end = statement_places(source.text)[index]
    return types.Statement(
        SourcePolicyId=source.id,
        SourcePolicyType=source.type,
        StartPosition=_position(start),
        EndPosition=_position(end),
    )


def _position(place: Place) -> types.Position:
    return types.Position(Line=place[0], Column=place[1])


def _within_account(scene: Scene, question: Question) -> Question:
    """The question, as if the resource were the caller's account's own."""
    return msgspec.structs.replace(question, owner=scene.principal.account)


def _boundary_detail(scene: Scene, question: Question) -> types.PermissionsBoundaryDecisionDetail | None:
    allowed = _boundary_verdict(scene, question)
    if allowed is None:
        return None
    return types.PermissionsBoundaryDecisionDetail(AllowedByPermissionsBoundary=allowed is Verdict.ALLOWED)


def _boundary_verdict(scene: Scene, question: Question) -> Verdict | None:
    if scene.grants.boundary is None:
        return None
    grants = Grants(identity=(scene.grants.boundary,), boundary=None, session=None)
    return decide(_within_account(scene, question), grants, None).verdict


def _details(scene: Scene, question: Question) -> dict[str, str]:
    """What each kind of policy says by itself, when the resource is another account's."""
    if question.owner == scene.principal.account:
        return {}
    identity = Grants(identity=scene.grants.identity, boundary=None, session=None)
    found = {IDENTITY: decide(_within_account(scene, question), identity, None).verdict}
    policy = scene.sources.resource.compiled() if scene.sources.resource else None
    everything = Grants(identity=(_EVERYTHING,), boundary=None, session=None)
    found[RESOURCE] = decide(question, everything, policy).verdict
    boundary = _boundary_verdict(scene, question)
    if boundary is not None:
        found[BOUNDARY] = boundary
    return {type_: verdict.value for type_, verdict in found.items()}


OPERATIONS: dict[str, Operation] = {
    "SimulateCustomPolicy": simulate_custom_policy,
    "SimulatePrincipalPolicy": simulate_principal_policy,
    "GetContextKeysForCustomPolicy": get_context_keys_for_custom_policy,
    "GetContextKeysForPrincipalPolicy": get_context_keys_for_principal_policy,
}


def _source(_call: Call, request: Any) -> str:
    arn: str = request.PolicySourceArn or ""
    return arn if arn.startswith("arn:") else "*"


ACTIONS: dict[str, Action] = {
    "SimulateCustomPolicy": actions.of("SimulateCustomPolicy", "read"),
    "SimulatePrincipalPolicy": actions.of("SimulatePrincipalPolicy", "read", resource=_source),
    "GetContextKeysForCustomPolicy": actions.of("GetContextKeysForCustomPolicy", "read"),
    "GetContextKeysForPrincipalPolicy": actions.of("GetContextKeysForPrincipalPolicy", "read", resource=_source),
}
