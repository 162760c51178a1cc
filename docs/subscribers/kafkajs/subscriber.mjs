// Koppel's events with kafkajs: each event once, in order, and what is missing asked for.
// KAFKA=127.0.0.1:9092 node subscriber.mjs     (also: CONSUMER, a name of your own; TOPIC; STORE, a JSON file)
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { Kafka, logLevel } from "kafkajs";

const NAME = process.env.CONSUMER ?? "kafkajs-reader";
const TOPIC = process.env.TOPIC ?? "koppel.connection.v1";
const STORE = process.env.STORE ?? `${NAME}.json`;
const REPLAY_TOPIC = `koppel.replay.${NAME}`;
const CONTROL = "koppel.replay-control.v1";
const ASK_AGAIN_AFTER = 10_000;

// A stream is a topic and a key. With a database, effect and position go into one transaction.
const streams = existsSync(STORE) ? JSON.parse(readFileSync(STORE, "utf8")) : {};
const asked = new Map();

function save() {
  writeFileSync(`${STORE}.new`, JSON.stringify(streams));
  renameSync(`${STORE}.new`, STORE);
}

function effect({ type, value }, key, version) {
  // Yours; what is printed after `save` shows that it happened.
  return () => console.log("applied", version, type, key, value);
}

// Stale is skipped, the next one applied, one ahead held.
function take(arrivedOn, message) {
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, text]) => [name, String(text)]),
  );
  const mark = JSON.parse(headers["koppel-lane"] ?? "{}");
  if (mark.phase === "rehearsal") return;
  const topic = mark.topic ?? arrivedOn;
  const key = String(message.key ?? "");
  if (!headers.ce_sequence || !message.value) {
    console.log("no event of a stream:", arrivedOn, message.offset);
    return;
  }
  const version = Number(headers.ce_sequence);
  const stream = (streams[`${topic} ${key}`] ??= { topic, key, position: 0, held: {} });
  if (version <= stream.position) {
    console.log("skipped", version, key);
    return;
  }
  stream.held[version] = {
    type: headers.ce_type,
    organisation: headers.ce_organisationid,
    value: String(message.value),
  };
  if (version > stream.position + 1) console.log("waiting", version, key);
  const shown = [];
  while (stream.held[stream.position + 1]) {
    stream.position += 1;
    shown.push(effect(stream.held[stream.position], key, stream.position));
    delete stream.held[stream.position];
  }
  save();
  for (const show of shown) show();
}

// What a held event waits for, asked of the topic's owner; it comes by the replay topic.
async function askForGaps(producer) {
  for (const [name, { topic, key, position, held }] of Object.entries(streams)) {
    const waiting = Object.keys(held).map(Number);
    if (!waiting.length || Date.now() - (asked.get(name) ?? 0) < ASK_AGAIN_AFTER) continue;
    asked.set(name, Date.now());
    const lowest = Math.min(...waiting);
    const found_at = new Date().toISOString();
    const organisation_id = held[lowest].organisation;
    const gap = {
      organisation_id, consumer: NAME, stream_topic: topic, stream_key: key,
      from_version: position + 1, to_version: lowest - 1, found_at,
    };
    const headers = {
      ce_specversion: "1.0", ce_id: randomUUID(), ce_type: "nl.koppel.GapFound.v1",
      ce_source: `urn:example:${NAME}`, ce_time: found_at, ce_organisationid: organisation_id,
      "content-type": "application/json",
    };
    const messages = [{ key: `${NAME}/${topic}/${key}`, value: JSON.stringify(gap), headers }];
    await producer.send({ topic: CONTROL, messages });
    console.log("asked for", position + 1, "to", lowest - 1, key);
  }
}

// What cannot go on ends: whoever started it starts it again, and what was not committed is read again.
function end(error) {
  console.error(error);
  process.exit(1);
}

const kafka = new Kafka({
  clientId: NAME,
  brokers: process.env.KAFKA.split(","),
  logLevel: logLevel.ERROR,
  retry: { restartOnFailure: async () => false },
});
const admin = kafka.admin();
await admin.connect();
if (!(await admin.listTopics()).includes(REPLAY_TOPIC)) await admin.createTopics({ topics: [{ topic: REPLAY_TOPIC, numPartitions: 1 }] });
await admin.disconnect();
// Koppel's own choice of partition: with another one a key's events would lie on two.
const createPartitioner = () => ({ partitionMetadata, message }) => crc32(message.key) % partitionMetadata.length;
const producer = kafka.producer({ createPartitioner });
await producer.connect();
const consumer = kafka.consumer({ groupId: NAME, sessionTimeout: 10_000 });
consumer.on(consumer.events.CRASH, ({ payload }) => end(payload.error));
await consumer.connect();
await consumer.subscribe({ topics: [TOPIC, REPLAY_TOPIC], fromBeginning: true });
let asking;
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    clearInterval(asking);
    await consumer.disconnect(); // the group gives its partitions to others at once
    await producer.disconnect();
    console.log("left");
    process.exit(0);
  });
}
console.log("reading", TOPIC);
// kafkajs commits offsets after eachMessage has returned: what is read twice is skipped.
await consumer.run({
  eachMessage: async ({ topic, message }) => {
    try {
      take(topic, message);
    } catch (error) {
      end(error);
    }
  },
});
asking = setInterval(() => askForGaps(producer).catch(console.error), 500);
