#!/usr/bin/env python3
"""docs/fidelity.md against the reference and the tests. Usage: fidelity.py ROOT; exit 1 and a line per breach.

Each rule of the reference's sections 1 to 8, 10 and 10b has one row `| id | how | what | test |`. `how` is exact,
approximate or not modelled; the first two name tests as they stand in the sources (`Suite.Test`, or `Suite.*`), and
every named test is there. Without the reference beside ROOT: exit 77, skipped.
"""

import os
import re
import sys

import tree

SECTIONS = ("1", "2", "3", "4", "5", "6", "7", "8", "10", "10b")
HOW = ("exact", "approximate", "not modelled")
TEST = re.compile(r"\b(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)")


def rulesOf(text):
    """The ids of all rules of SECTIONS, in order."""
    section = ""
    for line in text.splitlines():
        heading = re.match(r"## (\w+)\. ", line)
        if heading:
            section = heading.group(1)
        rule = re.match(r"(?:- |\| )(K-[A-Z]+-\d+)\b", line)
        if rule and section in SECTIONS:
            yield rule.group(1)


def testsOf(root):
    names = set()
    for path in tree.files(root):
        if path.startswith("tests/") and path.endswith(".cpp"):
            with open(os.path.join(root, path), encoding="utf-8") as file:
                names.update(TEST.findall(file.read()))
    return names


def rowsOf(text):
    """(line, id, how, tests) of each row of a rule."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\| K-[A-Z]+-\d+ \|", line):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            yield number, cells[0], cells[1] if len(cells) > 1 else "", cells[3] if len(cells) > 3 else ""


def breaches(rules, rows, tests):
    suites = {suite for suite, _ in tests}
    seen = {}
    for line, rule, how, named in rows:
        if rule in seen:
            yield f"docs/fidelity.md:{line}: {rule} has a row already, in line {seen[rule]}"
        seen[rule] = line
        if rule not in rules:
            yield f"docs/fidelity.md:{line}: the reference has no rule {rule} in its sections {', '.join(SECTIONS)}"
        if how not in HOW:
            yield f"docs/fidelity.md:{line}: {rule}: '{how}' is none of {', '.join(HOW)}"
        names = [name.strip(" `") for name in named.split(",") if name.strip(" `")]
        if not names and how != "not modelled":
            yield f"docs/fidelity.md:{line}: {rule}: no test shows it"
        for name in names:
            suite, _, test = name.partition(".")
            if suite not in suites or (test != "*" and (suite, test) not in tests):
                yield f"docs/fidelity.md:{line}: {rule}: there is no test {name}"
    for rule in rules:
        if rule not in seen:
            yield f"docs/fidelity.md: no row for {rule}"


def main(root):
    reference = os.path.join(root, "..", "shared", "spec", "kubernetes.md")
    if not os.path.exists(reference):
        print("the reference is not here: nothing is checked")
        return 1 if os.environ.get("JOBSET_TWIN_REQUIRE_SHARED") == "1" else 77
    with open(reference, encoding="utf-8") as file:
        rules = list(rulesOf(file.read()))
    with open(os.path.join(root, "docs", "fidelity.md"), encoding="utf-8") as file:
        rows = list(rowsOf(file.read()))
    found = list(breaches(rules, rows, testsOf(root)))
    for breach in found:
        print(breach)
    print(f"{len(rules)} rules, {len(rows)} rows, {len(found)} breaches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
