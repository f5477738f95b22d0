#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The shared library by ctypes, as a binding of another language would call it, and by a C program.

BYTEPIECE_LIBRARY: the shared library; BYTEPIECE_C_TEST: the C program; BYTEPIECE_BINARY: the program
that makes the models.
"""

import ctypes
import os
import pathlib
import subprocess
import tempfile
import unittest

LIBRARY = ctypes.CDLL(os.environ["BYTEPIECE_LIBRARY"])
BINARY = os.environ["BYTEPIECE_BINARY"]


def declare(name, result, *arguments):
    function = getattr(LIBRARY, name)
    function.restype = result
    function.argtypes = arguments
    return function


POINTER = ctypes.c_void_p
last_error = declare("bytepiece_last_error", ctypes.c_char_p)
load = declare("bytepiece_tokenizer_load", ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p,
               ctypes.POINTER(POINTER))
free = declare("bytepiece_tokenizer_free", None, POINTER)
encode_flat = declare("bytepiece_encode_flat", ctypes.c_int, POINTER, ctypes.c_char_p,
                      ctypes.POINTER(ctypes.c_int64), ctypes.c_size_t, POINTER,
                      ctypes.POINTER(POINTER))
tokens_size = declare("bytepiece_tokens_size", ctypes.c_size_t, POINTER)
tokens_ids = declare("bytepiece_tokens_ids", ctypes.POINTER(ctypes.c_int32), POINTER)
tokens_offsets = declare("bytepiece_tokens_offsets", ctypes.POINTER(ctypes.c_int64), POINTER)
tokens_free = declare("bytepiece_tokens_free", None, POINTER)
decode = declare("bytepiece_decode", ctypes.c_int, POINTER, ctypes.POINTER(ctypes.c_int32),
                 ctypes.POINTER(ctypes.c_int64), ctypes.c_size_t, POINTER, ctypes.POINTER(POINTER))
text_bytes = declare("bytepiece_text_bytes", POINTER, POINTER)
text_offsets = declare("bytepiece_text_offsets", ctypes.POINTER(ctypes.c_int64), POINTER)
text_free = declare("bytepiece_text_free", None, POINTER)

TEXTS = ["how much wood", "", "would a woodchuck chuck\n", "naïve 中文 \0"]


class CtypesTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.folder.name)
        (folder / "a.txt").write_text("how much wood would a woodchuck chuck\n" * 20)
        cls.model = folder / "a.model"
        cls.special = folder / "special.model"
        train = [BINARY, "train", "--vocab-size", "270", "--quiet", folder / "a.txt", "-o"]
        subprocess.run([*train, cls.model], check=True)
        subprocess.run([*train, cls.special, "--normalization", "none", "--special-token", "<|x|>"],
                       check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        self.tokenizer = POINTER()
        self.assertEqual(load(os.fsencode(self.model), None, ctypes.byref(self.tokenizer)), 0,
                         last_error())

    def tearDown(self):
        free(self.tokenizer)

    def test_ids_are_those_of_the_program(self):
        data = [text.encode() for text in TEXTS]
        ends = (ctypes.c_int64 * (len(data) + 1))()
        for i, text in enumerate(data):
            ends[i + 1] = ends[i] + len(text)
        tokens = POINTER()
        self.assertEqual(encode_flat(self.tokenizer, b"".join(data), ends, len(data), None,
                                     ctypes.byref(tokens)), 0, last_error())
        self.assertEqual(tokens_size(tokens), len(data))
        ids, offsets = tokens_ids(tokens), tokens_offsets(tokens)
        for i, text in enumerate(data):
            run = subprocess.run([BINARY, "encode", "-m", self.model, "--quiet"], input=text,
                                 capture_output=True, check=True)
            expected = [int(id) for id in run.stdout.split()]
            self.assertEqual(ids[offsets[i]:offsets[i + 1]], expected)
        text = POINTER()
        self.assertEqual(decode(self.tokenizer, ids, offsets, len(data), None, ctypes.byref(text)),
                         0, last_error())
        begins = text_offsets(text)
        decoded = ctypes.string_at(text_bytes(text), begins[len(data)])
        self.assertEqual([decoded[begins[i]:begins[i + 1]] for i in range(len(data))], data)
        text_free(text)
        tokens_free(tokens)

    def test_a_program_in_c(self):
        run = subprocess.run([os.environ["BYTEPIECE_C_TEST"], self.special], capture_output=True,
                             text=True)
        self.assertEqual((run.returncode, run.stderr), (0, ""))

    def test_nothing_else_is_exported(self):
        listing = subprocess.run(["nm", "-D", "--defined-only", os.environ["BYTEPIECE_LIBRARY"]],
                                 capture_output=True, text=True, check=True)
        names = [line.split()[-1].partition("@")[0] for line in listing.stdout.splitlines()]
        self.assertEqual([name for name in names if not name.startswith("bytepiece_")], [])
        self.assertIn("bytepiece_encode", names)

    def test_errors_have_a_message(self):
        tokenizer = POINTER()
        self.assertNotEqual(load(b"no/such.model", None, ctypes.byref(tokenizer)), 0)
        self.assertIn(b"no/such.model", last_error())
        self.assertIsNone(tokenizer.value)


if __name__ == "__main__":
    unittest.main()
