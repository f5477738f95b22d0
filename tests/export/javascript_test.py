# SPDX-License-Identifier: Apache-2.0
"""The runtime in JavaScript, as a browser has it, gives our ids, and the text back."""
import json
import subprocess
import unicodedata

from export_support import RUNTIMES, ExportedTest

DECODE = """
const fs = require("fs");
const [place, folder, ids] = process.argv.slice(1);
const { Tokenizer } = require(place + "/node_modules/@huggingface/tokenizers");
const read = (name) => JSON.parse(fs.readFileSync(folder + "/" + name, "utf8"));
const tokenizer = new Tokenizer(read("tokenizer.json"), read("tokenizer_config.json"));
const documents = JSON.parse(fs.readFileSync(ids, "utf8"));
console.log(JSON.stringify(documents.map((one) => one.length ? tokenizer.decode(one) : "")));
"""


class JavaScriptTest(ExportedTest):
    needs = ("javascript",)

    def test_the_same_ids_and_the_text_again(self):
        texts = self.texts(("<pad>", "<bos>", "<eos>", "<|user|>", "<| end|>"))
        for name in self.models:
            folder = self.export(name, "huggingface-js")
            ours = self.ours(name, texts)
            self.assert_same_ids(texts, ours, self.theirs("javascript", folder, texts))
            ids = self.write("ids.json", json.dumps(ours).encode())
            done = subprocess.run(["node", "-e", DECODE, RUNTIMES["javascript"]["folder"], folder, ids],
                                  capture_output=True, text=True, check=True)
            form = "NFC" if name != "bytes" else None
            for text, decoded in zip(texts, json.loads(done.stdout), strict=True):
                self.assertEqual(decoded, unicodedata.normalize(form, text) if form else text)

    def test_special_tokens_in_text_are_taken(self):
        folder = self.export("trained", "huggingface-js")
        (taken,) = self.theirs("javascript", folder, ["a<|user|>b<eos>"])
        self.assertEqual((len(taken), taken[-1]), (4, 2))
