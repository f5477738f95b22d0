# SPDX-License-Identifier: Apache-2.0
"""What a user of transformers does with an exported folder; prints what came of it as JSON.

usage: transformers_use.py FOLDER COPY TEXTS     TEXTS: a JSON list of strings
"""
import json
import pathlib
import sys

import transformers
from transformers import AutoTokenizer

MESSAGES = [{"role": "user", "content": "how much wood"}, {"role": "user", "content": "中文"}]


def main():
    folder, copy, source = sys.argv[1:]
    texts = json.loads(pathlib.Path(source).read_text(encoding="utf-8"))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(texts)["input_ids"]
    tokenizer.save_pretrained(copy)
    again = AutoTokenizer.from_pretrained(copy)
    padded = tokenizer(["a", "a longer text of some tokens"], padding=True)
    offsets = tokenizer("the état 世界 naïve 😀", return_offsets_mapping=True)
    print(json.dumps({
        "version": transformers.__version__,
        "class": type(tokenizer).__name__,
        "size": len(tokenizer),
        "special": [tokenizer.pad_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id],
        "all_special": sorted(tokenizer.all_special_ids),
        "ids": ids,
        "again": again(texts)["input_ids"],
        "decoded": [tokenizer.decode(one) for one in ids],
        "skipped": tokenizer.decode([1, *ids[0], 2, 0], skip_special_tokens=True),
        "padded": padded["input_ids"], "mask": padded["attention_mask"],
        "truncated": tokenizer(texts[0], truncation=True, max_length=5)["input_ids"],
        "offsets": offsets["offset_mapping"], "offset_ids": offsets["input_ids"],
        "with_bos": AutoTokenizer.from_pretrained(folder, add_bos_token=True)("a")["input_ids"],
        "plain": tokenizer("a<|user|>b", split_special_tokens=True)["input_ids"],
        "taken": tokenizer("a<|user|>b")["input_ids"],
        "chat": tokenizer.apply_chat_template(MESSAGES, tokenize=False),
        "chat_again": again.apply_chat_template(MESSAGES, tokenize=False),
        "chat_ids": list(tokenizer.apply_chat_template(MESSAGES, tokenize=True)["input_ids"]),
    }))


if __name__ == "__main__":
    main()
