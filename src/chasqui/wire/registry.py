"""Every protocol the server speaks, by the name that a route gives."""

from __future__ import annotations

from typing import Final

from chasqui.wire.cbor import AMZ_CBOR_1_1, RPC_V2_CBOR
from chasqui.wire.json import JSON_1_0, JSON_1_1
from chasqui.wire.protocol import WireProtocol
from chasqui.wire.query import QUERY
from chasqui.wire.rest_json import REST_JSON
from chasqui.wire.rest_xml import REST_XML

ALL: tuple[WireProtocol, ...] = (JSON_1_0, JSON_1_1, QUERY, REST_JSON, REST_XML, RPC_V2_CBOR, AMZ_CBOR_1_1)
PROTOCOLS: Final[dict[str, WireProtocol]] = {protocol.name: protocol for protocol in ALL}
