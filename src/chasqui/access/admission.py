"""Whether a request is let in: whose it is, and whether they may. The one place that knows the three modes.

`permissive` believes what a request says of itself, and asks no policy (save where a service asks for another one's
sake: `authorizer.py`). `strict` verifies the signature and lets policies decide. `audit` does what `strict` does,
lets everything in all the same and says what would have been refused, so that a team can switch over.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from chasqui.access.authorizer import AccessDenied, Authorizer
from chasqui.access.caller import DEFAULT_ACCOUNT, KEY_LENGTH_MAX, account_of_key
from chasqui.access.described import NewCheck, described_new, placed_beside
from chasqui.access.identity.directory import NOBODY, Directory, Identity, NoSuchCredentials
from chasqui.access.identity.sessions import BadToken
from chasqui.access.identity.uses import KeyUses
from chasqui.access.policy.decision import Grants
from chasqui.access.policy.keys import moment_keys
from chasqui.access.sigv4 import refusals
from chasqui.access.sigv4.check import check_claims, check_signature
from chasqui.access.sigv4.posted import PostedClaims, check_posted, read_posted
from chasqui.access.sigv4.read import Presented, read_presented
from chasqui.access.sigv4.refusals import Family
from chasqui.access.sigv4.version2 import QueryClaims, check_query, read_query
from chasqui.base.actions import Action, Check, Values
from chasqui.base.bounded import keep
from chasqui.base.call import Call
from chasqui.base.clock import Clock
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Posted
from chasqui.base.principal import Principal, root_of
from chasqui.wire.protocol import Request

Mode = Literal["permissive", "strict", "audit"]

_log = logging.getLogger("chasqui.access")

_ROOTS_MAX: Final = 4096
_VERSION_2: Final = "AWSAccessKeyId="
_USE_EVERY_MS: Final = 1000
# Hashing more than this takes too much of the event loop's time.
_HASHED_AT_ONCE_MAX: Final = 1 << 20


class Door(msgspec.Struct, frozen=True):
    """What is called, as far as signatures go: the names under which a request may be signed for it, how its errors are
    called, and whether a body may go unsigned."""

    names: frozenset[str]
    family: Family
    unsigned_body: bool = False


class Admitted(msgspec.Struct, eq=False):
    """Who makes a request, and the region it is for ("" when it names none)."""

    identity: Identity
    region: str


class Admission:
    """Identifies callers and asks the authorizer, as the mode wants it."""

    def __init__(self, mode: Mode, directory: Directory, authorizer: Authorizer, uses: KeyUses, clock: Clock) -> None:
        self.mode = mode
        self._uses = uses
        self._directory = directory
        self._authorizer = authorizer
        self._clock = clock
        self._roots: dict[tuple[str, str], Identity] = {}
        self._anonymous = Identity(Principal(kind="anonymous", account="", arn="", id="anonymous"), "", NOBODY)

    @property
    def checks(self) -> bool:
        """Whether requests are looked at beyond what they say of themselves."""
        return self.mode != "permissive"

    # ------------------------------------------------------------------------------------------------------ who is it

    @property
    def anonymous(self) -> Identity:
        """Whoever says nothing of themselves."""
        return self._anonymous

    def identify_at_hand(self, request: Request, door: Door) -> Admitted | None:
        """The caller, where nothing has to be waited for; None where it has. Raises AWS' refusals."""
        if self.mode != "strict" or len(request.body) > _HASHED_AT_ONCE_MAX:
            return None
        if door.family == "s3" and _VERSION_2 in request.query:
            return None
        presented = read_presented(request, door.family)
        if presented is None:
            return Admitted(self._anonymous, "")
        claims = presented.claims
        identity = self._directory.at_hand(claims.access_key, presented.token)
        if identity is None:
            return None
        self._verify(presented, request, door, identity)
        return Admitted(identity, claims.region)

    async def identify(self, request: Request, door: Door) -> Admitted:
        """The caller. Raises AWS' refusals."""
        if self.mode == "permissive":
            return await self._believe(request)
        try:
            return await self._identify(request, door)
        except ServiceError as error:
            if self.mode == "strict" or (error.status or 400) >= 500:
                raise
            _log.warning("strict mode would refuse a request's signature", extra=_presented(request, error))
            return await self._believe(request)

    async def _identify(self, request: Request, door: Door) -> Admitted:
        old = read_query(request) if door.family == "s3" and _VERSION_2 in request.query else None
        if old is not None:
            return await self._identify_old(old, request)
        presented = read_presented(request, door.family)
        if presented is None:
            return Admitted(self._anonymous, "")
        try:
            identity = await self._find(presented)
        except NoSuchCredentials:
            raise refusals.unknown_key(door.family, presented.access_key) from None
        except BadToken:
            raise refusals.bad_token(door.family) from None
        digest = ""
        if len(request.body) > _HASHED_AT_ONCE_MAX:
            digest = await asyncio.get_running_loop().run_in_executor(None, _sha256, request.body)
        self._verify(presented, request, door, identity, digest)
        return Admitted(identity, presented.region)

    async def _identify_old(self, claims: QueryClaims, request: Request) -> Admitted:
        """The caller who presigned an address of S3 with Signature Version 2."""
        identity = await self._holder(claims.access_key, claims.token)
        self._check_holder(identity, claims.access_key)
        check_query(claims, request, identity.secret, self._clock.now_ms())
        return Admitted(identity, "")

    def _check_holder(self, identity: Identity, access_key: str) -> None:
        """Raises S3's refusals of a key that is not active, or that was over."""
        if not identity.active or (self.mode == "strict" and not identity.verified):
            raise refusals.inactive_key("s3", access_key)
        if 0 < identity.principal.expires_at_ms <= self._clock.now_ms():
            raise refusals.expired_token("s3")

    async def identify_posted(self, posted: Posted) -> Admitted:
        """The caller who signed a form. Raises AWS' refusals."""
        claims: PostedClaims | None = None
        try:
            claims = read_posted(posted)
            identity = await self._holder(claims.access_key, posted.token)
            if self.mode != "permissive":
                self._check_holder(identity, claims.access_key)
                check_posted(posted, claims, identity.secret, self._clock.now_ms())
        except ServiceError as error:
            if self.mode == "strict" or (error.status or 400) >= 500:
                raise
            if self.mode == "audit":
                _log.warning("strict mode would refuse a form's signature", extra={"error": error.code})
            access_key = posted.credential.partition("/")[0]
            return Admitted(self.root(account_of_key(access_key), access_key), claims.region if claims else "")
        return Admitted(identity, claims.region)

    async def _holder(self, access_key: str, token: str) -> Identity:
        """Whose an access key is. Raises S3's refusals."""
        try:
            return self._directory.at_hand(access_key, token) or await self._directory.find(access_key, token)
        except NoSuchCredentials:
            raise refusals.unknown_key("s3", access_key) from None
        except BadToken:
            raise refusals.bad_token("s3") from None

    async def _find(self, presented: Presented) -> Identity:
        token = presented.token or ""
        return self._directory.at_hand(presented.access_key, token) or await self._directory.find(
            presented.access_key, token
        )

    def _verify(self, presented: Presented, request: Request, door: Door, identity: Identity, digest: str = "") -> None:
        now_ms = self._clock.now_ms()
        if not identity.active or (self.mode == "strict" and not identity.verified):
            raise refusals.inactive_key(door.family, presented.access_key)
        check_claims(presented, request, now_ms, door.names, door.family)
        check_signature(
            presented,
            request,
            identity.secret,
            now_ms,
            family=door.family,
            unsigned_allowed=door.unsigned_body,
            body_sha256=digest,
        )
        if 0 < identity.principal.expires_at_ms <= now_ms:
            raise refusals.expired_token(door.family)
        if now_ms >= identity.note_use_at_ms:
            identity.note_use_at_ms = now_ms + _USE_EVERY_MS
            self._uses.note(presented.access_key, now_ms, presented.region, presented.service)

    async def _believe(self, request: Request) -> Admitted:
        """The caller that a request says it is: the holder of the key where there is such a key, else an account's
        root."""
        try:
            presented = read_presented(request)
        except ServiceError:
            presented = None
        if presented is None:
            return Admitted(self.root(DEFAULT_ACCOUNT, ""), "")
        if presented.access_key.startswith(("AKIA", "ASIA")):
            try:
                return Admitted(await self._find(presented), presented.region)
            except (NoSuchCredentials, BadToken):
                pass
        account = account_of_key(presented.access_key)
        return Admitted(self.root(account, presented.access_key), presented.region)

    def root(self, account: str, access_key: str) -> Identity:
        """An account's root, as permissive servers take callers."""
        identity = self._roots.get((account, access_key))
        if identity is None:
            identity = Identity(root_of(account, access_key), "", NOBODY)
            if len(access_key) <= KEY_LENGTH_MAX:
                keep(self._roots, (account, access_key), identity, _ROOTS_MAX)
        return identity

    # ------------------------------------------------------------------------------------------------------- may they

    def allows_at_hand(self, identity: Identity, action: Action, call: Call, params: object) -> bool:
        """Whether this needs no further thought: the mode asks nobody, or the same was allowed before and nothing has
        changed."""
        if self.mode == "permissive" or (action.open and identity is not self._anonymous):
            return True
        if identity.epoch != self._directory.epoch:
            identity.decided.clear()
            identity.epoch = self._directory.epoch
            return False
        return _mark(action, call, params) in identity.decided and self._authorizer.fresh()

    async def authorize(
        self, identity: Identity, action: Action, call: Call, params: object, facts: RequestFacts, family: Family
    ) -> None:
        """Let policies decide. Raises `AccessDenied`, and the refusal of anonymous calls."""
        if action.unsigned and identity is self._anonymous:
            return
        try:
            await self._decide(identity, action, call, params, facts, family)
        except ServiceError as error:
            if self.mode == "strict" or (error.status or 400) >= 500:
                raise
            _log.warning("strict mode would refuse a call", extra=_told(error, call))

    async def _decide(
        self, identity: Identity, action: Action, call: Call, params: object, facts: RequestFacts, family: Family
    ) -> None:
        if action.open and identity is self._anonymous:
            raise refusals.missing_authentication(family)
        if _is_passing(identity.principal) and action.name.startswith("iam:"):
            raise refusals.bad_token(family)
        context = facts.context(call)
        if action.context is not None:
            context.update(action.context(call, params))
        resource = action.resource(call, params)
        name = action.name if action.named is None else action.named(params)
        told = action.told or name
        epoch = self._directory.epoch
        try:
            described = described_new(resource) if action.new else None
            decision = await self._authorizer.demand(identity, name, resource, context, told=told, described=described)
            for check_ in action.also(call, params) if action.also is not None else ():
                await self._check(identity, check_, {**context, **check_.context})
        except AccessDenied:
            if identity is self._anonymous:
                raise refusals.missing_authentication(family) from None
            raise
        # What else another request of this kind needs is not known from this one.
        if decision.cacheable and action.also is None and epoch == self._directory.epoch:
            identity.remember(_mark(action, call, params))

    async def _check(self, identity: Identity, check_: Check, context: Mapping[str, Values]) -> None:
        """One thing more that a call needs. Raises `AccessDenied`."""
        resource, described = check_.resource, None
        if isinstance(check_, NewCheck):
            if check_.beside:
                resource = placed_beside(resource, await self._authorizer.describe(check_.beside))
            described = described_new(resource)
        await self._authorizer.demand(identity, check_.action, resource, context, described=described)

    async def demand(self, call: Call, action: str, resource: str, context: Mapping[str, Values]) -> None:
        """What a service needs of its caller beside the call's own action: a key to be used for it. Raises
        `AccessDenied`."""
        if self.mode == "permissive":
            return
        grants = call.grants if isinstance(call.grants, Grants) else NOBODY
        facts = {**moment_keys(self._clock.now_ms(), call.region), "aws:ViaAWSService": "true"}
        try:
            await self._authorizer.demand(Identity(call.principal, "", grants), action, resource, {**facts, **context})
        except AccessDenied as error:
            if self.mode == "strict":
                raise
            _log.warning("strict mode would refuse a call", extra=_told(error, call))


class RequestFacts(msgspec.Struct, frozen=True):
    """What conditions may ask of the request itself."""

    source_address: str
    secure: bool
    user_agent: str
    referer: str
    now_ms: int
    """The server's time."""

    def context(self, call: Call) -> dict[str, Values]:
        """The global condition keys (IAM user guide, "AWS global condition context keys")."""
        found: dict[str, Values] = {
            **moment_keys(self.now_ms, call.region),
            "aws:SourceIp": self.source_address,
            "aws:SecureTransport": "true" if self.secure else "false",
            "aws:ViaAWSService": "false",
        }
        if self.user_agent:
            found["aws:UserAgent"] = self.user_agent
        if self.referer:
            found["aws:Referer"] = self.referer
        return found


def _mark(action: Action, call: Call, params: object) -> tuple[str, Call, object]:
    """What a decision is remembered by."""
    by = action.decided_by
    name = action.name if action.named is None else action.named(params)
    return (name, call, by(params) if by is not None else action.resource(call, params))


def _is_passing(principal: Principal) -> bool:
    """Whether these are credentials of GetSessionToken without a device, or of GetFederationToken: they are good for
    nothing in IAM (STS API reference), since whoever got hold of them could make lasting ones there."""
    return principal.session and not principal.mfa and principal.kind in ("user", "root", "federated")


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _presented(request: Request, error: ServiceError) -> dict[str, str]:
    """What tells an operator which program to mend."""
    named = (request.headers.get(b"authorization") or b"").partition(b"Credential=")[2].partition(b"/")[0]
    agent = (request.headers.get(b"user-agent") or b"")[:256]
    return {"reason": str(error), "access_key": named[:128].decode("latin-1"), "user_agent": agent.decode("latin-1")}


def _told(error: ServiceError, call: Call) -> dict[str, str]:
    """A refusal's fields in the log."""
    fields = {"reason": error.message, "principal": call.principal.arn or "anonymous"}
    if isinstance(error, AccessDenied):
        fields |= error.explanation.log_fields()
    return fields
