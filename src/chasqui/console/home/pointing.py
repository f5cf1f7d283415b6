"""How programs are pointed at this server: the same settings, in the words of the CLI and of some SDKs."""

from __future__ import annotations

import shlex
from typing import Final

import msgspec

from chasqui.access.caller import DEFAULT_ACCOUNT
from chasqui.console.language import N_
from chasqui.console.page import Page


class Way(msgspec.Struct, frozen=True):
    """A client, and what is to be written for it."""

    name: str
    text: str


_PYTHON: Final = """import boto3

sqs = boto3.client("sqs", endpoint_url="{url}", region_name="{region}")
"""
_JAVASCRIPT: Final = """import {{ SQSClient }} from "@aws-sdk/client-sqs";

const sqs = new SQSClient({{ endpoint: "{url}", region: "{region}" }});
"""
_JAVA: Final = """SqsClient sqs = SqsClient.builder()
    .endpointOverride(URI.create("{url}"))
    .region(Region.of("{region}"))
    .build();
"""
_GO: Final = """cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion("{region}"),
    config.WithBaseEndpoint("{url}"))
client := sqs.NewFromConfig(cfg)
"""
_PROFILE: Final = """[profile chasqui]
endpoint_url = {url}
region = {region}
"""


def ways(page: Page) -> list[Way]:
    """What to write for each client. A server that believes whoever comes takes any key, 12 digits as an account."""
    url, region, lines = page.api.base_url, page.api.region, []
    if not page.visitor.strict:
        key = "test" if page.api.account == DEFAULT_ACCOUNT else page.api.account
        lines = [f"export AWS_ACCESS_KEY_ID={shlex.quote(key)} AWS_SECRET_ACCESS_KEY=test"]
    shell = [f"export AWS_ENDPOINT_URL={shlex.quote(url)} AWS_REGION={shlex.quote(region)}", *lines]
    return [
        Way(N_("Environment, for every client"), "\n".join(shell)),
        Way(N_("A profile in ~/.aws/config"), _PROFILE.format(url=url, region=region).rstrip()),
        *(
            Way(name, text.format(url=url, region=region).rstrip())
            for name, text in (
                ("Python (boto3)", _PYTHON), ("JavaScript", _JAVASCRIPT), ("Java", _JAVA), ("Go", _GO),
            )
        ),
    ]  # fmt: skip
