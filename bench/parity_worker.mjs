// SPDX-License-Identifier: Apache-2.0
// The runtime in JavaScript of bench/parity: what bench/parity_worker.py is for those in Python.
//
// usage: node parity_worker.mjs PACKAGE MODEL TEXTS IDS
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const REFUSED = 0xffffffff;

const [packageFolder, model, texts, output] = process.argv.slice(2);
const require = createRequire(path.join(packageFolder, "node_modules", "x.js"));
const { Tokenizer } = require("@huggingface/tokenizers");
const read = (name) => JSON.parse(fs.readFileSync(path.join(model, name), "utf8"));

const start = performance.now();
const tokenizer = new Tokenizer(read("tokenizer.json"), read("tokenizer_config.json"));
const loaded = performance.now();
const content = fs.readFileSync(texts);
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const file = fs.openSync(output, "w");
for (let at = 0; at < content.length; ) {
  const length = content.readUInt32LE(at);
  let text;
  try {
    text = decoder.decode(content.subarray(at + 4, at + 4 + length));
  } catch {
    text = null;
  }
  at += 4 + length;
  const ids = text === null ? [] : tokenizer.encode(text).ids;
  const numbers = new Uint32Array(1 + ids.length);
  numbers[0] = text === null ? REFUSED : ids.length;
  numbers.set(ids, 1);
  fs.writeSync(file, Buffer.from(numbers.buffer));
}
fs.closeSync(file);
const version = read_version();
console.log(
  JSON.stringify({
    versions: { "@huggingface/tokenizers": version, node: process.version, unicode: process.versions.unicode },
    load_seconds: (loaded - start) / 1000,
    encode_seconds: (performance.now() - loaded) / 1000,
  }),
);

function read_version() {
  const folder = path.join(packageFolder, "node_modules/@huggingface/tokenizers");
  return JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8")).version;
}
