#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what no compiler checks about the source tree.

Include direction by layer, include cycles, where ICU, RE2 and LibTorch may be seen, file
length, a test for every component, licence lines, no path of somebody's machine.

usage: structure_check.py SOURCE_FOLDER     prints one line a finding; exit 1 if any
"""

import collections
import pathlib
import re
import shutil
import subprocess
import sys

# A folder's files include files of these folders, nothing else of ours.
LAYERS = {
    "proto": set(),
    "bytepiece": {"proto", "bytepiece"},
    "corpus": {"bytepiece", "corpus"},
    "trainer": {"bytepiece", "corpus", "trainer"},
    "lm": {"bytepiece", "corpus", "lm"},
    "cli": {"bytepiece", "corpus", "trainer", "cli"},
    "lm_cli": {"bytepiece", "corpus", "lm", "cli", "lm_cli"},
    "bench": {"bytepiece", "corpus", "trainer", "bench"},
    "tests": {"bytepiece", "corpus", "trainer", "lm", "tests"},
}
# Libraries that few files may see.
PRIVATE_LIBRARIES = {
    "unicode/": re.compile(r"bytepiece/(text/)?normalizer\.cc|cli/.*\.(h|cc)"),
    "re2/": re.compile(r"bytepiece/(model/)?special_tokens\.cc|cli/.*inspect.*\.(h|cc)"),
    "torch/": re.compile(r"lm/(\w+/)?\w+\.(h|cc)"),
    "google/protobuf/": re.compile(r"bytepiece/(model/)?model_io\w*\.cc"),
}
MAX_LINES = 400
SOURCE = re.compile(r".*\.(h|cc|py|sh|cmake|proto)|(.*/)?CMakeLists\.txt")
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)
# Spelled in parts, so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.}~])/(?:wo" r"rk|ro" r"ot|ho" r"me|tm" r"p)/\w")


def tracked_files(root):
    """Paths relative to `root` of what git knows or would add; of all files without git."""
    listing = None
    if shutil.which("git"):
        listing = subprocess.run(
            ["git", "-C", root, "ls-files", "-z", "-co", "--exclude-standard", "--", "."],
            capture_output=True)
    if listing and listing.returncode == 0:
        names = listing.stdout.decode().split("\0")
    else:
        names = [str(p.relative_to(root)) for p in pathlib.Path(root).rglob("*")]
    return sorted(n for n in names if n and pathlib.Path(root, n).is_file()
                  and not n.startswith((".git/", "build/", "data/quickstart/")))


def read_texts(root):
    """{path: text} of the files that are text."""
    texts = {}
    for name in tracked_files(root):
        data = pathlib.Path(root, name).read_bytes()
        try:
            if b"\0" not in data:
                texts[name] = data.decode()
        except UnicodeDecodeError:
            pass  # a binary fixture
    return texts


def folder_of(path):
    return path.split("/")[0] if "/" in path else ""


def check_includes(texts):
    for path, text in texts.items():
        if not path.endswith((".h", ".cc")) or folder_of(path) not in LAYERS:
            continue
        for target in INCLUDE.findall(text):
            layer = folder_of(target)
            if layer in LAYERS and layer not in LAYERS[folder_of(path)]:
                yield f"{path}: includes {target}, but {folder_of(path)}/ may not see {layer}/"
            if layer == "proto" and path.endswith(".h"):
                yield f"{path}: includes {target}: generated code belongs in a .cc"
            if layer in LAYERS and layer != "proto" and target not in texts:
                yield f"{path}: includes {target}, which does not exist"
            for library, allowed in PRIVATE_LIBRARIES.items():
                if target.startswith(library) and not allowed.fullmatch(path) \
                        and folder_of(path) != "tests":
                    yield f"{path}: includes {target}, which only {allowed.pattern} may"


def check_cycles(texts):
    graph = {p: [t for t in INCLUDE.findall(text) if t in texts]
             for p, text in texts.items() if p.endswith(".h")}
    state = collections.defaultdict(int)  # 0 new, 1 on the stack, 2 done

    def visit(path, stack):
        state[path] = 1
        for target in graph.get(path, []):
            if state[target] == 1:
                yield "include cycle: " + " -> ".join(stack[stack.index(target):] + [target])
            elif state[target] == 0:
                yield from visit(target, stack + [target])
        state[path] = 2

    for path in graph:
        if state[path] == 0:
            yield from visit(path, [path])


def check_length(texts):
    for path, text in texts.items():
        lines = text.count("\n")
        if SOURCE.fullmatch(path) and lines > MAX_LINES:
            yield f"{path}: {lines} lines; {MAX_LINES} is the limit"


def is_named_by(test_path, test_text, component):
    """Whether a test names a component (bytepiece/folder/x, cli/commands/x)."""
    stem = component.rsplit("/", 1)[1]
    if folder_of(component) in ("cli", "lm_cli"):  # tested by running it, under the name a person types
        return f'"{stem.replace("_", "-")}"' in test_text
    return (f'"{component}.h"' in test_text or
            pathlib.Path(test_path).name.startswith(stem + "_test."))


def check_tested(texts):
    for path in texts:
        match = re.fullmatch(r"((bytepiece|corpus|trainer|lm|cli|lm_cli)/(?:\w+/)*\w+)\.cc", path)
        # In cli/ and lm_cli/, a command is what has no header; the rest shows in the commands.
        if match and match[2] in ("cli", "lm_cli") and (
                f"{match[1]}.h" in texts or path.endswith("/main.cc")):
            continue
        if match and not any(
                is_named_by(test, texts[test], match[1])
                for test in texts if test.startswith(f"tests/{match[2]}/")):
            yield f"{path}: no test in tests/{match[2]}/ names it"


def check_licence(texts):
    for path, text in texts.items():
        if path.startswith("tests/golden/"):  # copies, unchanged
            continue
        first, _, rest = text.partition("\n")
        is_script = first.startswith("#!")
        if SOURCE.fullmatch(path) or is_script:
            line = rest.partition("\n")[0] if is_script else first
            if not re.fullmatch(r"(//|#) SPDX-License-Identifier: Apache-2\.0", line):
                yield f"{path}: does not open with '// SPDX-License-Identifier: Apache-2.0'"


def check_machine_paths(texts):
    for path, text in texts.items():
        for number, line in enumerate(text.splitlines(), 1):
            match = MACHINE_PATH.search(line)
            if match:
                yield f"{path}:{number}: '{match[0]}...' is a path of one machine"


CHECKS = [check_includes, check_cycles, check_length, check_tested, check_licence,
          check_machine_paths]


def findings(root):
    texts = read_texts(root)
    return [finding for check in CHECKS for finding in check(texts)]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = findings(sys.argv[1])
    print("\n".join(found) if found else "structure: nothing to report")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
