// Cases of the AWS SDK for JavaScript v3 with SNS, and of the published verifiers: `node notifications.mjs CASE
// '{"name": ...}'` prints what it saw as JSON.
import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import tls from "node:tls";
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  InvalidParameterException,
  ListTagsForResourceCommand,
  NotFoundException,
  paginateListSubscriptionsByTopic,
  PublishBatchCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SNSServiceException,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import PayloadValidator from "sns-payload-validator";
import MessageValidator from "sns-validator";

const sns = new SNSClient({ maxAttempts: 1 });

const topicOf = async (Name, Attributes = {}) => (await sns.send(new CreateTopicCommand({ Name, Attributes }))).TopicArn;

const subscribe = async (TopicArn, Protocol, Endpoint, Attributes = {}) => {
  const input = { TopicArn, Protocol, Endpoint, Attributes, ReturnSubscriptionArn: true };
  return (await sns.send(new SubscribeCommand(input))).SubscriptionArn;
};

const refusal = async (command) => {
  try {
    await sns.send(command);
  } catch (error) {
    return error;
  }
  throw new Error("it was not refused");
};

const told = (error) => ({ name: error.name, message: error.message, status: error.$metadata?.httpStatusCode });

// An HTTP endpoint: `next()` is the text of the next request, when it has come.
const endpoint = async () => {
  const come = [];
  const waiting = [];
  const server = http.createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    response.end();
    const text = Buffer.concat(parts).toString();
    waiting.length ? waiting.shift()(text) : come.push(text);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const next = () => (come.length ? come.shift() : new Promise((resolve) => waiting.push(resolve)));
  return { url: `http://127.0.0.1:${server.address().port}/hook`, next, close: () => server.close() };
};

// sns-validator with the pattern of the host that is trusted.
const hostValidator = () => {
  const validator = new MessageValidator(/^localhost:\d+$/);
  return (text) =>
    new Promise((resolve, reject) => validator.validate(text, (error, found) => (error ? reject(error) : resolve(found))));
};

// sns-payload-validator knows AWS' names only: its agent finds this server under them.
const agentValidator = (port) => {
  const requestAgent = new https.Agent();
  requestAgent.createConnection = (options, done) => tls.connect({ ...options, host: "127.0.0.1", port }, done);
  const validator = new PayloadValidator({ requestAgent });
  return (text) => validator.validate(text);
};

const verdict = async (validate, text) => {
  try {
    return { type: (await validate(text)).Type };
  } catch (error) {
    return { refused: error.message };
  }
};

const cases = {
  async cycle({ name, queueArn }) {
    const arn = await topicOf(name, { DisplayName: "Orders" });
    await sns.send(
      new SetTopicAttributesCommand({ TopicArn: arn, AttributeName: "SignatureVersion", AttributeValue: "2" }),
    );
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn: arn }));
    const subscription = await subscribe(arn, "sqs", queueArn, { RawMessageDelivery: "true" });
    await sns.send(
      new SetSubscriptionAttributesCommand({
        SubscriptionArn: subscription,
        AttributeName: "FilterPolicy",
        AttributeValue: JSON.stringify({ city: ["Cuzco"] }),
      }),
    );
    const shown = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: subscription }));
    const city = (StringValue) => ({
      city: { DataType: "String", StringValue },
      bytes: { DataType: "Binary", BinaryValue: new Uint8Array([0, 1, 254, 255]) },
    });
    const send = (Message, where) =>
      sns.send(new PublishCommand({ TopicArn: arn, Message, MessageAttributes: city(where) }));
    await send("olá 🌎", "Lima");
    const { MessageId } = await send("olá 🌎", "Cuzco");
    const batch = await sns.send(
      new PublishBatchCommand({
        TopicArn: arn,
        PublishBatchRequestEntries: [
          { Id: "one", Message: "1", MessageAttributes: city("Cuzco") },
          { Id: "two", Message: "2", MessageAttributes: city("Lima") },
        ],
      }),
    );
    const { Tags } = await sns.send(new ListTagsForResourceCommand({ ResourceArn: arn }));
    return { arn, attributes: Attributes, filter: shown.Attributes.FilterPolicy, id: MessageId, batch, tags: Tags };
  },

  async errors({ name, queueArn }) {
    const arn = await topicOf(name);
    await sns.send(new DeleteTopicCommand({ TopicArn: arn }));
    const missing = await refusal(new PublishCommand({ TopicArn: arn, Message: "x" }));
    const other = await topicOf(`${name}-other`);
    const invalid = await refusal(
      new SubscribeCommand({ TopicArn: other, Protocol: "sqs", Endpoint: queueArn, Attributes: { Wrong: "x" } }),
    );
    return {
      missing: { ...told(missing), typed: missing instanceof NotFoundException },
      invalid: { ...told(invalid), typed: invalid instanceof InvalidParameterException },
      service: missing instanceof SNSServiceException,
    };
  },

  async pages({ name }) {
    const arn = await topicOf(name);
    for (let number = 0; number < 110; number += 1) {
      await subscribe(arn, "sms", `+1202556${String(number).padStart(4, "0")}`);
    }
    const pages = [];
    for await (const page of paginateListSubscriptionsByTopic({ client: sns }, { TopicArn: arn })) {
      pages.push(page.Subscriptions.length);
    }
    return pages;
  },

  // An endpoint that verifies whatever comes, confirms by the link and leaves by the link.
  async endpoint({ name, version, verifier, port }) {
    const validate = verifier === "sns-validator" ? hostValidator() : agentValidator(port);
    // Links have the public name, which only the agent can find.
    const follow = (url) => fetch(url.replace(/^https:\/\/[^/]+/, `https://localhost:${port}`));
    const hook = await endpoint();
    const arn = await topicOf(name, { SignatureVersion: version });
    const subscription = await subscribe(arn, "http", hook.url);
    const asked = await hook.next();
    const verdicts = [await verdict(validate, asked)];
    const confirmed = await follow(JSON.parse(asked).SubscribeURL);
    await sns.send(new PublishCommand({ TopicArn: arn, Message: "olá 🌎\n", Subject: "a subject" }));
    const notified = await hook.next();
    verdicts.push(await verdict(validate, notified));
    await sns.send(new PublishCommand({ TopicArn: arn, Message: "no subject" }));
    verdicts.push(await verdict(validate, await hook.next()));
    const tampered = { ...JSON.parse(notified), Message: "send money" };
    const forged = await verdict(validate, JSON.stringify(tampered));
    const left = await follow(JSON.parse(notified).UnsubscribeURL);
    const ended = await hook.next();
    verdicts.push(await verdict(validate, ended));
    hook.close();
    const { SignatureVersion, SigningCertURL } = JSON.parse(notified);
    return {
      verdicts,
      forged,
      links: [confirmed.status, left.status],
      version: SignatureVersion,
      certificate: SigningCertURL,
      subscription,
    };
  },
};

const [name, options] = process.argv.slice(2);
console.log(JSON.stringify(await cases[name](JSON.parse(options))));
