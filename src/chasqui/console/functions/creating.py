"""Making a function: from a text, a zip file or an object, with a role that exists or a new one."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.commands import Contents, both
from chasqui.console.forms import Form
from chasqui.console.functions.archives import Unreadable, file_of, packed
from chasqui.console.functions.facts import ABSENT, lines_of
from chasqui.console.functions.uploads import form_with_file
from chasqui.console.looks import Looks
from chasqui.console.numbers import numbered
from chasqui.console.page import Page
from chasqui.console.routes import Route

RUNTIMES: Final = (
    "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python3.9", "nodejs24.x", "nodejs22.x",
    "nodejs20.x", "nodejs18.x", "java25", "java21", "java17", "java11", "provided.al2023", "provided.al2",
)  # fmt: skip
_PYTHON: Final = """import json

def handler(event, context):
    print(json.dumps(event))
    return {"statusCode": 200, "body": "Hello"}
"""
_NODE: Final = """export const handler = async (event) => {
  console.log(JSON.stringify(event));
  return { statusCode: 200, body: "Hello" };
};
"""
_TRUST: Final = (
    b'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},'
    b'"Action":"sts:AssumeRole"}]}'
)
_LOGGING: Final = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "*",
}
_READING: Final = {
    "Effect": "Allow",
    "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    "Resource": "*",
}
_POLICY: Final = "chasqui-function"
_ROLE_CHARS_MAX: Final = 59
"""Of a function's name in its role's: IAM takes names of 64."""


async def ask(page: Page) -> Reply:
    """The form, as one begins with a runtime."""
    runtime = page.query.get("runtime")
    return await _form(page, Form({"runtime": [runtime]} if runtime in RUNTIMES else {}), None)


async def _form(page: Page, typed: Form, problem: ServiceError | None) -> Reply:
    looks = Looks(page, *ABSENT)
    roles = await looks.all("iam", "ListRoles", "Roles", offered=True, MaxItems=1000)
    status = (problem.status or 400) if problem is not None else 200
    node = typed["runtime"].startswith("nodejs")
    return await page.render(
        "functions/create.html",
        status,
        roles=[each["Arn"] for each in roles],
        typed=typed,
        problem=problem,
        runtimes=RUNTIMES,
        sample=_NODE if node else _PYTHON,
        handler="index.handler" if node else "app.handler",
        account=page.api.account,
        command=both(
            page.api,
            "lambda",
            "CreateFunction",
            FunctionName=typed["name"] or "NAME",
            Runtime=typed["runtime"] or "python3.13",
            Handler=typed["handler"] or "app.handler",
            Role=typed["role"] or f"arn:aws:iam::{page.api.account}:role/any",
            ZipFile=Contents("package.zip"),
        ),
    )


async def create(page: Page) -> Reply:
    """Make it, and go there."""
    form, file = await form_with_file(page)
    name = form["name"].strip()
    try:
        code = await code_of(page, form, file, form["runtime"], form["handler"].strip())
        wanted = _wanted(page, form)
        role = await _role(page, form, name)
        try:
            await page.api("lambda", "CreateFunction", **wanted, Role=role, Code=code)
        except ServiceError:
            if form.flag("new_role"):
                await _forget_role(page, role)
            raise
    except ServiceError as error:
        if page.partial:
            return await page.failed(error)
        return await _form(page, form, error)
    return page.redirect(
        page.href("functions", name, "code"), done=page.text("The function %(name)s was created.", name=name)
    )


def _wanted(page: Page, form: Form) -> dict[str, Any]:
    """CreateFunction's parameters, but for code and role."""
    variables, layers = form.pairs("env_name", "env_value"), lines_of(form["layers"])
    return {
        "FunctionName": form["name"].strip(),
        "Runtime": form["runtime"],
        "Handler": form["handler"].strip(),
        "Description": form["description"] or None,
        "Timeout": numbered(page, page.text("Timeout"), form["timeout"]),
        "MemorySize": numbered(page, page.text("Memory"), form["memory"]),
        "Environment": {"Variables": variables} if variables else None,
        "Layers": layers or None,
        "Tags": form.pairs("tag_key", "tag_value") or None,
        "Publish": True if form.flag("publish") else None,
    }


async def code_of(page: Page, form: Form, file: bytes, runtime: str, handler: str) -> dict[str, Any]:
    """The code that a form gives. Raises `ServiceError`."""
    source = form["source"]
    if source == "s3":
        version = form["version"].strip() or None
        given = {"S3Bucket": form["bucket"].strip(), "S3Key": form["key"], "S3ObjectVersion": version}
        return {name: value for name, value in given.items() if value is not None}
    if source == "zip":
        if not file:
            raise _invalid(
                page.text("Choose a zip file. Uploading one needs JavaScript; an object in a bucket does not.")
            )
        return {"ZipFile": file}
    if runtime.startswith("java"):
        raise _invalid(page.text("Java needs a zip file or an object: there is nothing to compile with here."))
    try:
        return {"ZipFile": await asyncio.to_thread(packed, file_of(runtime, handler), form["code"])}
    except Unreadable as error:
        raise _invalid(str(error)) from error


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", message, status=400)


async def _role(page: Page, form: Form, name: str) -> str:
    """The role's ARN, after making the role where a new one is wished for."""
    if not form.flag("new_role"):
        return form["role"].strip()
    role = f"{name[:_ROLE_CHARS_MAX]}-role"
    made = await page.api("iam", "CreateRole", RoleName=role, AssumeRolePolicyDocument=_TRUST.decode())
    statements = [_LOGGING, _READING] if form.flag("reads_queues") else [_LOGGING]
    policy = msgspec.json.encode({"Version": "2012-10-17", "Statement": statements}).decode()
    await page.api("iam", "PutRolePolicy", RoleName=role, PolicyName=_POLICY, PolicyDocument=policy)
    return str(made["Role"]["Arn"])


async def _forget_role(page: Page, arn: str) -> None:
    """Delete a role that was made for a function that there will not be."""
    role = arn.rpartition("/")[2]
    await page.api("iam", "DeleteRolePolicy", RoleName=role, PolicyName=_POLICY)
    await page.api("iam", "DeleteRole", RoleName=role)


async def remove(page: Page) -> Reply:
    """Delete a function whose name was typed."""
    name, form = page.places["name"], await page.form()
    if form["confirm"] != name:
        return page.redirect(
            page.href("functions", name, "configuration"),
            failed=page.text("What was typed is not the function's name: nothing was deleted."),
        )
    await page.api("lambda", "DeleteFunction", FunctionName=name)
    return page.redirect(page.href("functions"), done=page.text("The function %(name)s was deleted.", name=name))


ROUTES: Final = (
    Route("GET", "functions/new", ask),
    Route("POST", "functions/new", create),
    Route("POST", "functions/{name}/delete", remove),
)
