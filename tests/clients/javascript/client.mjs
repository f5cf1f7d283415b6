// Cases of the AWS SDK for JavaScript v3: `node client.mjs CASE '{"queue": URL, ...}'` prints what it saw as JSON.
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  paginateListQueues,
  QueueDoesNotExist,
  ReceiptHandleIsInvalid,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  SQSServiceException,
} from "@aws-sdk/client-sqs";

const sqs = new SQSClient({ maxAttempts: 1 });

const receive = async (queue, options = {}) => {
  const input = { QueueUrl: queue, MaxNumberOfMessages: 10, ...options };
  return (await sqs.send(new ReceiveMessageCommand(input))).Messages ?? [];
};

const refusal = async (command) => {
  try {
    await sqs.send(command);
  } catch (error) {
    return error;
  }
  throw new Error("it was not refused");
};

const told = (error) => ({ name: error.name, message: error.message, status: error.$metadata?.httpStatusCode });

const cases = {
  async cycle({ name }) {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { DelaySeconds: "0" } }));
    const found = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    const sent = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "olá 🌎" }));
    const [message] = await receive(QueueUrl, { MessageSystemAttributeNames: ["All"] });
    const { ReceiptHandle } = message;
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    const [again] = await receive(QueueUrl, { MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again.ReceiptHandle }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    return { url: QueueUrl, found: found.QueueUrl, sent, message, again, attributes: Attributes };
  },

  async attributes({ queue }) {
    const MessageAttributes = {
      bytes: { DataType: "Binary", BinaryValue: new Uint8Array([0, 1, 254, 255]) },
      weight: { DataType: "Number.kg", StringValue: "12.50" },
      city: { DataType: "String", StringValue: "Cuzco" },
    };
    const trace = { DataType: "String", StringValue: "Root=1-5759e988-bd862e3fe1be46a994272793" };
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queue,
        MessageBody: "attributes",
        MessageAttributes,
        MessageSystemAttributes: { AWSTraceHeader: trace },
      }),
    );
    const [message] = await receive(queue, {
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["AWSTraceHeader"],
    });
    const { bytes, weight, city } = message.MessageAttributes;
    return {
      bytes: [...bytes.BinaryValue],
      typed: bytes.BinaryValue instanceof Uint8Array,
      weight,
      city,
      trace: message.Attributes.AWSTraceHeader,
    };
  },

  async fifo({ queue }) {
    const send = (body, group, id) => {
      const input = { QueueUrl: queue, MessageBody: body, MessageGroupId: group, MessageDeduplicationId: id };
      return sqs.send(new SendMessageCommand(input));
    };
    const first = await send("a1", "a", "1");
    const again = await send("other body", "a", "1");
    await send("a2", "a", "2");
    await send("b1", "b", "3");
    const bodies = (messages) => messages.map((message) => message.Body);
    const one = await receive(queue, { MaxNumberOfMessages: 1 });
    const whileLocked = await receive(queue);
    await sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: one[0].ReceiptHandle }));
    const unlocked = await receive(queue);
    return {
      duplicate: first.SequenceNumber === again.SequenceNumber && first.MessageId === again.MessageId,
      first: bodies(one),
      whileLocked: bodies(whileLocked),
      unlocked: bodies(unlocked),
    };
  },

  async batch({ queue }) {
    const sent = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: queue,
        Entries: [
          { Id: "one", MessageBody: "1" },
          { Id: "late", MessageBody: "2", DelaySeconds: 901 },
          { Id: "three", MessageBody: "3" },
        ],
      }),
    );
    const received = await receive(queue);
    const Entries = received.map((message, at) => ({ Id: `m${at}`, ReceiptHandle: message.ReceiptHandle }));
    Entries.push({ Id: "bad", ReceiptHandle: "nonsense" });
    const deleted = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queue, Entries }));
    return { sent, received: received.map((message) => message.Body).sort(), deleted };
  },

  async errors({ queue }) {
    const missing = await refusal(new SendMessageCommand({ QueueUrl: `${queue}-missing`, MessageBody: "x" }));
    const handle = await refusal(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: "nonsense" }));
    return {
      missing: { ...told(missing), typed: missing instanceof QueueDoesNotExist },
      handle: { ...told(handle), typed: handle instanceof ReceiptHandleIsInvalid },
      service: missing instanceof SQSServiceException,
    };
  },

  // The SDK compares the MD5s itself: an answer that is changed on its way is refused by the client.
  async checksum({ queue }) {
    const tampering = new SQSClient({ maxAttempts: 1 });
    tampering.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        result.output.MD5OfMessageBody = "0".repeat(32);
        return result;
      },
      { step: "deserialize", priority: "high", name: "tamper" },
    );
    try {
      await tampering.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: "x" }));
    } catch (error) {
      return { message: error.message };
    }
    return { message: "" };
  },

  async pages({ prefix }) {
    const pages = [];
    for await (const page of paginateListQueues({ client: sqs, pageSize: 2 }, { QueueNamePrefix: prefix })) {
      pages.push(page.QueueUrls ?? []);
    }
    return pages;
  },

  async wake({ queue }) {
    const started = performance.now();
    const waiting = receive(queue, { WaitTimeSeconds: 20 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await new SQSClient({}).send(new SendMessageCommand({ QueueUrl: queue, MessageBody: "wake" }));
    const [message] = await waiting;
    return { body: message.Body, seconds: (performance.now() - started) / 1000 };
  },

  async abort({ queue }) {
    const controller = new AbortController();
    const input = { QueueUrl: queue, WaitTimeSeconds: 20 };
    const waiting = sqs.send(new ReceiveMessageCommand(input), { abortSignal: controller.signal });
    setTimeout(() => controller.abort(), 500);
    const name = await waiting.then(
      () => "",
      (error) => error.name,
    );
    await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: "kept" }));
    const [message] = await receive(queue);
    return { name, body: message?.Body };
  },
};

const [name, options] = process.argv.slice(2);
console.log(JSON.stringify(await cases[name](JSON.parse(options))));
