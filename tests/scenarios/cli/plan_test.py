#!/usr/bin/env python3
"""Plans on the command line. Usage: plan_test.py PROGRAM."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "jobset-twin"
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
PLANS = os.path.join(ROOT, "scenarios", "plans")
TIME_MAX = 300  # seconds: hangs only

SMALL = """\
apiVersion: jobset-twin.dev/v1alpha1
kind: CapacityPlan
metadata: {name: small}
spec:
  nodes:
  - {name: node, count: {min: 1, max: 6}, price: 2.5, capacity: {cpu: "8"}, mtbf: 200h, repair: 1h}
  workloads:
  - {name: job, arrivals: {meanGap: 30m}, requests: {cpu: "8"}, runTime: exponential(30m)}
  serviceLevels:
  - {workload: job, share: 0.7, startWithin: 10m}
  period: {warmUp: 2h, arrivals: 1d}
  search: {runs: 16}
"""


def run(*arguments, text=None):
    return subprocess.run([PROGRAM, "plan", *arguments], input=text, capture_output=True, text=True, timeout=TIME_MAX,
                          check=False)


class Plans(unittest.TestCase):
    def test_answer(self):
        done = run("-", "-q", text=SMALL)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"^answer: \d node, \d+\.50 an hour|^answer: \d node, \d+\.00 an hour")
        for part in ["70 % of job start within 10m", "bottleneck: cpu", "one more node", "100 % more load",
                     "what breaks first", "theory says"]:
            self.assertIn(part, done.stdout)

    def test_the_same_whatever_the_workers(self):
        answers = [run("-", "-q", "--no-sensitivity", "--workers", workers, text=SMALL).stdout for workers in "12"]
        self.assertEqual(answers[0], answers[1])
        self.assertNotEqual(run("-", "-q", "--no-sensitivity", "--seed", "9", text=SMALL).stdout, answers[0])

    def test_progress_is_told_on_standard_error(self):
        done = run("-", "--no-sensitivity", text=SMALL)
        self.assertRegex(done.stderr, r"\d node: meets the levels after \d+ runs\n")

    def test_document(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "answer.json")
            done = run("-", "-q", "-o", "json", "-O", path, text=SMALL)
            self.assertEqual((done.returncode, done.stdout), (0, ""))
            with open(path, encoding="utf-8") as file:
                answer = json.load(file)
        self.assertEqual((answer["kind"], answer["outcome"]), ("PlanResult", "met"))
        self.assertEqual(answer["answer"]["finding"], "met")
        self.assertEqual(answer["answer"]["pricePerHour"], 2.5 * answer["answer"]["nodes"]["node"])
        low, high = answer["answer"]["levels"][0]["interval"]
        self.assertTrue(0.7 <= low <= answer["answer"]["levels"][0]["share"] <= high)
        self.assertEqual(len(answer["moreLoad"]), 3)

    def test_a_candidate_can_be_run_alone(self):
        printed = run("-", "--print-scenario", "2", text=SMALL)
        self.assertEqual(printed.returncode, 0)
        done = subprocess.run([PROGRAM, "run", "-", "-q", "-o", "json", "--objects", "none"], input=printed.stdout,
                              capture_output=True, text=True, timeout=TIME_MAX, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater(len(json.loads(done.stdout)["jobSets"]), 20)
        self.assertEqual(run("-", "--print-scenario", "2,3", text=SMALL).returncode, 1)

    def test_what_cannot_be_met(self):
        done = run("-", "-q", "--no-sensitivity", text=SMALL.replace("startWithin: 10m", "finishWithin: 1s"))
        self.assertEqual(done.returncode, 2)
        self.assertTrue(done.stdout.startswith("cannot be met; the closest is "), done.stdout)
        done = run(os.path.join(PLANS, "ettr.yaml"))
        self.assertEqual(done.returncode, 2)
        for part in ["cannot be met, however many nodes there are", "failure rate of a node: 0.938 instead of 6.5",
                     "time to write a checkpoint: 22.1 instead of 300 s", "time that a restart costs alone does not"]:
            self.assertIn(part, done.stdout)

    def test_spares(self):
        done = run(os.path.join(PLANS, "spares.yaml"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("spares: 6 of gpu, beside 1024 in use", done.stdout)
        self.assertIn("spares: 8 of gh200, beside 152 in use", done.stdout)

    def test_mistakes_have_their_places(self):
        for wrong, pattern in [
                (SMALL.replace("meanGap", "meanGab"), r'error: standard input:8:\d+: .*unknown field "spec\.workloads\[0\]\.arrivals'
                                                      r'\.meanGab"(.|\n)*did you mean "meanGap"\?'),
                (SMALL.replace("workload: job", "workload: jop"), r"error: standard input:10:\d+: .*serviceLevels\[0\]\.workload"),
                (SMALL.replace("CapacityPlan", "Scenario"), r"error: standard input:2:\d+: kind: "),
                (SMALL + "---\n" + SMALL, r"must have one document"),
                ("", r"must have one document")]:
            done = run("-", text=wrong)
            self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
            self.assertRegex(done.stderr, pattern)
        self.assertEqual(run().returncode, 1)

    def test_what_admission_refuses_is_told_before_any_run(self):
        manifest = {"apiVersion": "jobset.x-k8s.io/v1alpha2", "kind": "JobSet", "metadata": {"name": "Bad_Name"},
                    "spec": {"replicatedJobs": [{"name": "w", "template": {"spec": {"template": {"spec": {
                        "restartPolicy": "Never", "containers": [{"name": "c", "image": "x"}]}}}}}]}}
        wrong = SMALL.replace('requests: {cpu: "8"}, runTime: exponential(30m)', "object: " + json.dumps(manifest))
        done = run("-", text=wrong)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("Bad_Name", done.stderr)


if __name__ == "__main__":
    unittest.main()
