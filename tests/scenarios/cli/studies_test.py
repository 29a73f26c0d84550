#!/usr/bin/env python3
"""The ready studies as a user meets them: each runs, and shows what its first comment says, with few replications.
Usage: studies_test.py PROGRAM.

Statements are about what holds in every run or by a wide margin, so that two replications are enough. (Gangs:
with these two seeds; one in twenty has the luck not to be stuck.)
"""

import functools
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "jobset-twin"
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
FOLDER = "scenarios/studies"
TIME_MAX = 300  # seconds: hangs only
MINUTE = 60


def run(*arguments):
    done = subprocess.run([PROGRAM, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=TIME_MAX, check=False)
    if done.returncode != 0:
        raise AssertionError("%s: %s" % (" ".join(arguments), done.stderr))
    return done.stdout


def whatif(path, *arguments):
    return run("whatif", path, "--replications", "2", "--results", "none", "-qq", *arguments)


@functools.lru_cache(maxsize=None)
def result(name):
    return json.loads(whatif("%s/%s.yaml" % (FOLDER, name), "-o", "json"))


def means(document, metric):
    """By label; without those that have the metric in no run."""
    return {one["label"]: one["metrics"][metric]["mean"]
            for one in document["alternatives"] if metric in one["metrics"]}


class Studies(unittest.TestCase):
    def check(self, document, alternatives):
        self.assertEqual(document["kind"], "StudyResult")
        self.assertEqual(len(document["alternatives"]), alternatives)
        self.assertEqual(document["runs"], 2 * alternatives)
        self.assertEqual([one["broken"] for one in document["alternatives"]], [0] * alternatives)

    def test_each_has_a_test(self):
        names = {name[:-5] for name in os.listdir(os.path.join(ROOT, FOLDER)) if name.endswith(".yaml")}
        tests = {name[5:].replace("_", "-") for name in dir(self) if name.startswith("test_")}
        self.assertGreaterEqual(len(names), 8)
        self.assertEqual(names - tests, set())

    def test_each_is_what_its_list_says(self):
        for name in sorted(os.listdir(os.path.join(ROOT, FOLDER))):
            if not name.endswith(".yaml"):
                continue
            with self.subTest(name):
                listed = run("whatif", "%s/%s" % (FOLDER, name), "--list")
                self.assertRegex(listed, r"\d+ alternatives, \d+ replications")

    def test_failure_policy(self):
        document = result("failure-policy")
        self.check(document, 8)
        completed, restarts, early = (means(document, name) for name in ("completed", "restarts", "gaveUpEarly"))
        for label in completed:
            if label.startswith("FailJobSet"):
                self.assertEqual(restarts[label], 0, label)
            if label.startswith("RestartJobSetAndIgnoreMaxRestarts"):
                self.assertEqual((completed[label], early[label]), (1, 0), label)
            self.assertAlmostEqual(completed[label] + early[label], 1, msg=label)

    def test_gang_scheduling(self):
        document = result("gang-scheduling")
        self.check(document, 6)
        completed = means(document, "completed")
        for nodes in (12, 18, 24):
            self.assertEqual(completed["gangs, nodes=%d" % nodes], 1)
        self.assertEqual((completed["no gangs, nodes=12"], completed["no gangs, nodes=24"]), (0, 1))
        ends = {one["label"]: one["ends"] for one in document["alternatives"]}
        self.assertEqual(ends["no gangs, nodes=12"], {"stuck": 2})

    def test_startup(self):
        document = result("startup")
        self.check(document, 6)
        makespan = means(document, "makespan")
        # The starts of two services one after the other, or side by side.
        self.assertAlmostEqual(makespan["startupPolicy, 5 min"] - makespan["dependsOn, 5 min"], 5 * MINUTE, delta=20)
        queueing = means(document, "queueing")
        self.assertLess(queueing["dependsOn, 5 min"], 1)
        self.assertGreater(queueing["no order, 5 min"], 5 * MINUTE)
        self.assertGreater(queueing["dependsOn, 20 s"], 5 * MINUTE)

    def test_restart_strategy(self):
        # 1,000 nodes take half a minute.
        with open(os.path.join(ROOT, FOLDER, "restart-strategy.yaml"), encoding="utf-8") as file:
            text = file.read()
        small, levels = re.subn(r"    - name: 1,000 nodes\n(?:      .*\n)*", "", text)
        self.assertEqual(levels, 1)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
            file.write(small.replace("base/", os.path.join(ROOT, FOLDER, "base/")))
            file.flush()
            document = json.loads(whatif(file.name, "-o", "json"))
        self.check(document, 3)
        self.assertEqual(set(means(document, "restarts").values()), {1})
        self.assertEqual(set(means(document, "completed").values()), {1})
        # In place: the Pods stay, their containers begin again.
        again = means(document, "podRestarts")
        self.assertEqual(again["Recreate, 100 nodes"], 0)
        self.assertGreaterEqual(again["InPlaceRestart, 100 nodes"], 100)

    def test_restart_strategy_10000(self):
        # It takes minutes: here only what would be run.
        listed = run("whatif", FOLDER + "/restart-strategy-10000.yaml", "--list")
        self.assertIn("3 alternatives", listed)
        self.assertEqual(listed.count("count=10000"), 3)

    def test_checkpoint_interval(self):
        document = result("checkpoint-interval")
        self.check(document, 7)
        makespan = list(means(document, "makespan").values())
        self.assertLess(makespan[3], makespan[0])
        self.assertLess(makespan[3], makespan[6])
        writing = list(means(document, "checkpointTime").values())
        self.assertEqual(writing, sorted(writing, reverse=True))
        page = whatif(FOLDER + "/checkpoint-interval.yaml")
        self.assertRegex(page, r"Daly")
        self.assertRegex(page, r"Young")

    def test_screening(self):
        document = result("screening")
        self.check(document, 40)
        shares = {one["name"]: one["share"] for one in document["screening"][0]["effects"]}
        self.assertGreater(shares["steps between checkpoints"], 0.05)
        self.assertGreater(shares["nodes"], 0.02)
        self.assertLess(shares["backoffLimit"], shares["steps between checkpoints"] / 5)

    def test_cost(self):
        document = result("cost")
        self.check(document, 12)
        cost, slo, makespan = (means(document, name) for name in ("cost", "slo", "makespan"))
        for nodes in (6, 8, 10, 12, 14, 16):
            self.assertLess(cost["spot, nodes=%d" % nodes], cost["on demand, nodes=%d" % nodes])
        for kind in ("on demand", "spot"):
            self.assertEqual((slo[kind + ", nodes=6"], slo[kind + ", nodes=14"]), (0, 1))
            self.assertGreater(makespan[kind + ", nodes=6"], makespan[kind + ", nodes=12"])

    def test_native_against_jobset(self):
        document = result("native-against-jobset")
        self.check(document, 12)
        completed, makespan = means(document, "completed"), means(document, "makespan")
        glue = ("Jobs", "Jobs + watchdog", "Jobs + watchdog in place")
        for label, share in completed.items():
            self.assertEqual(share, 0 if label == "Jobs, the leader dies" else 1, label)
        for what in ("nothing dies", "a worker dies"):
            for one in glue:
                self.assertAlmostEqual(makespan["%s, %s" % (one, what)], makespan["JobSet, " + what], delta=15)
        lost = {one: makespan[one + ", the leader dies"] - makespan["JobSet, the leader dies"] for one in glue[1:]}
        self.assertAlmostEqual(lost["Jobs + watchdog"], 9.5 * MINUTE, delta=MINUTE)  # the Job's back-off
        self.assertAlmostEqual(lost["Jobs + watchdog in place"], 0, delta=20)
        reasons = means(document, "failed.DeadlineExceeded")
        self.assertEqual(reasons["Jobs, the leader dies"], 2)

    def test_facts_of_native_against_jobset(self):
        facts = result("native-against-jobset")["facts"]
        self.assertEqual(len(facts), 7)
        lines = []
        for kind in ("jobset", "native", "watchdog"):
            with open("%s/%s/base/leader-and-workers-%s.yaml" % (ROOT, FOLDER, kind), encoding="utf-8") as file:
                lines.append(sum(1 for line in file if not line.startswith("#")))
        self.assertIn("%d as a JobSet, %d as Jobs, %d with the watchdog" % tuple(lines), facts["Upkeep"])
        left = []
        for kind in ("native", "jobset"):
            base = FOLDER + "/base/leader-and-workers"
            end = json.loads(run("run", base + ".yaml", "%s-%s.yaml" % (base, kind), "-o", "json"))
            ours = re.compile("(Job|JobSet|Pod|Service)/default/logs")
            left.append(sorted(name for name in end["objects"] if ours.match(name)))
        self.assertEqual(left, [["Service/default/logs"], []])

    def test_twice_the_same(self):
        path = FOLDER + "/gang-scheduling.yaml"
        self.assertEqual(whatif(path, "-o", "json", "-j", "1"), whatif(path, "-o", "json", "-j", "3"))


if __name__ == "__main__":
    unittest.main()
