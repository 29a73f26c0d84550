#!/usr/bin/env python3
"""The real kubectl against `jobset-twin serve`: cases in files of cases/, one subject each.

    kubectl_test.py JOBSET_TWIN CACHE [--build] [--kubectl FILE] [-v] [SUBJECT...]

A file of cases starts its own served cluster. Its lines:

    server: ARGUMENTS       how it is served (before the first case; else as in USUALLY)
    needs: shared           only where the manifests of ../shared are, which are then at shared/
    # text                  says why
    == name                 a case; cases of a file build upon each other
    $ command               for bash; kubectl is the real one, manifests/ the folder here
    > more of the command
    text                    what it prints, output and errors together
    [1]                     its exit code, unless 0

The expected text is what a real kubectl prints with a real Kubernetes 1.36. Both texts are normalised alike: ages,
times, uids, versions of resources, random suffixes, addresses, ports, and how wide columns are. `<*>` stands for any
text within a line, a line `...` for any lines. Commands beside kubectl:

    till TEXT COMMAND...        prints the command's lines up to the first that matches, then ends the command
    eventually TEXT COMMAND...   repeats the command until its output matches, then prints that

CACHE is where kubectl is built. Exit code 77: it cannot be built here.
"""

import argparse
import os
import re
import shlex
import stat
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "clients"))
import served  # noqa: E402

COMMAND_SECONDS = 90
USUALLY = "--nodes 3 --speed 20 --no-warnings"  # a real server does not tell what a simulator lacks
VERSION = "v1.36.2"  # of go.mod
TOOL = """#!{python}
import os, re, signal, subprocess, sys, threading, time
kind, pattern, command = sys.argv[0].rsplit("/", 1)[-1], re.compile(sys.argv[1]), sys.argv[2:]
end = time.monotonic() + 70
if kind == "eventually":
    while True:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if pattern.search(done.stdout) or time.monotonic() > end:
            break
        time.sleep(0.1)
    sys.stdout.write(done.stdout)
    sys.exit(done.returncode)
process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
late = threading.Timer(70, process.terminate)
late.start()
for line in process.stdout:
    sys.stdout.write(line)
    sys.stdout.flush()
    if pattern.search(line):
        break
else:
    print("(ended without a line that matches)")
late.cancel()
process.terminate()
process.wait()
"""

# Order matters: what holds other patterns comes first.
NORMAL = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<time>"),
    (re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000"), "<time>"),
    (re.compile(r"(resourceVersion\"?: ?)\"\d+\""), r'\1"<version>"'),
    (re.compile(r"(Resource Version:\s+)\d+"), r"\1<version>"),
    (re.compile(r"(?<=-\d-)[bcdfghjklmnpqrstvwxz2456789]{5}\b"), "<suffix>"),
    (re.compile(r"\bhttps?://127\.0\.0\.1:\d+"), "<server>"),
    (re.compile(r"\b10\.\d+\.\d+\.\d+\b"), "<address>"),
    (re.compile(r"(?<![\w.:/-])(?=\d+[ydhms])(\d+y)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(?![\w-])"), "<age>"),
    (re.compile(r"(?<=\S)  +(?=\S)"), "  "),
    (re.compile(r"\s+$"), ""),
]


class Step:
    def __init__(self, line, command):
        self.line, self.command, self.expected, self.code = line, command, [], 0


class Case:
    def __init__(self, name):
        self.name, self.steps = name, []


class CaseFile:
    def __init__(self, path):
        self.subject = os.path.splitext(os.path.basename(path))[0]
        self.path, self.server, self.needs, self.cases = path, USUALLY, "", []
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file.read().split("\n"), 1):
                self._read(number, line)
        for step in (step for case in self.cases for step in case.steps):
            while step.expected and not step.expected[-1]:
                step.expected.pop()

    def _read(self, number, line):
        step = self.cases[-1].steps[-1] if self.cases and self.cases[-1].steps else None
        if line.startswith("== "):
            self.cases.append(Case(line[3:].strip()))
        elif not self.cases:
            key, _, value = line.partition(": ")
            if key in ("server", "needs"):
                setattr(self, key, value.strip())
            elif line and not line.startswith("#"):
                raise ValueError("%s:%d: before the first case: %s" % (self.path, number, line))
        elif line.startswith("$ "):
            self.cases[-1].steps.append(Step(number, line[2:]))
        elif step and line.startswith("> ") and not step.expected:
            step.command += "\n" + line[2:]
        elif step and re.fullmatch(r"\[\d+\]", line):
            step.code = int(line[1:-1])
        elif line.startswith("# "):
            pass
        elif step:
            step.expected.append(line)
        elif line:
            raise ValueError("%s:%d: before the first command: %s" % (self.path, number, line))


def normal(line):
    for pattern, by in NORMAL:
        line = pattern.sub(by, line)
    return line


def lineMatches(expected, got):
    pattern = "(?:.*)".join(re.escape(part) for part in expected.split("<*>"))
    return re.fullmatch(pattern, got) is not None


def matches(expected, got):
    """Lines against lines; `...` takes any number of them."""
    if not expected:
        return not got
    if expected[0] == "...":
        return any(matches(expected[1:], got[skipped:]) for skipped in range(len(got) + 1))
    return bool(got) and lineMatches(expected[0], got[0]) and matches(expected[1:], got[1:])


def problemOf(step, code, out):
    """None, or what is wrong with what a command printed."""
    got = out.split("\n")
    while got and not got[-1]:
        got.pop()
    if code == step.code and matches([normal(line) for line in step.expected], [normal(line) for line in got]):
        return None
    indent = lambda lines: "".join("    %s\n" % line for line in lines)
    ended = "did not end within %d s" % COMMAND_SECONDS if code is None else "exit code %d" % code
    return "  command (line %d)\n%s  expected, exit code %d\n%s  got, %s\n%s" % (
        step.line, indent(step.command.split("\n")), step.code, indent(step.expected), ended, indent(got))


def workFolder(cluster, kubectl):
    """Where the commands run: kubectl and the tools on the path, the manifests below."""
    folder = os.path.join(cluster.folder, "work")
    os.makedirs(os.path.join(folder, "bin"))
    os.makedirs(os.path.join(cluster.folder, "home"))
    os.symlink(kubectl, os.path.join(folder, "bin", "kubectl"))
    for tool in ("till", "eventually"):
        path = os.path.join(folder, "bin", tool)
        with open(path, "w", encoding="utf-8") as file:
            file.write(TOOL.format(python=sys.executable))
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    os.symlink(os.path.join(HERE, "manifests"), os.path.join(folder, "manifests"))
    if served.sharedFolder():
        os.symlink(served.sharedFolder(), os.path.join(folder, "shared"))
    return folder


def runStep(step, env, folder):
    return served.run(["bash", "-o", "pipefail", "-c", step.command], COMMAND_SECONDS, env=env, cwd=folder)


def runFile(cases, binary, kubectl, verbose):
    """(cases that passed, cases that failed) of one file."""
    passed, failed = 0, []
    started = time.monotonic()
    with served.Served(binary, shlex.split(cases.server)) as cluster:
        folder = workFolder(cluster, kubectl)
        env = cluster.environment(TMPDIR=cluster.folder)
        env["TMPDIR"] = cluster.folder
        env["PATH"] = os.path.join(folder, "bin") + ":" + env["PATH"]
        for case in cases.cases:
            problems = []
            for step in case.steps:
                code, out = runStep(step, env, folder)
                if verbose:
                    print("$ %s\n%s[%s]" % (step.command, out, code))
                problems += filter(None, [problemOf(step, code, out)])
            name = "%s: %s" % (cases.subject, case.name)
            print(("FAIL  " if problems else "ok    ") + name)
            for problem in problems:
                print(problem)
            sys.stdout.flush()
            if problems:
                failed.append(name)
            else:
                passed += 1
        if cluster.process.poll() is not None:
            failed.append(cases.subject + ": serve ended with %d:\n%s" % (cluster.process.returncode,
                                                                        cluster.serverLog()))
    print("%s: %d passed, %d failed, %.1f s" % (cases.subject, passed, len(failed), time.monotonic() - started))
    return passed, failed


def buildKubectl(cache):
    package = "k8s.io/component-base/version."
    flags = {"gitVersion": VERSION, "gitMajor": "1", "gitMinor": "36", "gitTreeState": "clean",
             "buildDate": "2026-01-01T00:00:00Z"}
    return served.goProgram(HERE, cache, "kubectl",
                            " ".join("-X %s%s=%s" % (package, name, value) for name, value in flags.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("binary")
    parser.add_argument("cache")
    parser.add_argument("subjects", nargs="*")
    parser.add_argument("--build", action="store_true", help="only build kubectl")
    parser.add_argument("--kubectl", help="one that is built already")
    parser.add_argument("-v", "--verbose", action="store_true")
    arguments = parser.parse_intermixed_args()
    kubectl = os.path.abspath(arguments.kubectl) if arguments.kubectl else buildKubectl(arguments.cache)
    if arguments.build:
        print("kubectl is there: " + os.path.basename(kubectl))
        return 0
    subjects = arguments.subjects or sorted(os.path.splitext(name)[0] for name in os.listdir(HERE + "/cases"))
    passed, failed, left_out = 0, [], []
    for subject in subjects:
        cases = CaseFile(os.path.join(HERE, "cases", subject + ".cases"))
        if cases.needs == "shared" and not served.sharedFolder():
            left_out.append(subject)
            continue
        of_file = runFile(cases, arguments.binary, kubectl, arguments.verbose)
        passed += of_file[0]
        failed += of_file[1]
    print("\n%d passed, %d failed, %d skipped" % (passed, len(failed), len(left_out)))
    for name in failed:
        print("  FAIL  " + name)
    if left_out and not passed and not failed:
        served.skip("the manifests of ../shared are not here")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
