#!/usr/bin/env python3
"""The layering of docs/architecture.md, checked twice. Usage: layers.py ROOT BUILD; exit 1 and a line per breach.

1. In the text: every #include "..." of the tree names a file from the root, of a layer that the including one may see.
2. In the build: with the compile options that BUILD/compile_commands.json gives to a layer's sources, a source that
   includes a header of a layer above must not compile, and one that includes a header of its own must. Only the
   preprocessor runs, so this takes milliseconds a pair.
"""

import collections
import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

import tree

# layer -> the layers it may include besides itself. The longest prefix of a path is its layer.
MAY_INCLUDE = {
    "engine/api": [],
    "engine/jobset": ["engine/api"],
    "engine/runtime": ["engine/api", "engine/jobset"],
    "engine/live": ["engine/api", "engine/jobset", "engine/runtime"],
    "sim/kernel": [],
    "sim/workload": ["engine/api", "sim/kernel"],
    "sim/apiserver": ["engine/api", "engine/jobset", "engine/runtime", "sim/kernel"],
    "sim/cluster": ["engine/api", "engine/jobset", "engine/runtime", "sim/kernel", "sim/workload", "sim/apiserver"],
}
MAY_INCLUDE["sim/faults"] = MAY_INCLUDE["sim/cluster"] + ["sim/cluster"]
MAY_INCLUDE["scenarios"] = MAY_INCLUDE["sim/faults"] + ["sim/faults"]
MAY_INCLUDE["viz"] = MAY_INCLUDE["scenarios"] + ["scenarios"]
MAY_INCLUDE["viz/viewer"] = MAY_INCLUDE["viz"] + ["viz"]
MAY_INCLUDE["scenarios/cli"] = MAY_INCLUDE["viz"] + ["viz", "engine/live"]
MAY_INCLUDE["bench"] = list(MAY_INCLUDE["scenarios/cli"])
MAY_INCLUDE["tests"] = MAY_INCLUDE["scenarios/cli"] + ["scenarios/cli"]

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def layerOf(path):
    """The layer of a path, or None outside the map."""
    return max((layer for layer in MAY_INCLUDE if path.startswith(layer + "/")), key=len, default=None)


def includeBreach(path, name):
    """What is wrong with the file `path` including "name", or None."""
    target = layerOf(name)
    if target is None or ".." in name.split("/"):
        return 'include "%s" does not name a file of a layer from the root' % name
    own = layerOf(path)
    if own is None:
        return 'a source outside the layers includes "%s"' % name
    if target != own and target not in MAY_INCLUDE[own]:
        return "%s may not include %s (\"%s\")" % (own, target, name)
    return None


def textBreaches(root):
    for path in tree.files(root):
        if not path.endswith((".cpp", ".hpp", ".h")):
            continue
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                match = INCLUDE.match(line)
                breach = match and includeBreach(path, match.group(1))
                if breach:
                    yield "%s:%d: %s" % (path, number, breach)


def compileOptions(root, build):
    """layer -> (compiler, its include options): those of the layer's first source in the compile commands."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    options = {}
    for entry in commands:
        layer = layerOf(os.path.relpath(entry["file"], root))
        if layer is None or layer in options or layer in ("tests", "bench"):
            continue
        words = shlex.split(entry["command"])
        compiler = next(word for word in words if re.search(r"\+\+(?:-\d+)?$", word))
        includes = []
        for index, word in enumerate(words):
            if word == "-isystem":
                includes += [word, words[index + 1]]
            elif word.startswith("-I"):
                includes.append(word)
        options[layer] = (compiler, includes)
    return options


def buildBreach(folder, compiler, includes, own_header, foreign_header):
    """Preprocesses a source in `folder` with one include: own_header must be found, else foreign_header must not."""
    header = own_header or foreign_header
    result = subprocess.run([compiler, "-x", "c++", "-std=c++20", "-E", "-o", os.devnull, *includes, "-"],
                            input='#include "%s"\n' % header, cwd=folder, capture_output=True, text=True, check=False)
    if own_header:
        return None if result.returncode == 0 else "cannot include its own %s:\n%s" % (header, result.stderr)
    missing = result.returncode != 0 and "fatal error" in result.stderr and header in result.stderr.splitlines()[0]
    return None if missing else "can include %s, of a layer that it must not see\n%s" % (header, result.stderr)


def buildBreaches(root, build):
    """Breaches, and the number of pairs tried."""
    headers = collections.OrderedDict()
    for path in tree.files(root):
        if path.endswith(".hpp") and layerOf(path) not in (None, "tests", "bench"):
            headers.setdefault(layerOf(path), path)
    jobs = []
    for layer, (compiler, includes) in compileOptions(root, build).items():
        for other, header in headers.items():
            if other == layer:
                jobs.append((layer, compiler, includes, header, None))
            # A folder inside the layer's own is visible by construction; the text check covers it.
            elif other not in MAY_INCLUDE[layer] and not other.startswith(tuple(seen + "/" for seen in
                                                                               [layer] + MAY_INCLUDE[layer])):
                jobs.append((layer, compiler, includes, None, header))
    # An empty folder: quoted includes are looked for in the source's own folder first.
    with tempfile.TemporaryDirectory() as empty, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda job: buildBreach(empty, *job[1:]), jobs))
    return ["%s %s" % (job[0], breach) for job, breach in zip(jobs, results) if breach], len(jobs)


def main():
    root, build = (os.path.realpath(path) for path in sys.argv[1:3])
    found = list(textBreaches(root))
    from_build, tried = buildBreaches(root, build)
    found += from_build
    for breach in found:
        print(breach)
    if tried == 0:
        print("no layer was tried: is %s a build folder?" % build)
        return 1
    print("%d pairs of layers compiled, %d breaches" % (tried, len(found)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
