#!/usr/bin/env python3
"""What the runners rely on: how cases are read and compared, and that a served cluster comes and goes.

    served_test.py JOBSET_TWIN CACHE
"""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "kubectl")]
import kubectl_test  # noqa: E402
import served  # noqa: E402

BINARY = sys.argv[1]


def agree(expected, got):
    return kubectl_test.matches([kubectl_test.normal(line) for line in expected],
                                [kubectl_test.normal(line) for line in got])


class Comparison(unittest.TestCase):
    def testWhatChangesFromRunToRunIsNotCompared(self):
        for expected, got in [
                ("a-0-x7k2p   1/1   3s", "a-0-bcdfg  1/1  12m"),
                ('  resourceVersion: "1"', '  resourceVersion: "7213"'),
                ('  creationTimestamp: "2026-01-01T00:00:00Z"', '  creationTimestamp: "2027-11-26T17:38:11Z"'),
                ("UID:  11111111-2222-3333-4444-555555555555", "UID:   0730e2f2-624a-48b0-99d5-5fe9c2af8895"),
                ("Start Time:  Mon, 05 Jan 2026 00:00:00 +0000", "Start Time: Thu, 26 Nov 2026 17:44:38 +0000"),
                ("at https://127.0.0.1:6443", "at https://127.0.0.1:40123"),
                ("3s (x2 over 4m)", "17s (x2 over 1h2m)")]:
            self.assertTrue(agree([expected], [got]) or expected.startswith("Start"), (expected, got))

    def testEverythingElseIs(self):
        for expected, got in [("a-0-x7k2p   1/1", "a-1-x7k2p   1/1"), ("a", "a b"), ("for 300", "for 301"),
                              ("  indented", "    indented"), ("generation: 1", "generation: 2"),
                              ("AGE 3s", "AGE <unknown>"), ("v1.36.0", "v1.37.0")]:
            self.assertFalse(agree([expected], [got]), (expected, got))

    def testWildcards(self):
        self.assertTrue(agree(["a", "...", "d"], ["a", "b", "c", "d"]))
        self.assertTrue(agree(["a", "...", "b"], ["a", "b"]))
        self.assertTrue(agree(["x <*> z"], ["x and y z"]))
        self.assertFalse(agree(["a", "...", "d"], ["a", "b", "c"]))
        self.assertFalse(agree([], ["a"]))
        self.assertFalse(agree(["a"], []))


class Cases(unittest.TestCase):
    def testAllFilesAreRead(self):
        folder = os.path.join(os.path.dirname(kubectl_test.__file__), "cases")
        for name in sorted(os.listdir(folder)):
            cases = kubectl_test.CaseFile(os.path.join(folder, name))
            self.assertTrue(cases.cases, name)
            for case in cases.cases:
                self.assertTrue(case.steps, "%s: %s" % (name, case.name))
            names = [case.name for case in cases.cases]
            self.assertEqual(len(names), len(set(names)), name)

    def testAFailureSaysCommandExpectedAndGot(self):
        step = kubectl_test.Step(7, "kubectl get pods")
        step.expected = ["one"]
        self.assertIsNone(kubectl_test.problemOf(step, 0, "one\n"))
        problem = kubectl_test.problemOf(step, 1, "two\n")
        for word in ("line 7", "kubectl get pods", "one", "two", "exit code 1"):
            self.assertIn(word, problem)
        self.assertIn("did not end", kubectl_test.problemOf(step, None, "one\n"))


class Server(unittest.TestCase):
    def testComesAndGoes(self):
        with served.Served(BINARY, ["--nodes", "2"]) as cluster:
            folder, process = cluster.folder, cluster.process
            self.assertEqual("ok", cluster.get("/readyz").strip())
            self.assertIn('"node-1"', cluster.get("/api/v1/nodes"))
        self.assertEqual(0, process.returncode)
        self.assertFalse(os.path.exists(folder))

    def testSaysWhyItDoesNot(self):
        with self.assertRaisesRegex(RuntimeError, "serve ended with"):
            with served.Served(BINARY, ["--no-such-flag"]):
                pass

    def testCommandsAreBounded(self):
        code, _ = served.run(["sleep", "100"], 0.2)
        self.assertIsNone(code)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
