// Runs a function of Node.js: asks the Runtime API for events and gives it the handler's answers.
//
// Of Chasqui itself, in place of AWS' `aws-lambda-ric`, which must be compiled against the very Node.js that it runs
// on. Handlers as AWS' runtimes take them: asynchronous, with a callback (until Node.js 24), or streaming; CommonJS or
// ES modules. Runs inside functions: nothing but Node.js' own modules.

import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import util from "node:util";
import { PassThrough } from "node:stream";
import { pathToFileURL } from "node:url";

const env = process.env;
const [host, port] = env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const API = "/2018-06-01/runtime";
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const INTEGRATION = "application/vnd.awslambda.http-integration-response";
const LEVELS = { TRACE: 0, DEBUG: 1, INFO: 2, WARN: 3, ERROR: 4, FATAL: 5 };
let requestId;

// The log.
const json = env.AWS_LAMBDA_LOG_FORMAT === "JSON";
const least = LEVELS[env.AWS_LAMBDA_LOG_LEVEL] ?? 0;
const logFd = env._LAMBDA_TELEMETRY_LOG_FD ? Number(env._LAMBDA_TELEMETRY_LOG_FD) : undefined;
delete env._LAMBDA_TELEMETRY_LOG_FD;

function writeLog(text) {
  if (logFd === undefined) {
    process.stdout.write(text.replace(/\n/g, "\r") + "\n");
    return;
  }
  const message = Buffer.from(text + "\n");
  const head = Buffer.alloc(16);
  head.writeUInt32BE(0xa55a0003, 0);
  head.writeUInt32BE(message.length, 4);
  head.writeBigUInt64BE(BigInt(Date.now()) * 1000n, 8);
  const frame = Buffer.concat([head, message]);
  for (let at = 0; at < frame.length; ) at += fs.writeSync(logFd, frame, at);
}

function log(level, args) {
  if (LEVELS[level] < least) return;
  const timestamp = new Date().toISOString();
  if (!json) {
    writeLog(`${timestamp}\t${requestId}\t${level}\t${util.format(...args)}`);
    return;
  }
  const line = { timestamp, level, requestId };
  line.message = args.length === 1 && typeof args[0] === "object" && !(args[0] instanceof Error) ? args[0] : util.format(...args);
  const error = args.find((each) => each instanceof Error);
  if (error) Object.assign(line, { errorType: error.name, errorMessage: error.message, stackTrace: trace(error) });
  writeLog(JSON.stringify(line, (_key, value) => (typeof value === "bigint" ? value.toString() : value)));
}

for (const [name, level] of Object.entries({ trace: "TRACE", debug: "DEBUG", log: "INFO", info: "INFO", warn: "WARN", error: "ERROR", fatal: "FATAL" })) {
  console[name] = (...args) => log(level, args);
}

// Errors.
function trace(error) {
  return String(error.stack ?? "").split("\n");
}

function described(error) {
  if (util.types.isNativeError(error) || error instanceof Error) {
    return { errorType: error.name || "Error", errorMessage: error.message, trace: trace(error) };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function logError(kind, error) {
  const { errorType, errorMessage, trace: stack } = described(error);
  if (json) log("ERROR", [error]);
  else writeLog(`${new Date().toISOString()}\t${requestId}\tERROR\t${kind}\t${JSON.stringify({ errorType, errorMessage, ...Object.fromEntries(Object.entries(Object(error))), stack })}`);
}

function fault(name, message) {
  return Object.assign(new Error(message), { name });
}

// The Runtime API.
function ask(method, what, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const options = { host, port, agent, method, path: API + what, headers: { ...headers } };
    if (body !== undefined) options.headers["Content-Length"] = Buffer.byteLength(body);
    const request = http.request(options, (response) => {
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

function postError(what, error) {
  const body = JSON.stringify(described(error));
  return ask("POST", what, body, { "Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": encodeURIComponent(described(error).errorType) });
}

// Streamed answers.
globalThis.awslambda = {
  streamifyResponse(handler) {
    handler[STREAMING] = true;
    return handler;
  },
  HttpResponseStream: {
    from(stream, prelude) {
      stream.setContentType(INTEGRATION);
      stream.write(Buffer.concat([Buffer.from(JSON.stringify(prelude)), Buffer.alloc(8)]));
      return stream;
    },
  },
};

async function stream(handler, event, context) {
  const answer = new PassThrough();
  let contentType = "application/octet-stream";
  let request;
  answer.setContentType = (type) => (contentType = type);
  const done = new Promise((resolve, reject) => {
    // Begins with the first piece, for the handler may say of what type it is before that.
    const begin = () => {
      if (request) return;
      const headers = { "Content-Type": contentType, "Lambda-Runtime-Function-Response-Mode": "streaming", "Transfer-Encoding": "chunked", Trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body" };
      request = http.request({ host, port, agent, method: "POST", path: `${API}/invocation/${requestId}/response`, headers }, (response) => {
        response.resume();
        response.on("end", resolve);
      });
      request.on("error", reject);
    };
    answer.on("data", (piece) => {
      begin();
      if (!request.write(piece)) {
        answer.pause();
        request.once("drain", () => answer.resume());
      }
    });
    answer.on("end", () => {
      begin();
      request.end();
    });
  });
  try {
    await handler(event, answer, context);
    if (!answer.writableEnded) answer.end();
  } catch (error) {
    logError("Invoke Error", error);
    if (!request) return postError(`/invocation/${requestId}/error`, error);
    const body = JSON.stringify(described(error));
    request.addTrailers({ "Lambda-Runtime-Function-Error-Type": described(error).errorType, "Lambda-Runtime-Function-Error-Body": Buffer.from(body).toString("base64") });
    answer.removeAllListeners("end");
    request.end();
  }
  return done;
}

// One event.
function call(handler, event, context) {
  return new Promise((resolve, reject) => {
    const settle = (end) => {
      if (context.callbackWaitsForEmptyEventLoop) process.once("beforeExit", end);
      else end();
    };
    const callback = (error, value) => settle(() => (error ? reject(error) : resolve(value)));
    Object.assign(context, { succeed: (value) => callback(null, value), fail: (error) => callback(error ?? "handled"), done: callback });
    const returned = handler(event, context, callback);
    if (typeof returned?.then === "function") returned.then(resolve, reject);
    else if (handler.length < 3 && returned !== undefined) resolve(returned);
  });
}

function contextOf(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const parsed = (name) => (headers[name] ? JSON.parse(headers[name]) : undefined);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed("lambda-runtime-client-context"),
    identity: parsed("lambda-runtime-cognito-identity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

// The handler: "folder/file.name", where the name may lead into objects.
async function load() {
  const [, file, name] = /^((?:.*\/)?[^/.]*)\.(.+)$/.exec(env._HANDLER) ?? [];
  if (!file) throw fault("Runtime.MalformedHandlerName", "Bad handler");
  const base = path.resolve(env.LAMBDA_TASK_ROOT, file);
  const found = ["", ".js", ".mjs", ".cjs"].map((ending) => base + ending).find((each) => fs.statSync(each, { throwIfNoEntry: false })?.isFile());
  if (!found) throw fault("Runtime.ImportModuleError", `Error: Cannot find module '${path.basename(file)}'`);
  let module;
  try {
    module = await import(pathToFileURL(found));
  } catch (error) {
    if (error instanceof SyntaxError) throw fault("Runtime.UserCodeSyntaxError", `SyntaxError: ${error.message}`);
    if (error?.code === "MODULE_NOT_FOUND" || error?.code === "ERR_MODULE_NOT_FOUND") throw fault("Runtime.ImportModuleError", `Error: ${error.message}`);
    throw error;
  }
  const within = (from) => name.split(".").reduce((each, part) => each?.[part], from);
  const handler = within(module) ?? within(module.default);
  if (handler === undefined) throw fault("Runtime.HandlerNotFound", `${env._HANDLER} is undefined or not exported`);
  if (typeof handler !== "function") throw fault("Runtime.HandlerNotFound", `${env._HANDLER} is not a function`);
  return handler;
}

async function broken(kind, error, status) {
  logError(kind, error);
  await postError(requestId ? `/invocation/${requestId}/error` : "/init/error", error).catch(() => {});
  process.exit(status);
}

process.on("uncaughtException", (error) => broken("Uncaught Exception", error, 129));
process.on("unhandledRejection", (reason) =>
  broken("Unhandled Promise Rejection", Object.assign(fault("Runtime.UnhandledPromiseRejection", String(reason)), { reason }), 128),
);

let handler;
try {
  handler = await load();
} catch (error) {
  await broken("Uncaught Exception", error, 1);
}
for (;;) {
  const { headers, body } = await ask("GET", "/invocation/next");
  requestId = headers["lambda-runtime-aws-request-id"];
  env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
  try {
    const event = JSON.parse(body.toString());
    const context = contextOf(headers);
    if (handler[STREAMING]) await stream(handler, event, context);
    else {
      const value = await call(handler, event, context);
      await ask("POST", `/invocation/${requestId}/response`, JSON.stringify(value === undefined ? null : value), { "Content-Type": "application/json" });
    }
  } catch (error) {
    logError("Invoke Error", error);
    await postError(`/invocation/${requestId}/error`, error);
  }
}
