#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what no compiler checks about the source tree.

Include direction by folder, circles of components, where ICU, RE2 and LibTorch may be seen,
file length, a test for every component and beside it, a README for every folder, licence
lines, no path of somebody's machine.

usage: structure_check.py SOURCE_FOLDER     prints one line a finding; exit 1 if any
"""

import collections
import pathlib
import re
import shutil
import subprocess
import sys

# The top folders, each with its rows from the ground up: a folder's files include their own
# folder, the rows below it in the list, and the top folders named beside it; nothing else of ours.
HOUSE = {
    "proto": (set(), [["proto"]]),
    "bytepiece": ({"proto"}, [
        ["bytepiece/base"], ["bytepiece/io"],
        ["bytepiece/text", "bytepiece/matching"],
        ["bytepiece/segmentation", "bytepiece/lattice"],
        ["bytepiece/model"],
        ["bytepiece/prefix", "bytepiece/sampling", "bytepiece/export"],
        ["bytepiece/encoding"],
        ["bytepiece"],  # the public face
        ["bytepiece/token_files"]]),
    "corpus": ({"bytepiece"}, [["corpus"]]),
    "trainer": ({"bytepiece", "corpus"}, [
        ["trainer/setup", "trainer/counts"],
        ["trainer/ngrams", "trainer/pieces"],
        ["trainer/passes"], ["trainer/grow"], ["trainer"]]),
    "lm": ({"bytepiece", "corpus"}, [
        ["lm/attention", "lm/data"],
        ["lm/codebook", "lm/recurrence"],
        ["lm/model"],
        ["lm/training", "lm/generation"],
        ["lm/continuation", "lm/extrapolation"]]),
    "cli": ({"bytepiece", "corpus", "trainer"}, [
        ["cli/program"], ["cli/files"], ["cli/options", "cli/reports"], ["cli/commands"], ["cli"]]),
    "lm_cli": ({"bytepiece", "corpus", "lm", "cli/program", "cli/files"}, [["lm_cli"]]),
    "python": ({"bytepiece", "corpus", "trainer"}, [["python/core"]]),
    "bench": ({"bytepiece", "corpus", "trainer"}, [["bench"]]),
    "tests": ({"proto", "bytepiece", "corpus", "trainer", "lm"}, [["tests"]]),
}
# Builders and what they build may include each other: x and x_builder, and these.
BUILDERS = [{"trainer/ngrams/ngram_model", "trainer/ngrams/ngram_parts"}]
# Libraries that few files may see.
PRIVATE_LIBRARIES = {
    "unicode/": re.compile(r"bytepiece/text/normalizer\.cc|cli/(program|reports)/.*\.(h|cc)"),
    "re2/": re.compile(r"bytepiece/model/special_tokens\.cc|cli/.*inspect.*\.(h|cc)"),
    "torch/": re.compile(r"lm/\w+/\w+\.(h|cc)"),
    "google/protobuf/": re.compile(r"bytepiece/model/model_io\w*\.cc"),
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


def top_of(path):
    return path.split("/")[0] if "/" in path else ""


def folder_of(path):
    """The folder that has rules of its own: tests/ and bench/ are one folder each."""
    top = top_of(path)
    return top if top in ("tests", "bench") else path.rpartition("/")[0]


def is_source(path):
    return path.endswith((".h", ".cc")) and top_of(path) in HOUSE


def component_of(path):
    """x.h and x.cc taken together."""
    return path.rpartition(".")[0]


def may_include(folder, other):
    """Whether files of `folder` may include files of `other`, by HOUSE."""
    if folder == other:
        return True
    tops, rows = HOUSE[folder.split("/")[0]]
    if other.split("/")[0] in tops or other in tops:
        return True
    row = next((i for i, row in enumerate(rows) if folder in row), None)
    return row is not None and any(other in below for below in rows[:row])


def check_folders(texts):
    known = {folder for _, rows in HOUSE.values() for row in rows for folder in row}
    for path in texts:
        if is_source(path) and folder_of(path) not in known:
            yield f"{path}: no folder of that name is in HOUSE (tests/structure/structure_check.py)"


def check_includes(texts):
    for path, text in texts.items():
        if not is_source(path):
            continue
        for target in INCLUDE.findall(text):
            top = top_of(target)
            if top in HOUSE and not may_include(folder_of(path), folder_of(target)):
                yield (f"{path}: includes {target}, but {folder_of(path)}/ may not see "
                       f"{folder_of(target)}/")
            if top == "proto" and path.endswith(".h"):
                yield f"{path}: includes {target}: generated code belongs in a .cc"
            if top in HOUSE and top != "proto" and target not in texts:
                yield f"{path}: includes {target}, which does not exist"
            for library, allowed in PRIVATE_LIBRARIES.items():
                if target.startswith(library) and not allowed.fullmatch(path) \
                        and top_of(path) != "tests":
                    yield f"{path}: includes {target}, which only {allowed.pattern} may"


def is_builder_pair(components):
    shortest = min(components, key=len)
    return set(components) == {shortest, shortest + "_builder"} or set(components) in BUILDERS


def check_cycles(texts):
    """Components in a circle, unless they are a builder with what it builds."""
    graph = collections.defaultdict(set)
    for path, text in texts.items():
        if is_source(path):
            graph[component_of(path)] |= {
                component_of(target) for target in INCLUDE.findall(text)
                if target in texts and component_of(target) != component_of(path)}
    state = collections.defaultdict(int)  # 0 new, 1 on the stack, 2 done

    def visit(component, stack):
        state[component] = 1
        for target in sorted(graph.get(component, ())):
            if state[target] == 1:
                circle = stack[stack.index(target):]
                if not is_builder_pair(circle):
                    yield "circle of components: " + " -> ".join(circle + [target])
            elif state[target] == 0:
                yield from visit(target, stack + [target])
        state[component] = 2

    for component in sorted(graph):
        if state[component] == 0:
            yield from visit(component, [component])


def check_length(texts):
    for path, text in texts.items():
        lines = text.count("\n")
        if SOURCE.fullmatch(path) and lines > MAX_LINES:
            yield f"{path}: {lines} lines; {MAX_LINES} is the limit"


def is_named_by(test_path, test_text, component):
    """Whether a test names a component (bytepiece/folder/x, cli/commands/x)."""
    stem = component.rsplit("/", 1)[1]
    if top_of(component) in ("cli", "lm_cli"):  # tested by running it, under the name a person types
        return f'"{stem.replace("_", "-")}"' in test_text
    return (f'"{component}.h"' in test_text or
            pathlib.Path(test_path).name.startswith(stem + "_test."))


def needs_test(path, texts):
    top = top_of(path)
    if not path.endswith(".cc") or top not in ("bytepiece", "corpus", "trainer", "lm", "cli",
                                               "lm_cli"):
        return False
    # In cli/ and lm_cli/, a command is what has no header; the rest shows in the commands.
    return not (top in ("cli", "lm_cli") and (
        component_of(path) + ".h" in texts or path.endswith("/main.cc")))


def check_tested(texts):
    for path in texts:
        top = top_of(path)
        if needs_test(path, texts) and not any(
                is_named_by(test, texts[test], component_of(path))
                for test in texts if test.startswith(f"tests/{top}/")):
            yield f"{path}: no test in tests/{top}/ names it"


def check_test_places(texts):
    """A test named after a component stands where the component does."""
    places = collections.defaultdict(set)
    for path in texts:
        if is_source(path) and top_of(path) not in ("tests", "bench"):
            places[path.rpartition("/")[2].partition(".")[0]].add(path.rpartition("/")[0])
    for path in texts:
        match = re.fullmatch(r"tests/((?:\w+/)*)(\w+)_test\.cc", path)
        if match and match[2] in places and match[1].rstrip("/") not in places[match[2]]:
            yield f"{path}: belongs in tests/{min(places[match[2]])}/, beside what it tests"


def check_readmes(texts):
    for folder in sorted({folder_of(path) for path in texts if is_source(path)}):
        if top_of(folder + "/") in HOUSE and f"{folder}/README.md" not in texts:
            yield f"{folder}/: no README.md says what it promises"


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


CITED_TEST = re.compile(r"`(tests/[^`]+)`((?:, \"[^\"]+\")+)")


def check_cited_tests(texts):
    for path, names in CITED_TEST.findall(texts.get("SECURITY.md", "")):
        for name in re.findall(r"\"([^\"]+)\"", names):
            if name not in texts.get(path, ""):
                yield f"SECURITY.md: {path} has no test \"{name}\""


CHECKS = [check_folders, check_includes, check_cycles, check_length, check_tested,
          check_test_places, check_readmes, check_licence, check_machine_paths,
          check_cited_tests]


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
