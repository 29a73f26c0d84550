#!/usr/bin/env python3
"""A served cluster, seen by its clients and by the other commands. Usage: serve_test.py PROGRAM."""

import json
import os
import re
import select
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "jobset-twin"
TIME_MAX = 120  # seconds: hangs only

JOBSETS = "/apis/jobset.x-k8s.io/v1alpha2/namespaces/default/jobsets"
TWIN = "/apis/jobset-twin.dev/v1alpha1"
CLOCK = TWIN + "/clocks/clock"


def jobset(name, seconds="600"):
    container = {"name": "main", "image": "busybox", "command": ["sleep", seconds]}
    template = {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}}}
    return {"apiVersion": "jobset.x-k8s.io/v1alpha2", "kind": "JobSet", "metadata": {"name": name},
            "spec": {"replicatedJobs": [{"name": "workers", "replicas": 2, "template": template}]}}


def run(*arguments, **environment):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=TIME_MAX, check=False,
                          stdin=subprocess.DEVNULL, env={**os.environ, **environment})


class Server:
    """The program, serving; ends with the block."""

    def __init__(self, *arguments, folder):
        self.kubeconfig = os.path.join(folder, "twin.kubeconfig")
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--kubeconfig", self.kubeconfig, "--nodes", "3", *arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.errors = ""
        self.url = ""

    def __enter__(self):
        end = time.monotonic() + TIME_MAX
        while not self.url:
            ready, _, _ = select.select([self.process.stderr], [], [], max(0, end - time.monotonic()))
            line = self.process.stderr.readline() if ready else ""
            if not line:
                self.stop()
                raise AssertionError("it does not serve: " + self.errors)
            self.errors += line
            found = re.search(r"serving at (\S+), ", line)
            self.url = found.group(1) if found else ""
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        return self

    def read(self):
        for line in self.process.stderr:
            self.errors += line

    def __exit__(self, *_):
        self.stop()
        self.reader.join(TIME_MAX)
        self.process.stderr.close()

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(TIME_MAX)

    def ask(self, method, path, body=None, kind="application/json", context=None, token=None, **headers):
        request = urllib.request.Request(self.url + path, method=method)
        if body is not None:
            request.data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            request.add_header("Content-Type", kind)
        if token:
            request.add_header("Authorization", "Bearer " + token)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=TIME_MAX, context=context) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def get(self, path):
        code, body = self.ask("GET", path)
        assert code == 200, body
        return json.loads(body)

    def patch(self, path, body):
        return self.ask("PATCH", path, body, "application/merge-patch+json")

    def step(self, duration):
        code, body = self.ask("POST", CLOCK + "/step", {"duration": duration})
        assert code == 200, body
        return json.loads(body)

    def fault(self, name, spec):
        return self.ask("POST", TWIN + "/faults", {"apiVersion": "jobset-twin.dev/v1alpha1", "kind": "Fault",
                                                   "metadata": {"name": name}, "spec": spec})


class Serve(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = self.temporary.name

    def serve(self, *arguments):
        return Server("--http", *arguments, folder=self.folder)

    def clock(self, server, *arguments):
        return run("clock", "--kubeconfig", server.kubeconfig, *arguments)

    def test_time_stands_until_it_is_told_to_go(self):
        with self.serve("--paused") as server:
            before = server.get(CLOCK)["status"]["now"]
            server.ask("POST", JOBSETS, jobset("x"))
            self.assertEqual(server.get("/api/v1/pods")["items"], [])
            after = server.step("1m")
            self.assertEqual(after["status"]["paused"], True)
            self.assertNotEqual(after["status"]["now"], before)
            self.assertEqual([pod["status"]["phase"] for pod in server.get("/api/v1/pods")["items"]], ["Running"] * 2)
            self.assertEqual(server.get(CLOCK)["status"]["now"], after["status"]["now"])

    def test_clock_command(self):
        with self.serve("--paused") as server:
            done = self.clock(server)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, r"^\d{4}-.*Z  speed 1, paused\n$")
            server.ask("POST", JOBSETS, jobset("x"))
            self.assertEqual(self.clock(server, "step", "10s").returncode, 0)
            done = self.clock(server, "until", "jobset/x Completed")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(server.get(JOBSETS + "/x")["status"]["terminalState"], "Completed")
            done = self.clock(server, "until", "jobset/x Failed", "--timeout", "1h")
            self.assertEqual(done.returncode, 2)
            self.assertIn("jobset/x Failed", done.stderr)
            self.assertRegex(self.clock(server, "speed", "60").stdout, "speed 60, paused")
            self.assertRegex(self.clock(server, "resume").stdout, r"speed 60\n")
            self.assertRegex(self.clock(server, "speed", "max").stdout, r"speed max\n")
            self.assertRegex(self.clock(server, "pause").stdout, "speed max, paused")

    def test_clock_command_says_what_is_wrong(self):
        with self.serve("--paused") as server:
            for arguments, text in [(["step"], "needs an argument"), (["step", "soon"], "soon"),
                                    (["speed", "fast"], "fast"), (["pause", "1s"], "no argument"),
                                    (["until", "jobset/x"], "in one word"), (["stop"], "stop"),
                                    (["until", "thing/x Ready"], "thing/x")]:
                done = self.clock(server, *arguments)
                self.assertEqual((done.returncode, done.stdout), (1, ""), arguments)
                self.assertIn(text, done.stderr)
            server.stop()
            self.assertEqual(self.clock(server).returncode, 1)
        self.assertEqual(run("clock", "--kubeconfig", os.path.join(self.folder, "none")).returncode, 1)

    def test_clock_command_over_tls(self):
        with Server("--paused", folder=self.folder) as server:
            done = run("clock", "step", "5s", KUBECONFIG=server.kubeconfig)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            with open(server.kubeconfig, encoding="utf-8") as file:
                text = file.read()
            changed = os.path.join(self.folder, "changed")
            for what, wrong in [("current-context: jobset-twin\n", "current-context: jobset-twin-token\n")]:
                with open(changed, "w", encoding="utf-8") as file:
                    file.write(text.replace(what, wrong))
                self.assertEqual(run("clock", "--kubeconfig", changed).returncode, 0)
            with open(changed, "w", encoding="utf-8") as file:  # the system's authorities do not know it
                file.write(re.sub(r"    certificate-authority-data: .*\n", "", text))
            self.assertEqual(run("clock", "--kubeconfig", changed).returncode, 1)
            with open(changed, "w", encoding="utf-8") as file:
                file.write(re.sub(r"    client-.*\n", "", text).replace("  user:\n", "  user: {}\n", 1))
            done = run("clock", "--kubeconfig", changed)
            self.assertEqual(done.returncode, 1)
            self.assertIn("is forbidden", done.stderr)
            token = re.search("token: (.*)", text).group(1)
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.assertEqual(server.ask("GET", "/metrics", context=context)[0], 401)
            self.assertEqual(server.ask("POST", CLOCK + "/step", {"duration": "1s"}, context=context)[0], 401)
            self.assertEqual(server.ask("GET", "/metrics", context=context, token=token)[0], 200)

    def test_full_speed(self):
        with self.serve("--speed", "max", "--idle", "10ms") as server:
            server.ask("POST", JOBSETS, jobset("x", "36000"))  # ten hours
            done = self.clock(server, "until", "jobset/x Completed")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            # Whoever watches hears of everything, in order.
            code, body = server.ask("GET", JOBSETS + "?watch=true&timeoutSeconds=1")
            self.assertEqual(code, 200)
            self.assertEqual(json.loads(body.splitlines()[0])["object"]["status"]["terminalState"], "Completed")
        self.assertIn("--idle", server.errors)

    def test_faults(self):
        with self.serve("--paused") as server:
            server.ask("POST", JOBSETS, jobset("x"))
            server.step("1m")
            self.assertEqual(server.fault("down", {"class": "node-fail", "node": "node-1", "for": "10m"})[0], 201)
            status = server.get(TWIN + "/faults/down")["status"]
            self.assertEqual(status["phase"], "Active")
            self.assertEqual(status["injections"][0]["targets"], ["Node/node-1"])
            code, body = server.fault("bad", {"class": "node-fail", "colour": "red"})
            self.assertEqual(code, 422)
            self.assertEqual(json.loads(body)["details"]["causes"][0]["field"], "spec.colour")
            self.assertEqual(server.ask("DELETE", TWIN + "/faults/down")[0], 200)
            self.assertEqual(server.get(TWIN + "/faults")["items"], [])

    def test_without(self):
        with self.serve("--paused", "--without", "scheduler,kubelet", "--without", "node-lifecycle") as server:
            server.ask("POST", JOBSETS, jobset("x"))
            server.step("5m")
            pods = server.get("/api/v1/pods")["items"]
            self.assertEqual([pod["spec"].get("nodeName") for pod in pods], [None, None])
        done = run("serve", "--without", "schedular")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        for part in ["did you mean scheduler?", "jobset-webhooks", "kube-controller-manager"]:
            self.assertIn(part, done.stderr)

    def record(self):
        path = os.path.join(self.folder, "session.jsonl")
        with self.serve("--paused", "--record", path) as server:
            server.ask("POST", JOBSETS, jobset("x"))
            server.step("1m")
            server.fault("down", "node-fail any for=10m")
            server.patch(CLOCK, {"spec": {"speed": 1000, "paused": False}})
            self.clock(server, "until", "jobset/x Completed")
            server.ask("DELETE", JOBSETS + "/x")
            yield server, path

    def test_record_and_replay(self):
        for server, path in self.record():
            server.stop()
        fingerprint = re.search(r"fingerprint (\w+)", server.errors).group(1)
        done = run("replay", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(fingerprint, done.stdout)
        with open(path, encoding="utf-8") as file:
            lines = file.readlines()
        other = os.path.join(self.folder, "other.jsonl")
        for changed, code, text in [
                (lines[:1] + lines[2:], 2, "fingerprint"),
                (lines[:2] + ["{]\n"] + lines[2:], 1, "other.jsonl:3"),
                (["hello\n"] + lines[1:], 1, "other.jsonl:1"),
                (lines[:-1] + [lines[-1][:20]], 0, "ends early")]:
            with open(other, "w", encoding="utf-8") as file:
                file.writelines(changed)
            done = run("replay", other)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(text, done.stderr)

    def test_a_record_knows_who_was_impersonated(self):
        path, log = (os.path.join(self.folder, name) for name in ("as.jsonl", "audit.log"))
        body = json.dumps({"metadata": {"name": "m"}})
        with self.serve("--paused", "--record", path, "--audit-log", log) as server:
            code, _ = server.ask("POST", "/api/v1/namespaces/default/configmaps", body, Impersonate_User="nobody")
            self.assertEqual(code, 403)
            server.stop()
        done = run("replay", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        with open(log, encoding="utf-8") as file:
            event = json.loads(file.readline())
        self.assertEqual(event["impersonatedUser"], {"username": "nobody", "groups": ["system:authenticated"]})
        self.assertEqual(event["user"]["username"], "jobset-twin")

    def test_a_fault_whose_name_is_generated_is_played_again(self):
        path = os.path.join(self.folder, "named.jsonl")
        with self.serve("--paused", "--record", path) as server:
            server.patch(CLOCK, {"spec": {"speed": 2}})
            body = {"apiVersion": "jobset-twin.dev/v1alpha1", "kind": "Fault", "metadata": {"generateName": "x-"},
                    "spec": {"class": "node-fail", "any": True, "for": "1m"}}
            names = [json.loads(server.ask("POST", TWIN + "/faults", body)[1])["metadata"]["name"] for _ in range(2)]
            self.assertNotEqual(*names)
            server.get(CLOCK)
            for name in names:
                self.assertEqual(server.ask("DELETE", TWIN + "/faults/" + name)[0], 200)
            server.stop()
        done = run("replay", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_kubeconfig_of_others_is_not_lost(self):
        path = os.path.join(self.folder, "config")
        others = "apiVersion: v1\nkind: Config\ncontexts:\n- name: prod\n  context: {cluster: prod, user: me}\n"
        with open(path, "w", encoding="utf-8") as file:
            file.write(others)
        done = run("serve", "--nodes", "1", "--kubeconfig", path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("other clusters than jobset-twin", done.stderr)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), others)
        for _ in range(2):  # its own it writes anew
            with self.serve("--paused") as server:
                self.assertEqual(os.stat(server.kubeconfig).st_mode & 0o777, 0o600)

    def test_a_record_has_one_writer(self):
        path = os.path.join(self.folder, "one.jsonl")
        with self.serve("--paused", "--record", path) as server:
            server.ask("POST", JOBSETS, jobset("x"))
            for flag in ["--record", "--audit-log"]:
                done = run("serve", "--nodes", "1", "--kubeconfig", os.path.join(self.folder, "second"), flag, path)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn("another jobset-twin is writing " + path, done.stderr)
            server.stop()
        done = run("replay", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_record_survives_its_program(self):
        for server, path in self.record():
            server.stop(signal.SIGKILL)
        done = run("replay", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"requests +3\n")

    def test_metrics_and_audit_log(self):
        log = os.path.join(self.folder, "audit.log")
        with self.serve("--paused", "--audit-log", log) as server:
            server.ask("POST", JOBSETS, jobset("x", "5"))
            server.ask("GET", JOBSETS + "/nobody")
            server.step("10m")
            code, text = server.ask("GET", "/metrics")
            self.assertEqual(code, 200)
            for line in [r'apiserver_request_total\{code="201",group="jobset.x-k8s.io",resource="jobsets",subresource="",'
                         r'verb="POST",version="v1alpha2"\} 1', r'apiserver_storage_objects\{resource="nodes"\} 3',
                         r'jobset_completed_total\{jobset_name="x",namespace="default"\} 1', "twin_speed 0",
                         r"twin_virtual_time_seconds \d+", r"process_resident_memory_bytes \d+"]:
                self.assertRegex(text, "(?m)^" + line)
        with open(log, encoding="utf-8") as file:
            events = [json.loads(line) for line in file]
        self.assertEqual([(event["verb"], event["responseStatus"]["code"]) for event in events[:2]],
                         [("create", 201), ("get", 404)])
        self.assertEqual(events[1]["objectRef"], {"resource": "jobsets", "namespace": "default", "name": "nobody",
                                                  "apiGroup": "jobset.x-k8s.io", "apiVersion": "v1alpha2"})
        self.assertEqual({event["level"] for event in events}, {"Metadata"})


if __name__ == "__main__":
    unittest.main()
