# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import bytepiece_cpp
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from support import chat, sentences

TEXTS = sentences(100)


class EncodeFilesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.jsonl = self.folder / "in.jsonl"
        self.jsonl.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
        self.parquet = self.folder / "in.parquet"
        pq.write_table(pa.table({"text": TEXTS, "n": range(len(TEXTS))}), self.parquet,
                       row_group_size=7)
        self.rows = [chat().encode(text) for text in TEXTS]
        self.flat = [id for row in self.rows for id in row]

    def out(self, name):
        return str(self.folder / name)

    def test_npy_is_one_array(self):
        for source in (self.jsonl, self.parquet, [str(self.jsonl)]):
            done, = chat().encode_files(source, self.out("a.npy"), overwrite=True)
            self.assertEqual(np.load(done.path).tolist(), self.flat)
            self.assertEqual((done.skipped, done.documents, done.tokens),
                             (False, len(TEXTS), len(self.flat)))

    def test_other_formats(self):
        for source in (self.jsonl, self.parquet):
            chat().encode_files(source, self.out("a.bin"), eos=True, overwrite=True)
            expected = [id for row in self.rows for id in (*row, 2)]
            self.assertEqual(np.fromfile(self.out("a.bin"), np.uint16).tolist(), expected)
            chat().encode_files(source, self.out("a.ids.jsonl"), overwrite=True)
            with open(self.out("a.ids.jsonl")) as file:
                self.assertEqual([json.loads(line)["ids"] for line in file], self.rows)
            chat().encode_files(source, self.out("a.parquet"), overwrite=True)
            table = pq.read_table(self.out("a.parquet"))
            self.assertEqual(table["ids"].to_pylist(), self.rows)
            self.assertEqual(table["ids"].type.value_type, pa.uint32())

    def test_megatron_is_as_the_command_line_writes_it(self):
        chat().save(self.out("m"))
        subprocess.run([os.environ["BYTEPIECE_BINARY"], "encode", "-m", self.out("m"), "--format",
                        "megatron", "-o", self.out("expected"), str(self.jsonl)], check=True,
                       capture_output=True)
        chat().encode_files(self.jsonl, self.out("ds"), "megatron")
        for ending in (".bin", ".idx"):
            self.assertEqual(pathlib.Path(self.out("ds" + ending)).read_bytes(),
                             pathlib.Path(self.out("expected" + ending)).read_bytes())

    def test_shards_together_are_the_whole_and_finished_ones_stay(self):
        for source in (self.jsonl, self.parquet):
            with self.subTest(source=source):
                pattern = self.out(source.suffix + "{shard}.jsonl")
                done = chat().encode_files(source, pattern, shards=3)
                for i, output in enumerate(done):
                    with open(output.path) as file:
                        self.assertEqual([json.loads(line)["ids"] for line in file],
                                         self.rows[i::3])
                os.unlink(done[1].path)
                again = chat().encode_files(source, pattern, shards=3)
                self.assertEqual([output.skipped for output in again], [True, False, True])
                one, = chat().encode_files(source, pattern, shard=(2, 3), overwrite=True)
                self.assertEqual(one.path, done[2].path)
                self.assertFalse(one.skipped)

    def test_a_folder_has_an_output_for_each_input(self):
        (self.folder / "deep" / "er").mkdir(parents=True)
        (self.folder / "deep" / "er" / "b.txt").write_text("the wood")
        (self.folder / "deep" / "c.jsonl").write_text('{"text": "wood"}\n')
        done = chat().encode_files(self.folder / "deep", self.out("ids") + "/", "npy")
        names = {os.path.relpath(output.path, self.folder): output.tokens for output in done}
        self.assertEqual(names, {"ids/er/b.npy": chat().count("the wood"),
                                 "ids/c.npy": chat().count("wood")})
        self.assertTrue(all(output.skipped for output in
                            chat().encode_files(self.folder / "deep", self.out("ids") + "/", "npy")))

    def test_what_fails_leaves_nothing(self):
        (self.folder / "bad.jsonl").write_text('{"text": "a"}\n{"text": \n')
        for output in ("x.npy", "x.parquet"):
            with self.assertRaisesRegex(ValueError, "bad.jsonl"):
                chat().encode_files(self.folder / "bad.jsonl", self.out(output))

        def stop(progress):
            raise InterruptedError("enough")

        for source in (self.jsonl, self.parquet):
            for output in ("x.npy", "x.parquet", "x.bin"):
                with self.assertRaises(InterruptedError):
                    chat().encode_files(source, self.out(output), progress=stop)
        self.assertEqual([name for name in os.listdir(self.folder) if "x." in name], [])

    def test_readers_are_those_of_the_command_line(self):
        (self.folder / "lines.txt").write_text("the\n\nwood\n")
        done, = chat().encode_files(self.folder / "lines.txt", self.out("l.jsonl"), document="line")
        self.assertEqual(done.documents, 3)
        (self.folder / "other.jsonl").write_text('{"body": "the"}\n')
        done, = chat().encode_files(self.folder / "other.jsonl", self.out("o.npy"), field="body")
        self.assertEqual(np.load(done.path).tolist(), chat().encode("the"))

    def test_what_is_left_out_is_a_warning(self):
        bad = self.folder / "bad.jsonl"
        bad.write_text('{"text": "a"}\nno JSON\n{"text": "b"}\n')
        for output in ("b.npy", "b.parquet"):
            with self.assertWarnsRegex(UserWarning, "left out as bad: 1; .*bad.jsonl"):
                done, = chat().encode_files(bad, self.out(output), on_bad_line="skip")
            self.assertEqual(done.documents, 2)
        with self.assertWarnsRegex(UserWarning, "left out as bad: 1"):
            bytepiece_cpp.train(bad, vocab_size=258 + 1, on_bad_line="skip")
        with self.assertRaisesRegex(ValueError, "no field \"body\".* choose with field$"):
            chat().encode_files(bad, self.out("c.npy"), field="body", overwrite=True)

    def test_wrong_arguments_are_named(self):
        for options, error, message in (
                ({"output": "a"}, ValueError, "does not tell the format"),
                ({"format": "hdf5"}, ValueError, 'format is "hdf5"'),
                ({"shards": 2}, ValueError, r"must have {shard}"),
                ({"shards": 0}, ValueError, "1 or more"),
                ({"shards": 2, "shard": (0, 2)}, ValueError, "for one"),
                ({"shard": (2, 2)}, ValueError, "index < count"),
                ({"document": ""}, ValueError, "document is empty"),
                ({"compression": "rar"}, ValueError, "choose from"),
                ({"threads": -1}, ValueError, "threads is -1"),
                ({"paths": "no/such"}, FileNotFoundError, "no/such"),
                ({"paths": [self.jsonl, self.parquet]}, ValueError, "do not go together")):
            arguments = {"paths": self.jsonl, "output": self.out("w.npy"), **options}
            with self.subTest(options=options), self.assertRaisesRegex(error, message):
                chat().encode_files(**arguments)


if __name__ == "__main__":
    unittest.main()
