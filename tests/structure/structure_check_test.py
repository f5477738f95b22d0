#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""structure_check.py accepts a clean tree and finds each fault put into it."""

import pathlib
import tempfile
import unittest

import structure_check

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
CLEAN = {
    "bytepiece/a.h": SPDX + "#pragma once\n",
    "bytepiece/a.cc": SPDX + '#include "bytepiece/a.h"\n',
    "trainer/b.h": SPDX + '#pragma once\n#include "bytepiece/a.h"\n',
    "trainer/b.cc": SPDX + '#include "trainer/b.h"\n',
    "cli/commands/train.cc": SPDX + '#include "trainer/b.h"\n',
    "cli/part.h": SPDX + "#pragma once\n",
    "cli/part.cc": SPDX + '#include "cli/part.h"\n',
    "tests/bytepiece/a_test.cc": SPDX + '#include "bytepiece/a.h"\n',
    "tests/trainer/other_test.cc": SPDX + '#include "trainer/b.h"\n',
    "tests/cli/cli_test.py": SPDX.replace("//", "#") + 'run("train")\n',
    "tools/script": "#!/bin/bash\n# SPDX-License-Identifier: Apache-2.0\n",
    "README.md": "Files go to build/release.\n",
}


class StructureCheckTest(unittest.TestCase):

    def findings(self, changes):
        with tempfile.TemporaryDirectory() as root:
            for name, text in {**CLEAN, **changes}.items():
                path = pathlib.Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return structure_check.findings(root)

    def assert_found(self, changes, *parts):
        found = self.findings(changes)
        self.assertEqual(len(found), 1, found)
        for part in parts:
            self.assertIn(part, found[0])

    def test_clean(self):
        self.assertEqual(self.findings({}), [])

    def test_this_tree(self):
        root = pathlib.Path(__file__).resolve().parent.parent.parent
        self.assertEqual(structure_check.findings(root), [])

    def test_include_upwards(self):
        self.assert_found({"bytepiece/a.cc": SPDX + '#include "trainer/b.h"\n'},
                          "bytepiece/a.cc", "may not see trainer/")

    def test_include_of_proto_in_a_header(self):
        self.assert_found({"bytepiece/a.h": SPDX + '#include "proto/m.pb.h"\n'},
                          "bytepiece/a.h", "belongs in a .cc")

    def test_include_of_nothing(self):
        self.assert_found({"trainer/b.cc": SPDX + '#include "trainer/gone.h"\n'},
                          "does not exist")

    def test_private_library(self):
        for header in ("unicode/normalizer2.h", "re2/re2.h", "google/protobuf/message.h"):
            self.assert_found({"bytepiece/a.cc": f'{SPDX}#include "{header}"\n'}, header)

    def test_cycle(self):
        self.assert_found({"bytepiece/a.h": SPDX + '#include "bytepiece/c.h"\n',
                           "bytepiece/c.h": SPDX + '#include "bytepiece/a.h"\n'},
                          "bytepiece/a.h -> bytepiece/c.h -> bytepiece/a.h")

    def test_length(self):
        self.assert_found({"bytepiece/a.cc": SPDX + "\n" * structure_check.MAX_LINES},
                          "bytepiece/a.cc", "401 lines")

    def test_untested_components(self):
        self.assert_found({"bytepiece/new.cc": SPDX}, "bytepiece/new.cc", "no test")
        self.assert_found({"cli/commands/decode.cc": SPDX}, "cli/commands/decode.cc", "no test")

    def test_licence(self):
        self.assert_found({"bytepiece/a.cc": "int x;\n"}, "bytepiece/a.cc", "SPDX")
        self.assert_found({"tools/script": "#!/bin/bash\necho\n"}, "tools/script", "SPDX")

    def test_machine_path(self):
        self.assert_found({"README.md": "Look:\nsee /ho" + "me/me/x\n"}, "README.md:2")


if __name__ == "__main__":
    unittest.main()
