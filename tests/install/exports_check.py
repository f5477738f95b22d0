#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the shared library shows what the public headers declare, and nothing else.

usage: exports_check.py LIBRARY SOURCE_FOLDER     prints one line a finding; exit 1 if any
"""

import pathlib
import re
import subprocess
import sys

OURS = re.compile(r"(?:(?:vtable|typeinfo|typeinfo name) for )?bytepiece::v0::(\w+)")
# The name that follows the mark: of a class, or of a function before its parameters.
CLASS = re.compile(r"\bclass BYTEPIECE_EXPORT (\w+)")
FUNCTION = re.compile(r"^BYTEPIECE_EXPORT [^;(]*?\b(\w+)\(", re.MULTILINE)
C_FUNCTION = re.compile(r"\b(bytepiece_\w+)\s*\(")


def public_headers(source):
    listing = (source / "cmake/PublicHeaders.cmake").read_text()
    return re.findall(r"^\s+([\w/]+\.h)\)?$", listing, re.MULTILINE)


def declared_names(source):
    names = set()
    for header in public_headers(source):
        text = (source / header).read_text()
        for pattern in (CLASS, FUNCTION, C_FUNCTION):
            names |= set(pattern.findall(text))
    return names


def exported_symbols(library):
    listing = subprocess.run(["nm", "--dynamic", "--defined-only", "--demangle", library],
                             check=True, capture_output=True, text=True).stdout
    return [line.split(" ", 2)[2] for line in listing.splitlines()]


def findings(library, source):
    declared = declared_names(source)
    shown = set()
    for symbol in exported_symbols(library):
        match = OURS.match(symbol)
        name = match[1] if match else symbol
        shown.add(name)
        if name not in declared or "Impl" in symbol:
            yield f"shown, but declared in no public header: {symbol}"
    for name in sorted(declared - shown):
        yield f"declared in a public header, but not shown: {name}"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    found = list(findings(sys.argv[1], pathlib.Path(sys.argv[2])))
    print("\n".join(found) if found else
          f"exports: {len(exported_symbols(sys.argv[1]))} symbols, all declared")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
