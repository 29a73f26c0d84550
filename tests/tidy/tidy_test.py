#!/usr/bin/env python3
"""The tidy rules themselves: each finds what it is for, and only that."""

import sys
import unittest

import fidelity
import layers
import tidy

HEADER = b"// a.hpp - what it defines.\n#pragma once\n"

# name, path, content, words that the breaches must contain, in order
ROWS = [
    ("a clean header", "engine/api/a.hpp", HEADER, []),
    ("columns are characters, not bytes", "a.cpp", "// {}\n".format("é" * 117).encode(), []),
    ("121 columns", "a.cpp", b"/" * 121 + b"\n", ["121 columns"]),
    ("a long line in a document", "docs/a.md", b"a" * 200 + b"\n", []),
    ("a long address", "a.cpp", b"// https://" + b"a" * 120 + b"\n", []),
    ("a long literal", "a.cpp", b'f("' + b"a" * 120 + b'");\n', []),
    ("a long row in a test", "tests/a.cpp", b'{"a", b, ' + b"c" * 120 + b'},\n', []),
    ("a long row elsewhere", "a.cpp", b'{"a", b, ' + b"c" * 120 + b'},\n', ["columns"]),
    ("a tab", "docs/a.md", b"a\tb\n", ["tab"]),
    ("a tab of Go", "tests/a/b.go", b"\tb()\n", []),
    ("trailing white space", ".ci/run", b"a \n", ["trailing"]),
    ("carriage return", "a.cpp", b"a\r\n", ["trailing"]),
    ("a golden table may end in blanks", "tests/cli/golden/a.txt", b"NAME  \n", []),
    ("a bell", "a.yaml", b"a\x07\n", ["U+0007"]),
    ("a zero-width space", "a.md", "a\u200bb\n".encode(), ["U+200B"]),
    ("a no-break space", "a.md", "a\u00a0b\n".encode(), ["U+00A0"]),
    ("invalid UTF-8", "a.md", b"ok\n\xff\n", ["invalid UTF-8"]),
    ("no newline at the end", "a.md", b"a", ["no newline"]),
    ("a bare to-do", "a.cpp", b"// TO" + b"DO: later\n", ["why it is not done"]),
    ("a to-do with its reason", "a.cpp", b"// TO" + b"DO(dns): records expire only after the cache is modelled\n", []),
    ("901 lines", "a.cpp", b"\n" * 901, ["901 lines"]),
    ("a header without a comment", "a.hpp", b"#pragma once\n", ["opens with a comment"]),
    ("a header without a guard", "a.hpp", b"// a.hpp - what.\n", ["pragma"]),
    ("a machine's path", "a.md", b"see /ro" + b"ot/x\n", ["somebody's machine"]),
    ("a machine's path in data", "tests/golden/a", b"/wo" + b"rk/x\n", ["somebody's machine"]),
    ("a folder of that name elsewhere", "a.md", b"src/wo" + b"rk/x ${root}/ro" + b"ot/x\n", []),
]

# including file, included name, allowed
INCLUDES = [
    ("engine/jobset/a.cpp", "engine/api/b.hpp", True),
    ("engine/api/a.cpp", "engine/jobset/b.hpp", False),
    ("engine/runtime/a.hpp", "sim/kernel/b.hpp", False),
    ("sim/kernel/a.cpp", "engine/api/b.hpp", False),
    ("sim/workload/a.cpp", "engine/jobset/b.hpp", False),
    ("sim/cluster/a.cpp", "sim/apiserver/b.hpp", True),
    ("sim/cluster/a.cpp", "sim/faults/b.hpp", False),
    ("scenarios/a.cpp", "scenarios/cli/b.hpp", False),
    ("scenarios/cli/a.cpp", "viz/b.hpp", True),
    ("tests/engine/api/a_test.cpp", "tests/engine/api/b.hpp", True),
    ("engine/api/a.cpp", "../jobset/b.hpp", False),
    ("engine/api/a.cpp", "b.hpp", False),
]

REFERENCE = """## 1. Timers
| K-T-1 | 10 s |
## 3. Pods
- K-POD-1 Phases. As K-POD-2.
## 9. Autoscaler
- K-CA-1 Loop.
"""
# name, rows of the document, words that the breaches must contain, in order
FIDELITY = [
    ("all is well", "| K-T-1 | exact | what | A.b |\n| K-POD-1 | not modelled | why | |\n", []),
    ("several tests, a whole suite", "| K-T-1 | exact | a \\| b | A.b, A.* |\n| K-POD-1 | approximate | w | A.b |\n", []),
    ("a rule without a row", "| K-T-1 | exact | what | A.b |\n", ["no row for K-POD-1"]),
    ("two rows", "| K-T-1 | exact | w | A.b |\n| K-T-1 | exact | w | A.b |\n| K-POD-1 | exact | w | A.b |\n",
     ["has a row already"]),
    ("a rule of another section",
     "| K-T-1 | exact | w | A.b |\n| K-POD-1 | exact | w | A.b |\n| K-SCH-1 | exact | w | A.b |\n", ["no rule K-SCH-1"]),
    ("another word", "| K-T-1 | mostly | w | A.b |\n| K-POD-1 | exact | w | A.b |\n", ["'mostly'"]),
    ("no test", "| K-T-1 | exact | w | |\n| K-POD-1 | approximate | w | |\n", ["no test shows it", "no test shows it"]),
    ("a test that is not there", "| K-T-1 | exact | w | A.c |\n| K-POD-1 | exact | w | B.* |\n",
     ["no test A.c", "no test B.*"]),
]


class Tidy(unittest.TestCase):
    def test_rows(self):
        for name, path, content, want in ROWS:
            with self.subTest(name):
                got = [breach for _, breach in tidy.breaches(path, content)]
                self.assertEqual(len(got), len(want), got)
                for text, word in zip(got, want):
                    self.assertIn(word, text)

    def test_includes(self):
        for path, name, allowed in INCLUDES:
            with self.subTest("%s includes %s" % (path, name)):
                self.assertEqual(layers.includeBreach(path, name) is None, allowed)

    def test_fidelity(self):
        rules = list(fidelity.rulesOf(REFERENCE))
        self.assertEqual(rules, ["K-T-1", "K-POD-1"])
        for name, rows, want in FIDELITY:
            with self.subTest(name):
                got = list(fidelity.breaches(rules, list(fidelity.rowsOf(rows)), {("A", "b")}))
                self.assertEqual(len(got), len(want), got)
                for text, word in zip(got, want):
                    self.assertIn(word, text)


if __name__ == "__main__":
    sys.exit(unittest.main())
