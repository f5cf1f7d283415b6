"""Published verifiers of notifications accept what this server signs, once they trust its host.

They fetch the certificate over HTTPS. Where a verifier lets its users say which host they trust, that is `localhost`;
where it takes AWS' names only, the server has one of them, as it has when its users give it that name in their DNS.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs import BUILD, HERE, install, installed, run_case
from tests.clients.trust import AWS_NAME, SecureServer
from tests.scenarios.notifying import follow
from tests.unit.sns_publish.endpoint import listening

# The first tests also wait for npm, pip and Maven.
pytestmark = [pytest.mark.one_engine("what is signed is the same on every engine"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module", params=["", f"https://{AWS_NAME}", f"https://{AWS_NAME}:{{port}}"])
def secure(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureServer]:
    """A server with HTTPS; its parameter is its public address."""
    with SecureServer(tmp_path_factory.mktemp("secure"), request.param) as running:
        yield running


def under(public: str) -> pytest.MarkDecorator:
    """A test on a server with this public address only."""
    return pytest.mark.parametrize("secure", [public], indirect=True, ids=[""])


def client_environ(environ: dict[str, str], server: SecureServer) -> dict[str, str]:
    """Of a client that trusts the server's certificate."""
    trusted = {name: str(server.certificate) for name in ("NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE")}
    return {**environ, **trusted, "AWS_ENDPOINT_URL": server.secure_url}


def messages(server: SecureServer, name: str, version: str = "1") -> list[dict[str, Any]]:
    """A confirmation, a notification with a subject and one without, and the confirmation of the end."""
    sns = server.secure_client("sns")
    topic = sns.create_topic(Name=name, Attributes={"SignatureVersion": version})["TopicArn"]
    with listening() as endpoint:
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
        found = [json.loads(endpoint.next().body)]
        subscription = sns.confirm_subscription(TopicArn=topic, Token=found[0]["Token"])["SubscriptionArn"]
        for options in ({"Subject": "a subject"}, {}):
            sns.publish(TopicArn=topic, Message="olá 🌎\n", **options)
            found.append(json.loads(endpoint.next().body))
        leaving = f"{server.secure_url}/?Action=Unsubscribe&SubscriptionArn={subscription}"
        assert follow(leaving, server.certificate)[0] == 200
        found.append(json.loads(endpoint.next().body))
    sns.close()
    assert [each["Type"] for each in found] == [
        "SubscriptionConfirmation",
        "Notification",
        "Notification",
        "UnsubscribeConfirmation",
    ]
    return found


# ------------------------------------------------------------------------------------------------------- JavaScript


def node(
    scripts: tuple[str, Path], environ: dict[str, str], server: SecureServer, verifier: str, **options: str
) -> dict[str, Any]:
    """What `endpoint` of notifications.mjs saw."""
    program, folder = scripts
    command = [program, str(folder / "notifications.mjs")]
    given = {**options, "verifier": verifier, "port": server.port}
    return dict(run_case(command, client_environ(environ, server), "endpoint", given))


@pytest.mark.parametrize("version", ["1", "2"])
@under("")
def test_sns_validator_accepts_the_pattern_of_its_users(
    secure: SecureServer, scripts: tuple[str, Path], environ: dict[str, str], name: str, version: str
) -> None:
    saw = node(scripts, environ, secure, "sns-validator", name=name, version=version)

    accepted = [{"type": "SubscriptionConfirmation"}, {"type": "Notification"}, {"type": "Notification"}]
    assert saw["verdicts"][:3] == accepted
    # It leaves the token out of what it takes for signed here, against AWS' description.
    assert saw["verdicts"][3] == {"refused": "The message signature is invalid."}
    assert saw["forged"] == {"refused": "The message signature is invalid."}
    assert saw["links"] == [200, 200]
    assert saw["version"] == version
    assert saw["certificate"].startswith(f"{secure.secure_url}/SimpleNotificationService-")


@pytest.mark.parametrize("version", ["1", "2"])
@under(f"https://{AWS_NAME}")
def test_sns_payload_validator_accepts_aws_name(
    secure: SecureServer, scripts: tuple[str, Path], environ: dict[str, str], name: str, version: str
) -> None:
    saw = node(scripts, environ, secure, "sns-payload-validator", name=name, version=version)

    types = ["SubscriptionConfirmation", "Notification", "Notification", "UnsubscribeConfirmation"]
    assert saw["verdicts"] == [{"type": each} for each in types]
    assert saw["forged"] == {"refused": "Invalid Signature"}
    assert saw["links"] == [200, 200]
    assert saw["certificate"].startswith(f"https://{AWS_NAME}/SimpleNotificationService-")


# ----------------------------------------------------------------------------------------------------------- Python


@pytest.fixture(scope="session")
def pythons_packages() -> Path:
    wanted = HERE / "sns-verifier.txt"

    def fill(folder: Path) -> None:
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-compile", "--require-hashes"]
        install([*pip, "--disable-pip-version-check", "--target", str(folder), "-r", str(wanted)], HERE)

    return installed(BUILD / "sns-verifier", wanted, fill)


@under("")
def test_aws_sns_message_validator_accepts_what_its_users_trust(
    secure: SecureServer, pythons_packages: Path, environ: dict[str, str], name: str
) -> None:
    told = messages(secure, name)
    environ = {**client_environ(environ, secure), "PYTHONPATH": str(pythons_packages)}
    options = {
        "trusted": rf"^https://localhost:{secure.port}/SimpleNotificationService-[0-9a-f]+\.pem$",
        "messages": [*told, {**told[1], "Message": "send money"}, {**told[0], "Token": told[3]["Token"]}],
    }

    said = run_case([sys.executable, str(HERE / "sns_verifier.py")], environ, "verify", options)

    assert said == ["", "", "", "", "SignatureVerificationFailureException", "SignatureVerificationFailureException"]


# ------------------------------------------------------------------------------------------------------------- Java


@pytest.fixture(scope="session")
def java() -> list[str]:
    """The command of `java/Verify.java` with AWS' SDK for Java v2."""
    tools = [shutil.which(each) for each in ("java", "javac", "mvn", "keytool")]
    if None in tools:
        pytest.skip("Java and Maven are not installed")
    runs, compiles, maven, _ = (str(each) for each in tools)
    project = HERE / "java" / "pom.xml"

    def fill(folder: Path) -> None:
        copying = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
        install([maven, "-q", "-B", "-f", str(project), *copying], folder)

    folder = installed(BUILD / "java", project, fill)
    install([compiles, "-cp", f"{folder}/*", "-d", str(folder), str(HERE / "java" / "Verify.java")], folder)
    return [runs, "-cp", f"{folder}{os.pathsep}{folder}/*"]


@pytest.mark.parametrize("version", ["1", "2"])
@under(f"https://{AWS_NAME}:{{port}}")
def test_the_sdk_for_java_accepts_aws_name(
    secure: SecureServer, java: list[str], tmp_path: Path, name: str, version: str
) -> None:
    told = messages(secure, name, version)
    trusted, hosts = tmp_path / "trusted.p12", tmp_path / "hosts"
    importing = ["keytool", "-importcert", "-noprompt", "-alias", "chasqui", "-storetype", "PKCS12"]
    install(
        [*importing, "-storepass", "changeit", "-file", str(secure.certificate), "-keystore", str(trusted)], tmp_path
    )
    hosts.write_text(f"127.0.0.1 {AWS_NAME}\n", encoding="utf-8")
    properties = {
        "jdk.net.hosts.file": hosts,
        "javax.net.ssl.trustStore": trusted,
        "javax.net.ssl.trustStorePassword": "changeit",
    }
    command = [java[0], *(f"-D{key}={value}" for key, value in properties.items()), *java[1:], "Verify"]

    given = "\n".join(json.dumps(each) for each in [*told, {**told[1], "Message": "send money"}])
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    *accepted, forged = done.stdout.splitlines()
    assert accepted == [f"{each['Type']} {each['MessageId']}" for each in told]
    assert forged.startswith("refused: ")
