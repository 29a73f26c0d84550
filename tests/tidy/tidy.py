#!/usr/bin/env python3
"""Rules of form that every file of the repository keeps. Usage: tidy.py ROOT; exit 1 and a line per breach.

Source (C++, CMake, shell, Python): no line over 120 columns but for long literals, no file over 900 lines, what is left
to do says why, a header opens with a comment and has `#pragma once`. All text but test data (golden, testdata): no tab
(but in Go), no trailing white space, valid UTF-8 without control or invisible characters, a newline at the end. All
text: no path of one machine.
"""

import os
import re
import sys
import unicodedata

import tree

COLUMNS_MAX = 120
LINES_MAX = 900

SOURCE_ENDINGS = (".cpp", ".hpp", ".h", ".py", ".sh", ".cmake", "CMakeLists.txt")
TABBED_ENDINGS = (".go", "go.mod")  # as gofmt has them
SOURCE_FILES = {"jobset-twin", ".ci/run"}
DATA_FOLDERS = {"golden", "testdata"}

# Spelled so that this file does not match itself.
MACHINE_PATH = re.compile(r"(?<![\w.}$/-])/(?:" + "|".join(("work", "root")) + r")/")
LONG_LITERAL = re.compile(r'"(?:[^"\\]|\\.){60,}"')
TODO_WORD = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
TODO_WITH_REASON = re.compile(r"\bTO" + r"DO\(\w[^)]*\): \S.{14,}")


def isSource(path):
    return path in SOURCE_FILES or path.endswith(SOURCE_ENDINGS)


def isData(path):
    return any(part in DATA_FOLDERS for part in path.split("/")[:-1])


def strayCharacter(line):
    """The first character that nobody can see, or None."""
    for character in line:
        if character not in "\t\r" and (unicodedata.category(character) in ("Cc", "Cf", "Co", "Zl", "Zp")
                                        or character == "\u00a0"):
            return character
    return None


def mayBeLong(path, line):
    """A text that is clearer in one piece: an address, a long literal, a row of a table in a test."""
    if "https://" in line or 'R"' in line or LONG_LITERAL.search(line):
        return True
    return path.startswith("tests/") and '"' in line and len(line) <= 2 * COLUMNS_MAX


def lineBreaches(path, line):
    if MACHINE_PATH.search(line):
        yield "a path of somebody's machine"
    if isData(path):
        return
    if "\t" in line and not path.endswith(TABBED_ENDINGS):
        yield "a tab"
    if line != line.rstrip():
        yield "trailing white space"
    stray = strayCharacter(line)
    if stray:
        yield "a control or invisible character, U+%04X" % ord(stray)
    if isSource(path):
        if len(line) > COLUMNS_MAX and not mayBeLong(path, line):
            yield "%d columns, at most %d" % (len(line), COLUMNS_MAX)
        if TODO_WORD.search(line) and not TODO_WITH_REASON.search(line):
            yield "a TO" + "DO must read 'TO" + "DO(subject): why it is not done'"


def breaches(path, content):
    """Pairs of line number and text for one file given as bytes."""
    if b"\0" in content:
        return
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        if not isData(path):
            yield content.count(b"\n", 0, error.start) + 1, "invalid UTF-8"
        text = content.decode("utf-8", "replace")
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    elif not isData(path):
        yield len(lines), "no newline at the end"
    for number, line in enumerate(lines, 1):
        for breach in lineBreaches(path, line):
            yield number, breach
    if isSource(path) and len(lines) > LINES_MAX:
        yield LINES_MAX + 1, "%d lines, at most %d: more than one subject?" % (len(lines), LINES_MAX)
    if path.endswith(".hpp"):
        if not lines or not lines[0].startswith("// "):
            yield 1, "a header opens with a comment: what it defines, what not"
        if "#pragma once" not in lines:
            yield 1, "no #pragma once"


def main():
    root = sys.argv[1]
    found = count = 0
    for path in tree.files(root):
        count += 1
        with open(os.path.join(root, path), "rb") as file:
            content = file.read()
        for number, breach in breaches(path, content):
            found += 1
            print("%s:%d: %s" % (path, number, breach))
    if count < 10:
        print("only %d files under %s: is that the repository?" % (count, root))
        return 1
    print("%d files, %d breaches" % (count, found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
