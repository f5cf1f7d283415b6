// Cases of the AWS SDK for JavaScript v3 with Lambda: `node functions.mjs CASE '{"name": ..., "package": ...}'` prints
// what it saw as JSON.
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  paginateListVersionsByFunction,
  PublishVersionCommand,
  ResourceConflictException,
  ResourceNotFoundException,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";

const lambda = new LambdaClient({ maxAttempts: 1 });
const wait = { client: lambda, minDelay: 0.1, maxDelay: 0.5, maxWaitTime: 30 };

const make = async ({ name, package: code, role }) => {
  const made = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: "python3.11",
      Role: role,
      Handler: "app.handler",
      Code: { ZipFile: Buffer.from(code, "base64") },
      Tags: { team: "orders" },
    }),
  );
  await waitUntilFunctionActiveV2(wait, { FunctionName: name });
  return made;
};

const invoke = async (FunctionName, payload, more = {}) => {
  const told = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload), ...more }));
  return { ...told, answer: JSON.parse(Buffer.from(told.Payload ?? "").toString() || "null") };
};

const cases = {
  async invoke(given) {
    await make(given);
    const told = await invoke(given.name, { say: "olá" }, { LogType: "Tail" });
    const failed = await invoke(given.name, { fail: true });
    const dry = await invoke(given.name, {}, { InvocationType: "DryRun" });
    const later = await invoke(given.name, {}, { InvocationType: "Event" });
    return {
      answer: told.answer,
      version: told.ExecutedVersion,
      logged: Buffer.from(told.LogResult, "base64").toString().includes("it says olá"),
      failed: [failed.FunctionError, failed.answer.errorType, failed.answer.errorMessage],
      statuses: [told.StatusCode, failed.StatusCode, dry.StatusCode, later.StatusCode],
    };
  },

  async stream(given) {
    await make(given);
    const { EventStream } = await lambda.send(
      new InvokeWithResponseStreamCommand({ FunctionName: given.name, Payload: JSON.stringify({ say: "streamed" }) }),
    );
    let text = "";
    let complete = false;
    for await (const event of EventStream) {
      if (event.PayloadChunk) text += Buffer.from(event.PayloadChunk.Payload).toString();
      if (event.InvokeComplete) complete = !event.InvokeComplete.ErrorCode;
    }
    return { answer: JSON.parse(text), complete };
  },

  async versions(given) {
    await make(given);
    const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: given.name }));
    const alias = { FunctionName: given.name, Name: "live", FunctionVersion: Version };
    await lambda.send(new CreateAliasCommand(alias));
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: given.name, Timeout: 7 }));
    await waitUntilFunctionUpdatedV2(wait, { FunctionName: given.name });
    const { answer } = await invoke(given.name, {}, { Qualifier: "live" });
    const { Timeout } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: given.name }));
    const versions = [];
    for await (const page of paginateListVersionsByFunction({ client: lambda }, { FunctionName: given.name })) {
      versions.push(...page.Versions.map((each) => [each.Version, each.Timeout]));
    }
    return { version: answer.version, timeout: Timeout, versions };
  },

  async errors(given) {
    const refusal = async (made) => made.then(() => null, (error) => error);
    const missing = await refusal(invoke(given.name, {}));
    await make(given);
    const twice = await refusal(make(given));
    await lambda.send(new DeleteFunctionCommand({ FunctionName: given.name }));
    return {
      missing: [missing instanceof ResourceNotFoundException, missing.$metadata.httpStatusCode],
      twice: [twice instanceof ResourceConflictException, twice.$metadata.httpStatusCode],
    };
  },
};

const [name, options] = process.argv.slice(2);
console.log(JSON.stringify(await cases[name](JSON.parse(options))));
