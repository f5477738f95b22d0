#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""structure_check.py accepts a clean tree and finds each fault put into it."""

import pathlib
import tempfile
import unittest

import structure_check

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
CLEAN = {
    "bytepiece/base/a.h": SPDX + "#pragma once\n",
    "bytepiece/base/a.cc": SPDX + '#include "bytepiece/base/a.h"\n',
    "bytepiece/model/m.h": SPDX + '#pragma once\n#include "bytepiece/base/a.h"\n',
    "bytepiece/model/m_builder.h": SPDX + '#pragma once\n#include "bytepiece/model/m.h"\n',
    "bytepiece/model/m.cc": SPDX + '#include "bytepiece/model/m_builder.h"\n',
    "trainer/b.h": SPDX + '#pragma once\n#include "bytepiece/base/a.h"\n',
    "trainer/b.cc": SPDX + '#include "trainer/b.h"\n',
    "cli/commands/train.cc": SPDX + '#include "trainer/b.h"\n',
    "cli/commands/part.h": SPDX + "#pragma once\n",
    "cli/commands/part.cc": SPDX + '#include "cli/commands/part.h"\n',
    "tests/bytepiece/base/a_test.cc": SPDX + '#include "bytepiece/base/a.h"\n',
    "tests/bytepiece/model/m_test.cc": SPDX + '#include "bytepiece/model/m.h"\n',
    "tests/trainer/other_test.cc": SPDX + '#include "trainer/b.h"\n',
    "tests/cli/cli_test.py": SPDX.replace("//", "#") + 'run("train")\n',
    "tools/script": "#!/bin/bash\n# SPDX-License-Identifier: Apache-2.0\n",
    "README.md": "Files go to build/release.\n",
    **{f"{folder}/README.md": "What it promises.\n" for folder in (
        "bytepiece/base", "bytepiece/model", "trainer", "cli/commands", "tests")},
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

    def test_a_test_that_is_cited_and_not_there(self):
        cite = lambda name: {"SECURITY.md": f'| never | `tests/cli/cli_test.py`, "{name}" |\n'}
        self.assertEqual(self.findings(cite("train")), [])
        self.assert_found(cite("sample"), "tests/cli/cli_test.py", "sample")

    def test_include_upwards(self):
        self.assert_found({"bytepiece/base/z.h": SPDX + '#include "trainer/b.h"\n'},
                          "bytepiece/base/z.h", "bytepiece/base/ may not see trainer/")

    def test_include_of_a_folder_above(self):
        self.assert_found({"bytepiece/base/z.h": SPDX + '#include "bytepiece/model/m.h"\n'},
                          "bytepiece/base/z.h", "bytepiece/base/ may not see bytepiece/model/")

    def test_include_of_a_folder_beside(self):
        self.assert_found({
            "bytepiece/lattice/l.h": SPDX + '#include "bytepiece/model/m.h"\n',
            "bytepiece/lattice/README.md": "",
        }, "bytepiece/lattice/l.h", "may not see bytepiece/model/")

    def test_one_folder_of_a_library_may_be_named(self):
        self.assertEqual(self.findings({
            "lm_cli/main.cc": SPDX + '#include "cli/program/p.h"\n',
            "lm_cli/README.md": "", "cli/program/p.h": SPDX, "cli/program/README.md": "",
        }), [])
        self.assert_found({
            "lm_cli/main.cc": SPDX + '#include "cli/commands/part.h"\n', "lm_cli/README.md": "",
        }, "lm_cli/ may not see cli/commands/")

    def test_folder_that_nobody_planned(self):
        self.assert_found({"bytepiece/misc/x.h": SPDX, "bytepiece/misc/README.md": ""},
                          "bytepiece/misc/x.h", "no folder of that name")

    def test_file_in_the_wrong_folder(self):
        """What m.h builds on stands above base/: put there, it is found."""
        self.assert_found({
            "bytepiece/base/moved.h": CLEAN["bytepiece/model/m_builder.h"],
        }, "bytepiece/base/moved.h", "may not see bytepiece/model/")

    def test_folder_without_readme(self):
        self.assert_found({"bytepiece/text/t.h": SPDX}, "bytepiece/text/", "no README.md")

    def test_test_in_another_place_than_what_it_tests(self):
        self.assert_found({"tests/bytepiece/base/m_test.cc": SPDX,
                           "tests/bytepiece/model/m_test.cc": SPDX + '#include "bytepiece/model/m.h"\n'},
                          "tests/bytepiece/base/m_test.cc", "belongs in tests/bytepiece/model/")

    def test_include_of_proto_in_a_header(self):
        self.assert_found({"bytepiece/base/a.h": SPDX + '#include "proto/m.pb.h"\n'},
                          "bytepiece/base/a.h", "belongs in a .cc")

    def test_include_of_nothing(self):
        self.assert_found({"trainer/b.cc": SPDX + '#include "trainer/gone.h"\n'},
                          "does not exist")

    def test_private_library(self):
        for header in ("unicode/normalizer2.h", "re2/re2.h", "google/protobuf/message.h"):
            self.assert_found({"bytepiece/base/a.cc": f'{SPDX}#include "{header}"\n'}, header)

    def test_circle_of_headers(self):
        self.assert_found({"bytepiece/base/a.h": SPDX + '#include "bytepiece/base/c.h"\n',
                           "bytepiece/base/c.h": SPDX + '#include "bytepiece/base/a.h"\n'},
                          "bytepiece/base/a -> bytepiece/base/c -> bytepiece/base/a")

    def test_circle_through_a_source(self):
        self.assert_found({"bytepiece/base/a.cc": SPDX + '#include "bytepiece/base/c.h"\n',
                           "bytepiece/base/c.h": SPDX + '#include "bytepiece/base/a.h"\n'},
                          "bytepiece/base/a -> bytepiece/base/c -> bytepiece/base/a")

    def test_length(self):
        self.assert_found({"bytepiece/base/a.cc": SPDX + "\n" * structure_check.MAX_LINES},
                          "bytepiece/base/a.cc", "401 lines")

    def test_untested_components(self):
        self.assert_found({"bytepiece/base/new.cc": SPDX}, "bytepiece/base/new.cc", "no test")
        self.assert_found({"cli/commands/decode.cc": SPDX}, "cli/commands/decode.cc", "no test")

    def test_licence(self):
        self.assert_found({"bytepiece/base/a.cc": "int x;\n"}, "bytepiece/base/a.cc", "SPDX")
        self.assert_found({"tools/script": "#!/bin/bash\necho\n"}, "tools/script", "SPDX")

    def test_machine_path(self):
        self.assert_found({"README.md": "Look:\nsee /ho" + "me/me/x\n"}, "README.md:2")


if __name__ == "__main__":
    unittest.main()
