#!/usr/bin/env python3
"""Studies on the command line: whatif, merge, compare. Usage: study_test.py PROGRAM [MPI PROGRAM].

The files of results are read with sqlite3, as users do.
"""

import csv
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

MPI_PROGRAM = os.path.abspath(sys.argv.pop(2)) if len(sys.argv) > 2 else ""
PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "jobset-twin"
TIME_MAX = 300  # seconds: hangs only

BASE = """\
apiVersion: jobset-twin.dev/v1alpha1
kind: Scenario
metadata: {name: base}
spec:
  duration: 10h
  behaviors:
  - match: {replicatedJob: workers}
    runTime: {lognormal: {median: 60s, sigma: 0.2}}
  faults:
  - {name: deaths, class: kill, pod: "train/workers/0/*", any: true, mtbf: 10m}
---
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: train}
spec:
  failurePolicy: {maxRestarts: 1}
  replicatedJobs:
  - name: workers
    template:
      spec:
        completions: 4
        parallelism: 4
        backoffLimit: 0
        template:
          spec:
            restartPolicy: Never
            containers: [{name: main, image: busybox}]
"""

STUDY = """\
apiVersion: jobset-twin.dev/v1alpha1
kind: Study
metadata: {name: small}
spec:
  base: {files: [base.yaml]}
  factors:
  - {name: maxRestarts, values: [0, 2, 20]}
  replications: 12
  metrics: [completed, makespan, restarts]
"""

MPIRUN = shutil.which("mpirun")


class StudyTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.write("base.yaml", BASE)
        self.write("study.yaml", STUDY)

    def tearDown(self):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def run_program(self, *arguments, code=0, program=(PROGRAM,), environment=None):
        result = subprocess.run([*program, *arguments], capture_output=True, text=True, timeout=TIME_MAX,
                                cwd=self.folder.name, check=False, env={**os.environ, **(environment or {})})
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result

    def rows(self, name, query):
        with sqlite3.connect(self.path(name)) as database:
            return database.execute(query).fetchall()

    def runs(self, name):
        return self.rows(name, "SELECT run, point, replication, seed, fingerprint, end_reason, events FROM runs")

    def test_report_results_and_exports(self):
        out = self.run_program("whatif", "study.yaml", "--csv", "runs.csv", "--html", "r.html", "--svg", "r.svg").stdout
        self.assertIn("study small: 3 alternatives, 12 replications, 36 runs", out)
        for label in ("maxRestarts=0", "maxRestarts=2", "maxRestarts=20"):
            self.assertIn(label, out)
        self.assertEqual(len(self.runs("small.sqlite")), 36)
        rows = list(csv.DictReader(io.StringIO(self.read("runs.csv"))))
        self.assertEqual(len(rows), 36)
        self.assertEqual({row["maxRestarts"] for row in rows}, {"0", "2", "20"})
        # What the file says is what the rows say.
        for point, metric, count, mean in self.rows("small.sqlite", "SELECT point, metric, count, mean FROM summaries"):
            values = self.rows("small.sqlite", "SELECT value FROM metrics JOIN runs USING (run) WHERE metric = '%s' AND "
                               "point = %d" % (metric, point))
            self.assertEqual(len(values), count)
            self.assertAlmostEqual(sum(value for value, in values) / count, mean, places=9)
        self.assertIn("<svg", self.read("r.svg"))
        self.assertIn("</html>", self.read("r.html"))
        document = json.loads(self.run_program("whatif", "study.yaml", "-o", "json", "--resume").stdout)
        self.assertEqual(document["kind"], "StudyResult")
        self.assertEqual([one["label"] for one in document["alternatives"]],
                         ["maxRestarts=0", "maxRestarts=2", "maxRestarts=20"])
        # More restarts, more that complete: each with the same failures.
        means = [one["metrics"]["completed"]["mean"] for one in document["alternatives"]]
        self.assertLess(means[0], means[2])

    def test_results_do_not_depend_on_the_number_of_workers(self):
        self.run_program("whatif", "study.yaml", "--results", "1.sqlite", "-j", "1")
        self.run_program("whatif", "study.yaml", "--results", "5.sqlite", "-j", "5")
        dump = "SELECT * FROM runs JOIN metrics USING (run) ORDER BY run, metric"
        self.assertEqual(self.rows("1.sqlite", dump), self.rows("5.sqlite", dump))
        self.assertEqual(self.rows("1.sqlite", "SELECT * FROM summaries"), self.rows("5.sqlite", "SELECT * FROM summaries"))

    def test_each_run_can_be_run_alone(self):
        self.run_program("whatif", "study.yaml")
        for number, point, _, seed, fingerprint, _, _ in self.runs("small.sqlite")[::7]:
            alone = json.loads(self.run_program("whatif", "study.yaml", "--run", str(number), "-o", "json").stdout)
            self.assertEqual((alone["fingerprint"], str(alone["seed"])), (fingerprint, seed))
            # And by its command, as the file has it.
            [(command,)] = self.rows("small.sqlite", "SELECT command FROM points WHERE point = %d" % point)
            shell = command.replace("./jobset-twin", PROGRAM) + " --seed %s -o json" % seed
            again = subprocess.run(shell, shell=True, capture_output=True, text=True, cwd=self.folder.name, check=True)
            self.assertEqual(json.loads(again.stdout)["fingerprint"], fingerprint)

    def test_goes_on_where_it_was(self):
        self.run_program("whatif", "study.yaml", "--replications", "3")
        refused = self.run_program("whatif", "study.yaml", code=1)
        self.assertIn("small.sqlite is there already, with 9 runs of this study", refused.stderr)
        self.assertEqual(refused.stdout, "")
        before = self.runs("small.sqlite")
        self.run_program("whatif", "study.yaml", "--resume")
        self.run_program("whatif", "study.yaml", "--results", "whole.sqlite")
        self.assertEqual(self.runs("small.sqlite"), self.runs("whole.sqlite"))
        self.assertEqual(self.runs("small.sqlite")[:9], before)
        fewer = self.run_program("whatif", "study.yaml", "--resume", "--replications", "3")
        self.assertRegex(fewer.stderr, r"small.sqlite has \d+ replications already: all of them count")
        # The base changed: these are other runs.
        self.write("base.yaml", BASE.replace("60s", "61s"))
        self.assertIn("another study", self.run_program("whatif", "study.yaml", "--resume", code=1).stderr)
        self.run_program("whatif", "study.yaml", "--overwrite", "--replications", "2")
        self.assertEqual(len(self.runs("small.sqlite")), 6)
        self.write("mine.txt", "not yours")
        self.run_program("whatif", "study.yaml", "--overwrite", "--results", "mine.txt", code=1)
        self.assertEqual(self.read("mine.txt"), "not yours")

    def test_interrupted_keeps_what_is_finished(self):
        program = subprocess.Popen([PROGRAM, "whatif", "study.yaml", "--replications", "100000"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder.name)
        deadline = time.monotonic() + TIME_MAX
        while time.monotonic() < deadline:
            # To look into a file that is not there would make it.
            if os.path.exists(self.path("small.sqlite")):
                try:
                    if len(self.runs("small.sqlite")) >= 10:
                        break
                except sqlite3.OperationalError:
                    pass  # its tables are not there yet
            time.sleep(0.05)
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=TIME_MAX)
        self.assertEqual(program.returncode, 130, err)
        self.assertIn("go on with --resume", err)
        kept = len(self.runs("small.sqlite"))
        self.assertGreaterEqual(kept, 10)
        self.assertIn("%d runs" % kept, out)

    def test_parts_merge_to_the_whole(self):
        self.run_program("whatif", "study.yaml", "--results", "whole.sqlite")
        parts = []
        for i in range(3):
            parts.append("part-%d.sqlite" % i)
            out = self.run_program("whatif", "study.yaml", "--shards", "3", "--results", parts[-1],
                                   environment={"JOB_COMPLETION_INDEX": str(i)})
            self.assertIn("part %d of 3: 12 runs" % i, out.stdout)
        out = self.run_program("merge", *parts, "--results", "all.sqlite")
        self.assertIn("36 runs", out.stdout)
        for query in ("SELECT * FROM runs", "SELECT * FROM metrics", "SELECT * FROM summaries", "SELECT * FROM points"):
            self.assertEqual(self.rows("all.sqlite", query), self.rows("whole.sqlite", query))
        few = self.run_program("merge", *parts[:2], "--results", "few.sqlite")
        self.assertIn("12 runs are in no part", few.stderr)
        os.mkdir(self.path("folder"))
        for part in parts:
            shutil.copy(self.path(part), self.path("folder"))
        self.run_program("merge", "folder", "--results", "folder/all.sqlite")
        self.assertEqual(self.runs("folder/all.sqlite"), self.runs("whole.sqlite"))
        self.assertIn("needs --shard", self.run_program("whatif", "study.yaml", "--shards", "3", code=1).stderr)

    def test_emitted_jobset_runs_in_the_simulator(self):
        manifest = self.run_program("whatif", "study.yaml", "--shards", "4", "--emit-jobset", "--image", "x/y:1",
                                    "--seed", "9").stdout
        self.assertRegex(manifest, r"(?s)--seed.{1,20}9")
        for text in ("kind: JobSet", "kind: ConfigMap", "image: x/y:1", "part-$(JOB_COMPLETION_INDEX).sqlite"):
            self.assertIn(text, manifest)
        self.write("emitted.yaml", manifest)
        run = json.loads(self.run_program("run", "emitted.yaml", "-o", "json").stdout)
        self.assertEqual([one["terminalState"] for one in run["jobSets"]], ["Completed"])
        pods = [name for name in run["objects"] if name.startswith("Pod/")]
        self.assertEqual(len([name for name in pods if "-parts-0-" in name]), 4)
        self.assertEqual(len([name for name in pods if "-merge-0-" in name]), 1)

    def test_compare(self):
        self.run_program("whatif", "study.yaml", "--results", "a.sqlite")
        same = self.run_program("compare", "a.sqlite", "a.sqlite", "--tolerance", "0%")
        self.assertIn("36 of 36 runs with the same seed are the same run", same.stdout)
        self.write("base.yaml", BASE.replace("median: 60s", "median: 90s"))
        self.run_program("whatif", "study.yaml", "--results", "b.sqlite")
        self.assertIn("makespan", self.run_program("compare", "a.sqlite", "b.sqlite").stdout)
        worse = self.run_program("compare", "a.sqlite", "b.sqlite", "--tolerance", "makespan=5%", code=2)
        self.assertIn("moved further than their tolerance", worse.stderr)
        self.run_program("compare", "b.sqlite", "a.sqlite", "--tolerance", "makespan=5%")
        document = json.loads(self.run_program("compare", "a.sqlite", "b.sqlite", "-o", "json").stdout)
        self.assertEqual(document["kind"], "StudyComparison")
        for arguments in (("a.sqlite",), ("a.sqlite", "none.sqlite"), ("a.sqlite", "base.yaml"),
                          ("a.sqlite", "b.sqlite", "--tolerance", "makspan=5%")):
            self.assertEqual(self.run_program("compare", *arguments, code=1).stdout, "")

    def test_compare_sees_what_is_gone_and_what_is_new(self):
        self.run_program("whatif", "study.yaml", "--results", "a.sqlite")

        def spoilt(script):
            shutil.copy(self.path("a.sqlite"), self.path("b.sqlite"))
            with sqlite3.connect(self.path("b.sqlite")) as database:
                database.executescript(script)
            database.close()

        some = "SELECT run FROM runs WHERE point = 2"
        table = (
            ("", "5%", 0, ""),
            ("DELETE FROM metrics WHERE metric = 'makespan'", "makespan=30s", 2, "maxRestarts=20: 0 of 12 runs of B have makespan"),
            ("DELETE FROM metrics WHERE metric = 'makespan'", "restarts=5", 0, ""),
            ("INSERT INTO metrics SELECT run, 'failed.New', 1 FROM runs", "failed.New=0", 2, "moved further"),
            ("UPDATE points SET label = 'other' WHERE point = 2", "5%", 2, "maxRestarts=20: is not in B"),
            ("DELETE FROM metrics WHERE run IN (%s); UPDATE runs SET problem = 'broke' WHERE run IN (%s)" % (some, some),
             "5%", 2, "maxRestarts=20: 12 runs of B broke, and 0 of A"),
        )
        for script, tolerance, code, text in table:
            spoilt(script)
            result = self.run_program("compare", "a.sqlite", "b.sqlite", "--tolerance", tolerance, code=code)
            self.assertIn(text, result.stderr, script)
            # Without a tolerance it only reports.
            self.run_program("compare", "a.sqlite", "b.sqlite")
        spoilt(table[1][0])
        only = self.run_program("compare", "a.sqlite", "b.sqlite", "--metric", "makespan")
        self.assertRegex(only.stdout, r"maxRestarts=20 +makespan .* - +in fewer runs")

    def test_bad_studies_say_where_and_what(self):
        table = (
            ("maxRestarts", "maxRestart", r'bad\.yaml:7:\d+: factor "maxRestart": no document has a field'),
            ("values: [0, 2, 20]", "values: []", r"bad\.yaml:7:\d+: .*one value at least"),
            ("values: [0, 2, 20]", "range: {from: 3, to: 3}", r"bad\.yaml:7:\d+: .*is empty"),
            ("base.yaml", "bas.yaml", r"bad\.yaml:5:\d+: .*bas\.yaml cannot be read"),
            ("restarts]", "restart]", r"did you mean \"restarts\""),
            ("values: [0, 2, 20]", "values: [0, many]", r'base\.yaml: .*maxRestarts.*\n.*set by "maxRestarts=.*many.*(?s:.*)"maxRestarts=many" cannot be run'),
            ("replications: 12", "replications: 0", r"bad\.yaml:8:\d+: .*greater than or equal to 1"),
        )
        for old, new, pattern in table:
            self.write("bad.yaml", STUDY.replace(old, new, 1))
            result = self.run_program("whatif", "bad.yaml", code=1)
            self.assertEqual(result.stdout, "", new)
            self.assertRegex(result.stderr, pattern)
            self.assertFalse(os.path.exists(self.path("small.sqlite")), new)
        self.assertRegex(self.run_program("whatif", "base.yaml", code=1).stderr, "one document of kind Study")
        self.assertRegex(self.run_program("run", "study.yaml", code=1).stderr, "whatif")

    def test_mistakes_are_seen_before_anything_runs(self):
        self.write("priced.yaml", STUDY + "  prices: {gpuu: 3}\n")
        self.assertRegex(self.run_program("whatif", "priced.yaml", "--replications", "1", "--results", "none").stderr,
                         'no node pool "gpuu"')
        self.write("broken.yaml", STUDY.replace("values: [0, 2, 20]", "values: [0, many]"))
        self.run_program("whatif", "broken.yaml", "--list", code=1)
        for flags, pattern in (
            (("--csv", "not/there.csv"), "not/there.csv"),
            (("--run", "36"), "of 36 runs the last is 35"),
            (("--run", "1", "--html", "x.html"), "--run is one run"),
        ):
            self.assertRegex(self.run_program("whatif", "study.yaml", *flags, code=1).stderr, pattern)
            self.assertFalse(os.path.exists(self.path("small.sqlite")), flags)

    def test_set_changes_a_run(self):
        out = json.loads(self.run_program("run", "base.yaml", "--set", "maxRestarts=7", "-o", "json").stdout)
        self.assertEqual(out["objects"]["JobSet/default/train"]["spec"]["failurePolicy"]["maxRestarts"], 7)
        wrong = self.run_program("run", "base.yaml", "--set", "JobSet/trian:/spec/suspend=true", code=1)
        self.assertIn("did you mean JobSet/train?", wrong.stderr)

    @unittest.skipUnless(MPIRUN and MPI_PROGRAM, "mpirun or jobset-twin-mpi is not there")
    def test_mpirun_gives_the_same_runs(self):
        self.run_program("whatif", "study.yaml", "--results", "plain.sqlite")
        environment = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                       "OMPI_MCA_btl_vader_single_copy_mechanism": "none", "OMPI_MCA_rmaps_base_oversubscribe": "1"}
        mpirun = (MPIRUN, "-n", "3", MPI_PROGRAM)
        result = self.run_program("whatif", "study.yaml", "--results", "mpi.sqlite", program=mpirun,
                                  environment=environment)
        self.assertEqual(result.stdout.count("study small: 3 alternatives"), 1)
        self.assertEqual(self.runs("mpi.sqlite"), self.runs("plain.sqlite"))
        self.write("bad.yaml", STUDY.replace("maxRestarts", "maxRestart"))
        wrong = self.run_program("whatif", "bad.yaml", program=mpirun, code=1, environment=environment)
        self.assertEqual(len(re.findall("no document has a field", wrong.stderr)), 1)


if __name__ == "__main__":
    unittest.main()
