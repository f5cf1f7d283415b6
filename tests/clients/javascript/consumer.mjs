// Cases of sqs-consumer: `node consumer.mjs CASE '{"queue": URL, ...}'` prints what it saw as JSON.
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Consumer } from "sqs-consumer";

const sqs = new SQSClient({ maxAttempts: 1 });
const send = (queue, body) => sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: body }));

const errors = [];
const consume = (options) => {
  const consumer = Consumer.create({ sqs, waitTimeSeconds: 20, ...options });
  for (const event of ["error", "processing_error", "timeout_error"]) {
    consumer.on(event, (error) => errors.push(`${event}: ${error.message}`));
  }
  return consumer;
};

const stop = async (consumer) => {
  const stopped = once(consumer, "stopped");
  consumer.stop({ abort: true });
  await stopped;
};

// Wait until `count` messages were handled and deleted.
const processed = async (consumer, count) => {
  for (let done = 0; done < count; done++) await once(consumer, "message_processed");
};

const cases = {
  async each({ queue }) {
    const bodies = [];
    const consumer = consume({
      queueUrl: queue,
      handleMessage: async (message) => {
        bodies.push(message.Body);
        return message;
      },
    });
    consumer.start();
    const done = processed(consumer, 3);
    await sleep(300);
    for (const body of ["one", "two", "three"]) await send(queue, body);
    await done;
    await stop(consumer);
    return { bodies: bodies.sort(), errors, running: consumer.status.isRunning };
  },

  async batches({ queue }) {
    const batches = [];
    const consumer = consume({
      queueUrl: queue,
      batchSize: 10,
      handleMessageBatch: async (messages) => {
        batches.push(messages.length);
        return messages;
      },
    });
    consumer.start();
    await processed(consumer, 1);
    // The others of the batch were deleted in the same request.
    await stop(consumer);
    return { batches, errors };
  },

  // The handler takes longer than the visibility timeout; the heartbeat keeps the message to itself.
  async heartbeat({ queue }) {
    let handled = 0;
    const consumer = consume({
      queueUrl: queue,
      visibilityTimeout: 2,
      heartbeatInterval: 1,
      handleMessage: async (message) => {
        handled += 1;
        await sleep(3500);
        return message;
      },
    });
    const rival = [];
    const other = consume({
      queueUrl: queue,
      handleMessage: async (message) => {
        rival.push(message.Body);
        return message;
      },
    });
    consumer.start();
    await once(consumer, "message_received");
    other.start();
    await processed(consumer, 1);
    await stop(consumer);
    await stop(other);
    return { handled, rival, errors };
  },

  // A handler that fails gives the message back at once.
  async failure({ queue }) {
    const counts = [];
    const consumer = consume({
      queueUrl: queue,
      terminateVisibilityTimeout: true,
      messageSystemAttributeNames: ["ApproximateReceiveCount"],
      handleMessage: async (message) => {
        counts.push(message.Attributes.ApproximateReceiveCount);
        if (counts.length === 1) throw new Error("not today");
        return message;
      },
    });
    consumer.start();
    await processed(consumer, 1);
    await stop(consumer);
    return { counts, errors };
  },

  async stop({ queue }) {
    const consumer = consume({ queueUrl: queue, handleMessage: async (message) => message });
    consumer.start();
    await sleep(500);
    const started = performance.now();
    await stop(consumer);
    await sleep(200);
    return { seconds: (performance.now() - started) / 1000, status: consumer.status };
  },
};

const [name, options] = process.argv.slice(2);
console.log(JSON.stringify(await cases[name](JSON.parse(options))));
