// Cases of the AWS SDK for JavaScript v3 with S3: `node storage.mjs CASE '{"url": ..., "key": ..., "secret": ...,
// "bucket": ...}'` prints what it saw as JSON.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchBucket,
  NoSuchKey,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
  waitUntilObjectExists,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

const [name, text] = process.argv.slice(2);
const given = JSON.parse(text);
const Bucket = given.bucket;
const s3 = new S3Client({
  endpoint: given.url,
  region: "us-east-1",
  credentials: { accessKeyId: given.key, secretAccessKey: given.secret },
  forcePathStyle: true,
  maxAttempts: 1,
});

// What goes out: the headers that tell how the body is framed and checked.
const sent = [];
s3.middlewareStack.add(
  (next) => async (args) => {
    const { headers } = args.request;
    sent.push({
      sha256: headers["x-amz-content-sha256"],
      trailer: headers["x-amz-trailer"],
      encoding: headers["content-encoding"],
    });
    return next(args);
  },
  { step: "finalizeRequest", priority: "low" },
);

const noise = (size) => {
  const parts = [];
  let block = createHash("sha256").update("seed").digest();
  for (let made = 0; made < size; made += block.length) {
    parts.push(block);
    block = createHash("sha256").update(block).digest();
  }
  return Buffer.concat(parts).subarray(0, size);
};

const digest = (body) => createHash("sha256").update(body).digest("hex");

const fetched = async (Key) => {
  const got = await s3.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
  return { body: Buffer.from(await got.Body.transformToByteArray()), got };
};

// A stream that is read in small pieces.
const pieces = (body) =>
  Readable.from(
    (function* () {
      for (let at = 0; at < body.length; at += 65_000) yield body.subarray(at, at + 65_000);
    })(),
    { objectMode: false },
  );

const refusal = async (command) => {
  try {
    await s3.send(command);
  } catch (error) {
    return error;
  }
  throw new Error("it was not refused");
};

const cases = {
  // A body that is at hand: its checksum is a header.
  async put() {
    const Metadata = { city: "Cuzco" };
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: "a b/ñ", Body: "olá 🌎", Metadata }));
    const { body, got } = await fetched("a b/ñ");
    return { put: put.ChecksumCRC32, got: got.ChecksumCRC32, body: body.toString(), metadata: got.Metadata };
  },

  // A stream: the body comes in chunks, the checksum behind them.
  async stream({ algorithm }) {
    const whole = noise(300_000);
    await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: "k",
        Body: pieces(whole),
        ContentLength: whole.length,
        ChecksumAlgorithm: algorithm,
      }),
    );
    const framed = sent.at(-1);
    const { body, got } = await fetched("k");
    return { framed, same: digest(body) === digest(whole), checksum: got[`Checksum${algorithm}`], encoding: got.ContentEncoding };
  },

  // lib-storage: a stream of unknown length, in parts.
  async upload() {
    const whole = noise(11 * 1024 * 1024);
    const upload = new Upload({ client: s3, params: { Bucket, Key: "large", Body: pieces(whole) }, partSize: 5 * 1024 * 1024 });
    let progress = 0;
    upload.on("httpUploadProgress", ({ loaded }) => (progress = Math.max(progress, loaded)));
    const done = await upload.done();
    const { body } = await fetched("large");
    return { etag: done.ETag, progress, same: digest(body) === digest(whole) };
  },

  // A part that is a stream.
  async part() {
    const { UploadId } = await s3.send(
      new CreateMultipartUploadCommand({ Bucket, Key: "k", ChecksumAlgorithm: "CRC32C" }),
    );
    const whole = noise(70_000);
    const put = await s3.send(
      new UploadPartCommand({
        Bucket,
        Key: "k",
        UploadId,
        PartNumber: 1,
        Body: pieces(whole),
        ContentLength: whole.length,
        ChecksumAlgorithm: "CRC32C",
      }),
    );
    return { trailer: sent.at(-1).trailer, told: Boolean(put.ChecksumCRC32C) };
  },

  async ranges() {
    await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "0123456789" }));
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: "k", Range: "bytes=-3" }));
    return { range: got.ContentRange, body: await got.Body.transformToString() };
  },

  async pages() {
    for (let number = 0; number < 7; number += 1) {
      await s3.send(new PutObjectCommand({ Bucket, Key: `p/${number}`, Body: "" }));
    }
    const pages = [];
    for await (const page of paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket })) {
      pages.push(page.Contents.map(({ Key }) => Key));
    }
    const Delete = { Objects: pages.flat().map((Key) => ({ Key })) };
    const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete }));
    const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket }));
    return { pages, deleted: Deleted.length, left: KeyCount };
  },

  async copy() {
    await s3.send(new PutObjectCommand({ Bucket, Key: "a b/ñ", Body: "x" }));
    const CopySource = `${Bucket}/${encodeURIComponent("a b/ñ")}`;
    const { CopyObjectResult } = await s3.send(new CopyObjectCommand({ Bucket, Key: "c", CopySource }));
    await waitUntilObjectExists({ client: s3, minDelay: 1, maxWaitTime: 5 }, { Bucket, Key: "c" });
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "c" }));
    return { same: head.ETag === CopyObjectResult.ETag, dated: CopyObjectResult.LastModified instanceof Date };
  },

  async errors() {
    const key = await refusal(new GetObjectCommand({ Bucket, Key: "missing" }));
    const bucket = await refusal(new GetObjectCommand({ Bucket: `${Bucket}-not`, Key: "k" }));
    const head = await refusal(new HeadObjectCommand({ Bucket, Key: "missing" }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
    const condition = await refusal(new PutObjectCommand({ Bucket, Key: "k", Body: "y", IfNoneMatch: "*" }));
    return {
      key: key instanceof NoSuchKey,
      bucket: bucket instanceof NoSuchBucket,
      head: head.name,
      condition: [condition.name, condition.$metadata.httpStatusCode],
      service: key instanceof S3ServiceException,
    };
  },
};

console.log(JSON.stringify(await cases[name](given)));
