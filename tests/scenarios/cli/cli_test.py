#!/usr/bin/env python3
"""The command line, seen from outside: exit code, standard output, standard error. Usage: cli_test.py PROGRAM.

A table of command lines. Bad input of every kind ends with exit code 1, a message on standard error and nothing on
standard output. The program is that of the same build tree, so that it runs with its sanitizers.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "jobset-twin"
TIME_MAX = 300  # seconds: hangs only

JOBSET = """\
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata:
  name: small
spec:
  replicatedJobs:
  - name: workers
    replicas: 2
    template:
      spec:
        parallelism: 1
        completions: 1
        backoffLimit: 0
        template:
          spec:
            restartPolicy: Never
            containers:
            - name: main
              image: busybox
              command: ["sleep", "5"]
"""

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  clusterIP: None\n"
ALIASES = "".join("a%d: &a%d [%s]\n" % (i, i, ", ".join(["*a%d" % (i - 1)] * 10 if i else ["x"] * 10))
                  for i in range(9))

# name -> (content, pattern on standard error)
BAD_FILES = {
    "malformed YAML": ("a: [1, 2\nb: }", r"error: .*bad\.yaml:\d+:\d+: "),
    "malformed JSON": ('{"a": [1, 2', r"error: .*bad\.yaml:\d+"),
    "a tab as indentation": ("a:\n\tb: 1\n", r"error: .*bad\.yaml:2"),
    "a list at the top": ("- a\n- b\n", r"error: .*bad\.yaml"),
    "a word at the top": ("hello\n", r"error: .*bad\.yaml"),
    "no kind": ("apiVersion: v1\nmetadata:\n  name: a\n", r"error: .*bad\.yaml.*kind"),
    "no apiVersion": ("kind: Pod\nmetadata:\n  name: a\n", r"error: .*bad\.yaml.*apiVersion"),
    "no name": (JOBSET.replace("  name: small\n", "  labels: {}\n"), r"error: .*bad\.yaml.*name"),
    "a wrong type": (JOBSET.replace("replicas: 2", 'replicas: "two"'), r"error: .*bad\.yaml:8:\d+: .*replicas"),
    "an unknown field": (JOBSET.replace("replicas: 2", "replica: 2"),
                         r'error: .*bad\.yaml:8:\d+: .*unknown field "spec\.replicatedJobs\[0\]\.replica"'),
    "a duplicate key": (JOBSET.replace("replicas: 2", "replicas: 2\n    replicas: 3"), r"error: .*bad\.yaml:9:\d+: "),
    "a huge number": (JOBSET.replace("replicas: 2", "replicas: 99999999999999999999"), r"error: .*bad\.yaml:8:\d+: "),
    "more than int32": (JOBSET.replace("replicas: 2", "replicas: 4294967296"), r"error: .*bad\.yaml:8:\d+: "),
    "deep nesting": ("a: " + "[" * 5000 + "]" * 5000, r"error: .*bad\.yaml:1:\d+: "),
    "deep nesting in JSON": ('{"a": ' + "[" * 5000 + "]" * 5000 + "}", r"error: .*bad\.yaml:1"),
    "aliases that multiply": (ALIASES, r"error: .*bad\.yaml:\d+"),
    "an unknown alias": ("a: *nobody\n", r"error: .*bad\.yaml:1"),
    "invalid UTF-8": (b"apiVersion: v1\nkind: \xff\xfe\n", r"error: .*bad\.yaml:2"),
    "a binary file": (bytes(range(256)) * 16, r"error: .*bad\.yaml"),
    "an empty file": ("", r"error: .*"),
    "only comments": ("# nothing\n---\n# here\n", r"error: .*"),
    "the same name twice": (JOBSET + "---\n" + JOBSET, r"error: .*(already exists|is given twice)"),
    "a name that is none": (JOBSET.replace("name: small", "name: Not_A_Name"),
                            r"error: .*bad\.yaml:4:\d+: metadata\.name: "),
    "an API server's refusal": (JOBSET.replace("name: workers", "name: Workers"), r"error: .*bad\.yaml:7:\d+: spec\."),
    "a required field is absent": (JOBSET.replace("        template:\n          spec:\n            restart",
                                                  "        temp:\n          spec:\n            restart"),
                                   r"error: .*bad\.yaml"),
}

# command line, exit code, pattern on standard error ("" : nothing), pattern on standard output ("" : nothing)
LINES = [
    ([], 1, r"error: no command is given; .*run.*\nsee jobset-twin --help", ""),
    (["runn", "a.yaml"], 1, r"error: unknown command 'runn'; did you mean run\?\nsee jobset-twin --help", ""),
    (["--sed"], 1, r"error: unknown flag --sed", ""),
    (["run"], 1, r"error: run needs a file.*\nsee jobset-twin run --help", ""),
    (["run", "a.yaml", "--sed", "1"], 1, r"error: unknown flag --sed of run; did you mean --seed\?\nsee", ""),
    (["run", "good.yaml", "--seed", "-1"], 1, r"error: --seed: must be a whole number", ""),
    (["run", "good.yaml", "--seed", "99999999999999999999"], 1, r"error: --seed: must be a whole number", ""),
    (["run", "good.yaml", "--nodes", "0"], 1, r"error: --nodes: must be a whole number from 1", ""),
    (["run", "good.yaml", "--until", "soon"], 1, r"error: --until: .*write for example 90s", ""),
    (["run", "good.yaml", "--until=-5s"], 1, r"error: --until: must not be negative", ""),
    (["run", "good.yaml", "-o", "jsn"], 1, r"error: --output: must be one of .*did you mean json\?", ""),
    (["run", "good.yaml", "--timeline", "loud"], 1, r"error: --timeline: must be one of", ""),
    (["run", "good.yaml", "--color", "red"], 1, r"error: --color: must be one of", ""),
    (["run", "good.yaml", "--kubernetes-version", "1.2"], 1, r"error: --kubernetes-version: must be one of", ""),
    (["run", "good.yaml", "--feature-gates", "NoSuchGate=true"], 1, r"error: .*NoSuchGate", ""),
    (["run", "good.yaml", "--watch-only", "-o", "json"], 1, r"error: --watch-only", ""),
    (["run", "good.yaml", "--replications", "2", "--trace", "t.json"], 1, r"error: --trace is of one run", ""),
    (["run", "good.yaml", "-o", "json", "-O", "no/such/folder/x.json"], 1, r"error: no/such/folder/x\.json: ", ""),
    (["run", "good.yaml", "--save", "w"], 1, r"error: --save needs --until", ""),
    (["run", "good.yaml", "--from", "w"], 1, r"error: --from goes on with a saved run", ""),
    (["run", "--from", "good.yaml"], 1, r"error: good\.yaml: .*\nhint: --from takes what", ""),
    (["run", "missing.yaml"], 1, r"error: missing\.yaml: cannot be opened: No such file", ""),
    (["run", "folder"], 1, r"error: folder: is a directory.*\nhint: ", ""),
    (["run", "-", "-"], 1, r"error: standard input: is named more than once", ""),
    (["run", "good.yaml", "good.yaml"], 1, r"error: .*(already exists|is given twice)", ""),
    (["run", "good.yaml", "--fault", "kil pod=small/workers/0/0 at=1s"], 1,
     r"error: --fault:1:1: class: Unsupported value: .*\n +1 \| kil pod.*\n.*\nhint: did you mean \"kill\"\?", ""),
    (["run", "good.yaml", "--fault", "kill pod=workers at=1s", "--fault", "kill any at=soon"], 1,
     r"error: --fault:2:13: at: Invalid value: \"soon\"", ""),
    (["run", "good.yaml", "--fault", "kill pod=small/workers/*/0 at=1s"], 1,
     r"error: --fault:1:1: fault kill-1 .*: default/small/workers/0/0, default/small/workers/1/0\n[^@]*\nhint: say any", ""),
    (["validate", "good.yaml", "--fault", "node-fail at=1s"], 1, r"error: --fault:1:1: fault node-fail-1 .*: node-0", ""),
    (["run", "good.yaml", "-q", "--fault", "kill pod=small/worker/0/0 at=3s"], 0,
     r"warning: --fault:1: fault kill-1 .* hit nothing: .*the nearest is small/workers/0/0\n", r"fingerprint"),
    (["run", "good.yaml", "--fault", "kill pod=small/workers/0/0 at=4s name=x"], 0, "",
     r"(?m)^ *00:04\.000  pod/small-workers-0-0-\w+ +fault x \(kill\): its containers killed$"),
    (["run", "--help"], 0, "", r"--fault 'kill pod=train/workers/0/1 at=30s'"),
    (["validate"], 1, r"error: validate needs a file", ""),
    (["validate", "missing.yaml"], 1, r"error: missing\.yaml", ""),
    (["validate", "good.yaml"], 0, "", r"^good\.yaml:1: jobset\.jobset\.x-k8s\.io/small is valid\n$"),
    (["validate", "good.yaml", "-o", "name"], 0, "", r"^jobset\.jobset\.x-k8s\.io/small\n$"),
    (["validate", "good.yaml", "-o", "yaml"], 0, "",
     r"(?s)^apiVersion: jobset\.x-k8s\.io/v1alpha2\n.*startupPolicyOrder: AnyOrder"),
    (["diff", "good.yaml"], 1, r"error: diff compares two files, got 1", ""),
    (["diff", "good.yaml", "good.yaml"], 1, r"error: good\.yaml: is neither a RunResult nor a trace file", ""),
    (["diff", "missing.json", "good.yaml"], 1, r"error: missing\.json", ""),
    (["explain"], 1, r"error: explain needs a topic", ""),
    (["explain", "everything"], 1, r"error: TOPIC: must be one of timing", ""),
    (["explain", "timing"], 0, "", r"(?s)^ID +SCENARIO FIELD +DEFAULT.*K-T-50 +timing\.job\.syncBatch +1s"),
    (["completion"], 1, r"error: completion needs a shell", ""),
    (["completion", "tcsh"], 1, r"error: SHELL: must be one of bash, zsh, fish", ""),
    (["completion", "zsh"], 0, "", r"^#compdef jobset-twin"),
    (["completion", "fish"], 0, "", r"complete -c jobset-twin"),
    (["version"], 0, "", r"^jobset-twin \d+\.\d+\.\d+ "),
    (["--version"], 0, "", r"^jobset-twin \d+\.\d+\.\d+ "),
    (["version", "now"], 1, r"error: version does not take the argument 'now'", ""),
    (["help"], 0, "", r"(?s)Usage: jobset-twin COMMAND.*Commands:.*exit-codes"),
    (["--help"], 0, "", r"(?s)Usage: jobset-twin COMMAND.*Commands:"),
    (["help", "exit-codes"], 0, "", r"(?s)\b0 .*\b1 .*\b2 .*\b70 .*\b130 "),
    (["help", "run"], 0, "", r"(?s)Usage: jobset-twin run .*Examples:.*Input:.*World:.*Output:.*General:"),
    (["help", "runn"], 1, r"error: there is no command or help topic 'runn'; did you mean run\?", ""),
    (["run", "--help"], 0, "", r"(?s)--validate strict\|warn\|ignore.*\(default strict\)"),
    (["run", "good.yaml", "--print-scenario"], 0, "", r"(?s)kind: Scenario"),
    (["run", "good.yaml", "-o", "name"], 0, "", r"(?m)^jobset\.jobset\.x-k8s\.io/small$"),
    (["run", "good.yaml", "-o", "yaml", "--objects", "none"], 0, "", r"(?m)^kind: RunResult$"),
    (["run", "good.yaml", "--replications", "3", "-q"], 0, "", r"(?s)end of the run +3 .*finish of default/small +3 "),
    (["run", "good.yaml", "-q"], 0, "",
     r"jobset-twin \S+, scenario [0-9a-f]{16}, seed 1, fingerprint [0-9a-f]{32}; again: "
     r"\./jobset-twin run good\.yaml -q --seed 1\n$"),
]


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.write("good.yaml", JOBSET)
        os.mkdir(os.path.join(self.folder.name, "folder"))

    def tearDown(self):
        self.folder.cleanup()

    def write(self, name, content):
        with open(os.path.join(self.folder.name, name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())

    def read(self, name):
        with open(os.path.join(self.folder.name, name), encoding="utf-8") as file:
            return file.read()

    def run_program(self, *arguments, stdin=b"", environment=None):
        result = subprocess.run([PROGRAM, *arguments], input=stdin, capture_output=True, cwd=self.folder.name,
                                timeout=TIME_MAX, env={**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})})
        return result.returncode, result.stdout.decode(), result.stderr.decode()

    def run_json(self, *arguments):
        code, out, err = self.run_program("run", *arguments, "-o", "json")
        self.assertEqual(code, 0, err)
        return json.loads(out)

    def check(self, text, pattern, what):
        if pattern:
            self.assertRegex(text, pattern, what)
        else:
            self.assertEqual(text, "", what)

    def test_bad_files(self):
        for name, (content, pattern) in BAD_FILES.items():
            self.write("bad.yaml", content)
            for command in ("run", "validate"):
                with self.subTest(name, command=command):
                    code, out, err = self.run_program(command, "bad.yaml")
                    self.assertEqual(code, 1, err)
                    self.assertEqual(out, "")
                    self.assertRegex(err, pattern)
                    self.assertNotIn("a bug in jobset-twin", err)

    def test_lines(self):
        for arguments, want, err_pattern, out_pattern in LINES:
            with self.subTest(" ".join(arguments)):
                code, out, err = self.run_program(*arguments)
                self.assertEqual(code, want, err)
                self.check(err, err_pattern, "standard error")
                self.check(out, out_pattern, "standard output")

    def test_many_errors_are_counted(self):
        self.write("bad.yaml", "---\n".join(CONFIG_MAP + "b%d: {}\nbad: [\n" % i for i in range(30)))
        code, out, err = self.run_program("run", "bad.yaml")
        self.assertEqual((code, out), (1, ""))
        self.assertLessEqual(err.count("error: bad.yaml"), 20)
        self.assertRegex(err, r"error: \d+ more like these")

    def test_errors_show_the_line(self):
        self.write("bad.yaml", JOBSET.replace("replicas: 2", "replica: 2"))
        code, _, err = self.run_program("run", "bad.yaml")
        self.assertEqual(code, 1)
        self.assertRegex(err, r"    8 \|     replica: 2\n      \|     \^\n")

    def test_text_of_a_file_cannot_steer_the_terminal(self):
        self.write("bad.yaml", JOBSET.replace("replicas: 2", '"\x1b[31mred": 2'))
        _, _, err = self.run_program("run", "bad.yaml", environment={"NO_COLOR": "1"})
        self.assertNotIn("\x1b", err)

    def test_colour_only_where_asked_for(self):
        for flags, colored in ((["--color=always"], True), (["--color=never"], False), ([], False)):
            _, _, err = self.run_program("run", "missing.yaml", *flags)
            self.assertEqual("\x1b[" in err, colored, flags)

    def test_result(self):
        result = self.run_json("good.yaml", "--seed", "7")
        self.assertEqual((result["apiVersion"], result["kind"]), ("jobset-twin.dev/v1alpha1", "RunResult"))
        self.assertEqual((result["seed"], result["endReason"]), (7, "finished"))
        self.assertEqual(result["startTime"], "2026-01-01T00:00:00Z")
        self.assertRegex(result["fingerprint"], r"^[0-9a-f]{32}$")
        self.assertGreater(result["eventsProcessed"], 0)
        [jobset] = result["jobSets"]
        self.assertEqual((jobset["namespace"], jobset["name"]), ("default", "small"))
        self.assertEqual(jobset["terminalState"], "Completed")
        self.assertEqual(jobset["restarts"], 0)
        self.assertLess(jobset["submittedSeconds"], jobset["readySeconds"])
        self.assertLess(jobset["readySeconds"], jobset["finishedSeconds"])
        self.assertLessEqual(jobset["finishedSeconds"], result["simulatedSeconds"])
        self.assertIn("Completed", [condition["type"] for condition in jobset["conditions"]])
        for event in jobset["events"]:
            self.assertEqual(sorted(event), ["count", "message", "reason", "seconds", "type"])
        self.assertIn("JobSet/default/small", result["objects"])
        self.assertIn("Job/default/small-workers-0", result["objects"])
        self.assertTrue(any(key.startswith("Node/") for key in result["objects"]))

    def test_objects(self):
        workloads = self.run_json("good.yaml", "--objects", "workloads")["objects"]
        self.assertEqual({key.split("/")[0] for key in workloads}, {"JobSet", "Job", "Pod", "Service"})
        self.assertEqual(self.run_json("good.yaml", "--objects", "none")["objects"], {})

    def test_same_seed_same_bytes(self):
        once = self.run_program("run", "good.yaml", "-o", "json")
        self.assertEqual(once, self.run_program("run", "good.yaml", "-o", "json"))
        other = self.run_json("good.yaml", "--seed", "2")
        self.assertNotEqual(json.loads(once[1])["fingerprint"], other["fingerprint"])

    def test_standard_input(self):
        code, out, err = self.run_program("run", "-", "-o", "json", stdin=JOBSET.encode())
        self.assertEqual(code, 0, err)
        self.assertEqual(json.loads(out)["fingerprint"], self.run_json("good.yaml")["fingerprint"])

    def test_output_file(self):
        files = ["-O", "result.json", "--trace", "trace.json"]
        code, out, err = self.run_program("run", "good.yaml", "-o", "json", *files)
        self.assertEqual((code, out), (0, ""), err)
        self.assertEqual(json.loads(self.read("result.json"))["kind"], "RunResult")
        self.assertIn("traceEvents", json.loads(self.read("trace.json")))
        self.assertEqual(sorted(os.listdir(self.folder.name)), ["folder", "good.yaml", "result.json", "trace.json"])

    def test_nothing_half_written(self):
        self.write("bad.yaml", "a: [")
        self.write("result.json", "old")
        code, _, _ = self.run_program("run", "bad.yaml", "-o", "json", "-O", "result.json")
        self.assertEqual((code, self.read("result.json")), (1, "old"))
        self.assertEqual(sorted(os.listdir(self.folder.name)), ["bad.yaml", "folder", "good.yaml", "result.json"])

    def test_diff(self):
        for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
            code, _, err = self.run_program("run", "good.yaml", "-o", "json", "-O", name + ".json", "--seed", seed,
                                            "--trace", name + ".trace")
            self.assertEqual(code, 0, err)
        for end in (".json", ".trace"):
            self.assertEqual(self.run_program("diff", "a" + end, "b" + end), (0, "no difference\n", ""))
            code, out, err = self.run_program("diff", "a" + end, "c" + end)
            self.assertEqual((code, err), (2, ""))
            self.assertRegex(out, r"^first difference at \d+\.\d{3} s: ")
        code, _, err = self.run_program("diff", "a.json", "a.trace")
        self.assertEqual(code, 1)
        self.assertIn("cannot be compared", err)
        changed = json.loads(self.read("a.json"))
        changed["objects"]["Job/default/small-workers-1"]["status"]["succeeded"] = 5
        self.write("changed.json", json.dumps(changed))
        code, out, _ = self.run_program("diff", "a.json", "changed.json")
        self.assertEqual(code, 2)
        self.assertRegex(out, r"Job/default/small-workers-1: status\.succeeded is 1 in A and 5 in B\n$")

    def test_resolve(self):
        self.write("long.yaml", JOBSET.replace('"5"', '"500"'))
        name = "small-workers-0-0.small.default.svc.cluster.local"
        code, out, err = self.run_program("run", "long.yaml", "--until", "60s", "-q", "--resolve", name,
                                          "--resolve", name.replace("workers", "worker"))
        self.assertEqual(code, 0, err)
        self.assertRegex(out, re.escape(name) + r" resolves at the end to \d+\.\d+\.\d+\.\d+, since 00:\d\d\.\d{3}")
        self.assertRegex(out, r"small-worker-0-0\S+ does not resolve .*; the nearest that exists is " + re.escape(name))
        code, out, err = self.run_program("run", "long.yaml", "-q", "--resolve", name.replace("small-", ""))
        self.assertEqual(code, 0, err)
        self.assertRegex(out, r"does not resolve .*; the nearest that did is " + re.escape(name))

    def test_report(self):
        failing = JOBSET.replace('["sleep", "5"]', '["sh", "-c", "sleep 5; exit 3"]')
        self.write("failing.yaml", failing)
        path = "failing.yaml"
        code, out, _ = self.run_program("run", path, "--report", "text", "--watch-only", "-q")
        self.assertEqual(code, 0)
        for text in ("Causes, the costliest first", "container main exits with code 3", "CRITICAL PATH", "Restarts: none"):
            self.assertIn(text, out)
        code, out, _ = self.run_program("run", path, "--report", "json")
        self.assertEqual(json.loads(out)["causes"][0]["jobSetsFailed"], 1)
        code, out, _ = self.run_program("run", path, "--report", "text", "-o", "json")
        self.assertEqual(json.loads(out)["report"]["starts"][0]["object"], "jobset/small")
        code, out, err = self.run_program("run", path, "--report", "text", "--replications", "2")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("--report is of one run", err)

    def test_replications_of_a_model(self):
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
        path = os.path.join(root, "scenarios", "workloads", "log-analysis", "leader-death.yaml")
        code, out, _ = self.run_program("run", path, "--replications", "3", "-q")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"goodput of default/logs leaderWorker +3 +[0-9.]+ %")
        code, out, _ = self.run_program("run", path, "--replications", "3", "-o", "json")
        (group,) = json.loads(out)["replications"]["workloads"]
        self.assertEqual(group["goodput"]["count"], 3)
        self.assertTrue(0 < group["goodput"]["mean"] < 1 and group["lostSeconds"]["mean"] > 0)

    def test_why(self):
        path = "good.yaml"
        code, out, _ = self.run_program("run", path, "--why", "Pod/small-workers-0-0", "--why", "JobSet/small",
                                        "--watch-only", "-q")
        self.assertEqual(code, 0)
        self.assertIn("because jobset/small was created", out)
        code, out, err = self.run_program("run", path, "--why", "Job/small-worker-0", "-o", "json")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("hint: did you mean small-workers-0?", err)
        code, out, err = self.run_program("run", path, "--why", "Service/small")
        self.assertEqual((code, out), (1, ""), "it is known before the run")
        code, out, err = self.run_program("run", path, "-q", "--why", "Pod/none", "--why", "JobSet/small")
        self.assertEqual(code, 1)
        self.assertIn("--why Pod/none: nothing of that name", err)
        self.assertIn("jobset/small", out, "the rest is answered")
        code, out, _ = self.run_program("run", path, "--why", "Pod/small-workers-0-0", "--scores")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"pod/default/small-workers-0-0-\w{5}, try 1 at 00:00\.")
        code, out, _ = self.run_program("run", path, "--why", "Pod/small-workers-0-0", "--scores", "-o", "json")
        self.assertEqual(json.loads(out)["placements"]["default/small-workers-0-0"][0]["attempt"], 1)
        code, out, err = self.run_program("run", path, "--why", "Job/small-workers-0", "--scores")
        self.assertEqual((code, "--scores tells about a Pod: say which with --why Pod/NAME" in err), (1, True))
        code, out, _ = self.run_program("run", path, "--why", "Job/small-workers-0", "-o", "json")
        self.assertEqual(json.loads(out)["why"][0]["found"][0]["object"], "job/small-workers-0")
        self.assertEqual(self.run_program("run", path, "--until", "3s", "--save", "w.save")[0], 0)
        code, out, _ = self.run_program("run", "--from", "w.save", "--why", "JobSet/small", "--report", "text",
                                        "--watch-only", "-q")
        self.assertEqual(code, 0)
        self.assertIn("note: the run was resumed", out)

    def test_until(self):
        result = self.run_json("good.yaml", "--until", "3s")
        self.assertEqual((result["endReason"], result["simulatedSeconds"]), ("until", 3))

    def test_saved_run_goes_on_as_if_it_had_not_stopped(self):
        whole = self.run_json("good.yaml", "--seed", "3")
        saved = self.run_json("good.yaml", "--seed", "3", "--until", "4s", "--save", "world")
        self.assertEqual((saved["endReason"], saved["simulatedSeconds"]), ("until", 4))
        os.rename(os.path.join(self.folder.name, "good.yaml"), os.path.join(self.folder.name, "gone.yaml"))
        self.assertEqual(self.run_json("--from", "world"), whole)
        half = self.run_json("--from", "world", "--until", "5s", "--save", "later")
        self.assertEqual(half["simulatedSeconds"], 5)
        self.assertEqual(self.run_json("--from", "later")["fingerprint"], whole["fingerprint"])
        code, out, err = self.run_program("run", "--from", "world", "--seed", "4")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("--seed would change the world", err)
        with open(os.path.join(self.folder.name, "world"), "rb") as file:
            content = bytearray(file.read())
        content[len(content) // 2] ^= 1
        self.write("damaged", bytes(content))
        code, out, err = self.run_program("run", "--from", "damaged")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("error: damaged: ", err)

    def test_interrupt(self):
        self.write("endless.yaml", JOBSET.replace('["sleep", "5"]', '["sh", "-c", "i=0; while true; do i=$((i + 1)); sleep 0.01; done"]'))
        program = subprocess.Popen([PROGRAM, "run", "endless.yaml", "-o", "json", "-O", "out.json"],
                                   cwd=self.folder.name, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        while not any(name.endswith(".part") for name in os.listdir(self.folder.name)) and program.poll() is None:
            pass  # the result's file is opened when the run begins
        program.send_signal(signal.SIGINT)
        _, err = program.communicate(timeout=TIME_MAX)
        self.assertEqual(program.returncode, 130, err)
        if b"interrupted at" in err:  # else it came before the run could be stopped in good order
            self.assertEqual(json.loads(self.read("out.json"))["endReason"], "interrupted")

    def test_completion_lists_what_help_lists(self):
        _, script, _ = self.run_program("completion", "bash")
        _, overview, _ = self.run_program("help")
        commands = re.findall(r"(?m)^  (\w+) ", overview.split("Commands:")[1].split("Help topics")[0])
        self.assertGreaterEqual(set(commands), {"run", "validate", "diff", "explain", "completion", "version", "help"})
        for command in commands:
            _, text, _ = self.run_program("help", command)
            helped = re.findall(r"(?m)^  (?:-\w, |    )(--[a-z-]+)", text)
            [flags] = re.findall(r"(?m)^    '%s'\) flags='([^']*)'" % command, script)
            self.assertEqual(sorted(helped), sorted(re.findall(r"--[a-z-]+", flags)), command)

    def test_bash_completion_runs(self):
        _, script, _ = self.run_program("completion", "bash")
        for words, want in ((["jobset-twin", "ru"], "run"), (["jobset-twin", "run", "--replic"], "--replications"),
                            (["jobset-twin", "run", "-o", "js"], "json"),
                            (["jobset-twin", "completion", "fi"], "fish")):
            code = script + "\nCOMP_WORDS=(%s); COMP_CWORD=%d; _jobset_twin; echo \"${COMPREPLY[*]}\"" % (
                " ".join(words), len(words) - 1)
            result = subprocess.run(["bash", "-c", code], capture_output=True, text=True, timeout=TIME_MAX, check=False)
            self.assertEqual((result.stdout.strip(), result.stderr), (want, ""))


if __name__ == "__main__":
    unittest.main()
