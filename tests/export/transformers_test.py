# SPDX-License-Identifier: Apache-2.0
"""transformers loads an exported folder by itself, and all that is done with a tokenizer works."""
import json
import pathlib
import subprocess
import unicodedata

from export_support import RUNTIMES, ExportedTest, environment, python

TEMPLATE = "{% for m in messages %}<|user|>{{ m['content'] }}{{ eos_token }}\n{% endfor %}"


class TransformersTest(ExportedTest):
    needs = ("transformers",)

    def use(self, texts):
        template = self.write("chat.jinja", TEMPLATE.encode())
        folder = self.export("trained", "huggingface", "--chat-template", template)
        place = RUNTIMES["transformers"]["folder"]
        done = subprocess.run(
            [python(place), "-B", pathlib.Path(__file__).with_name("transformers_use.py"), folder,
             self.folder / "copy", self.write("texts.json", json.dumps(texts).encode())],
            capture_output=True, text=True, env=environment(place), timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout.splitlines()[-1])

    def test_a_user_s_day(self):
        texts = self.texts(("<pad>", "<bos>", "<eos>", "<|user|>", "<| end|>", "\u0316\u0c3c"))
        used = self.use(texts)
        ours = self.ours("trained", texts)
        self.assert_same_ids(texts, ours, used["ids"])
        self.assert_same_ids(texts, ours, used["again"])
        self.assertTrue((self.folder / "copy/tokenizer.json").exists())
        self.assertEqual(used["size"], 1200)
        self.assertEqual(used["special"], [0, 1, 2])
        user = self.special_id("<|user|>")
        self.assertEqual(used["all_special"], [0, 1, 2, user, user + 1])
        for text, decoded in zip(texts, used["decoded"], strict=True):
            self.assertEqual(decoded, unicodedata.normalize("NFC", text))
        self.assertEqual(used["skipped"], unicodedata.normalize("NFC", texts[0]))
        short, long = self.ours("trained", ["a", "a longer text of some tokens"])
        self.assertEqual(used["padded"], [short + [0] * (len(long) - 1), long])
        self.assertEqual(used["mask"], [[1] + [0] * (len(long) - 1), [1] * len(long)])
        self.assertEqual(used["truncated"], ours[0][:5])
        self.assertEqual(used["with_bos"], [1, *short])

    def special_id(self, text):
        out = self.must("encode", "--special-tokens", "allow", "-m", self.models["trained"],
                        stdin=text.encode())
        return int(out)

    def test_offsets_special_tokens_and_chat(self):
        used = self.use(["a"])
        text = "the état 世界 naïve 😀"
        # Each token's characters, whole ones where it has but some of their bytes.
        end = 0
        for (begin, stop), one in zip(used["offsets"], used["offset_ids"], strict=True):
            self.assertLessEqual(begin, end)
            end = stop
            piece = self.must("decode", "-m", self.models["trained"], stdin=b"%d\n" % one)
            self.assertIn(piece, text[begin:stop].encode())
        self.assertEqual(end, len(text))
        user = self.special_id("<|user|>")
        self.assertEqual(used["plain"], self.ours("trained", ["a<|user|>b"])[0])
        self.assertEqual(used["taken"][1], user)
        chat = "<|user|>how much wood<eos>\n<|user|>中文<eos>\n"
        self.assertEqual((used["chat"], used["chat_again"]), (chat, chat))
        self.assertEqual([used["chat_ids"].count(i) for i in (user, 2)], [2, 2])
