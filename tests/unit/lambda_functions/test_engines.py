"""A function's life on either database, and over a kill of the server."""

from __future__ import annotations

from pathlib import Path

from tests.engines import Engine
from tests.support import eventually
from tests.unit.lambda_functions.conftest import Lambda, zipped
from tests.unit.lambda_functions.serving import FunctionServer


def test_functions_layers_and_what_is_configured_survive_a_kill(engine: Engine, tmp_path: Path) -> None:
    options = engine.options()
    with FunctionServer(tmp_path, *options) as server:
        own = Lambda(server.client("lambda"))
        layer = own.client.publish_layer_version(LayerName="l", Content={"ZipFile": zipped()})["LayerVersionArn"]
        own.create("f", Layers=[layer], Environment={"Variables": {"STAGE": "one"}}, Publish=True)
        own.client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
        own.client.put_provisioned_concurrency_config(
            FunctionName="f", Qualifier="live", ProvisionedConcurrentExecutions=1
        )
        before = own.client.get_function(FunctionName="f", Qualifier="live")
        server.kill()

    with FunctionServer(tmp_path, *options) as server:
        client = server.client("lambda")
        after = client.get_function(FunctionName="f", Qualifier="live")
        assert after["Configuration"] == before["Configuration"]
        asked = {"FunctionName": "f", "Qualifier": "live"}
        eventually(lambda: client.get_provisioned_concurrency_config(**asked)["Status"] == "READY")

        client.delete_function(FunctionName="f")
        assert client.list_functions()["Functions"] == []
        assert client.get_account_settings()["AccountUsage"]["FunctionCount"] == 0
