#!/usr/bin/env python3
"""Admission webhooks of a served cluster: a real one, over HTTPS. Usage: serve_webhooks_test.py PROGRAM."""

import base64
import http.client
import http.server
import json
import os
import ssl
import subprocess
import threading
import time
import unittest

import serve_test
from serve_test import CLOCK, Server, jobset

MAPS = "/api/v1/namespaces/default/configmaps"
HOOKS = "/apis/admissionregistration.k8s.io/v1/"


def certificate(folder):
    """Of 127.0.0.1, signed by itself."""
    paths = os.path.join(folder, "hook.pem"), os.path.join(folder, "hook.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=hook", "-addext", "subjectAltName=IP:127.0.0.1", "-out", paths[0],
                    "-keyout", paths[1]], check=True, capture_output=True)
    return paths


class Webhook(http.server.ThreadingHTTPServer):
    """Answers reviews by path; keeps what it was told."""

    def __init__(self, paths):
        super().__init__(("127.0.0.1", 0), Answer)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*paths)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.told = []
        self.go_on = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    def handle_error(self, request, client_address):
        pass  # who does not wait for the answer

    def stop(self):
        self.go_on.set()
        self.shutdown()
        self.server_close()
        self.thread.join()


class Answer(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["request"]
        self.server.told.append(request)
        response = {"uid": request["uid"], "allowed": True}
        if self.path.startswith("/label"):
            patch = [{"op": "add", "path": "/metadata/labels", "value": {"seen": "yes"}}]
            response.update(patchType="JSONPatch", patch=base64.b64encode(json.dumps(patch).encode()).decode(),
                            warnings=["labelled"])
        if self.path.startswith("/deny") and "forbidden" in request["object"].get("data", {}):
            response.update(allowed=False, status={"code": 403, "reason": "Forbidden", "message": "it is forbidden"})
        if self.path.startswith("/slow"):
            self.server.go_on.wait(serve_test.TIME_MAX)
        body = json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
                           "response": response}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Webhooks(unittest.TestCase):
    def setUp(self):
        serve_test.Serve.setUp(self)
        self.paths = certificate(self.folder)
        self.webhook = Webhook(self.paths)
        self.addCleanup(lambda: self.webhook and self.webhook.stop())
        self.port = self.webhook.server_address[1]

    def serve(self, *arguments):
        return Server("--http", *arguments, folder=self.folder)

    def install(self, server, kind, path, resources=("configmaps",), trusted=True, **more):
        client = {"url": "https://127.0.0.1:%d%s" % (self.port, path)}
        if trusted:
            with open(self.paths[0], "rb") as file:
                client["caBundle"] = base64.b64encode(file.read()).decode()
        hook = {"name": path[1:] + ".example.com", "clientConfig": client, "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                "rules": [{"operations": ["CREATE", "UPDATE"], "apiGroups": ["*"], "apiVersions": ["*"],
                           "resources": list(resources)}], **more}
        code, body = server.ask("POST", HOOKS + kind + "webhookconfigurations",
                                {"metadata": {"name": path[1:]}, "webhooks": [hook]})
        self.assertEqual(code, 201, body)

    def make(self, server, name, **data):
        code, body = server.ask("POST", MAPS, {"metadata": {"name": name}, "data": data})
        return code, json.loads(body)

    def test_mutate_and_deny(self):
        with self.serve() as server:
            self.install(server, "mutating", "/label")
            self.install(server, "validating", "/deny")
            code, made = self.make(server, "a")
            self.assertEqual((code, made["metadata"]["labels"]), (201, {"seen": "yes"}))
            self.assertEqual([told["object"]["metadata"].get("labels") for told in self.webhook.told],
                             [None, {"seen": "yes"}])
            code, status = self.make(server, "b", forbidden="1")
            self.assertEqual((code, status["message"]),
                             (403, 'admission webhook "deny.example.com" denied the request: it is forbidden'))
            self.assertEqual(server.ask("GET", MAPS + "/b")[0], 404)

    def test_those_that_are_down(self):
        with self.serve() as server:
            self.install(server, "validating", "/deny")
            self.webhook.stop()
            self.webhook = None
            code, status = self.make(server, "a")
            self.assertEqual((code, status["reason"]), (500, "InternalError"))
            self.assertEqual(status["message"],
                             'Internal error occurred: failed calling webhook "deny.example.com": failed to call '
                             'webhook: Post "https://127.0.0.1:%d/deny?timeout=10s": dial tcp 127.0.0.1:%d: connect: '
                             'connection refused' % (self.port, self.port))
            path = HOOKS + "validatingwebhookconfigurations/deny"
            code, body = server.ask("PATCH", path, [{"op": "replace", "path": "/webhooks/0/failurePolicy",
                                                     "value": "Ignore"}], "application/json-patch+json")
            self.assertEqual(code, 200, body)
            self.assertEqual(self.make(server, "a")[0], 201)

    def test_a_slow_one_holds_nobody_else_up(self):
        with self.serve() as server:
            self.install(server, "validating", "/slow", timeoutSeconds=1)
            answers = []
            began = time.monotonic()
            asking = threading.Thread(target=lambda: answers.append(self.make(server, "a")))
            asking.start()
            while not self.webhook.told:
                time.sleep(0.01)
            server.get(MAPS)
            self.assertEqual(answers, [])
            asking.join(serve_test.TIME_MAX)
            code, status = answers[0]
            self.assertGreaterEqual(time.monotonic() - began, 1)
            self.assertEqual(code, 500)
            self.assertTrue(status["message"].endswith("/slow?timeout=1s\": context deadline exceeded"), status)

    def test_a_client_that_goes_away_gets_nothing(self):
        with self.serve() as server:
            self.install(server, "validating", "/slow", timeoutSeconds=30)
            leaving = http.client.HTTPConnection(server.url.split("//")[1])
            leaving.request("POST", MAPS, json.dumps({"metadata": {"name": "a"}}),
                            {"Content-Type": "application/json"})
            while not self.webhook.told:
                time.sleep(0.01)
            leaving.close()
            time.sleep(0.5)  # ten times as long as it takes to notice
            self.webhook.go_on.set()
            time.sleep(0.2)
            self.assertEqual(server.ask("GET", MAPS + "/a")[0], 404)
            self.assertEqual(self.make(server, "a")[0], 201)

    def test_names_of_those_that_wait_are_their_own(self):
        with self.serve() as server:
            self.install(server, "validating", "/slow", timeoutSeconds=30)
            codes = []
            names = {"metadata": {"generateName": "g-"}}
            asking = [threading.Thread(target=lambda: codes.append(server.ask("POST", MAPS, names)[0]))
                      for _ in range(8)]
            for one in asking:
                one.start()
            while len(self.webhook.told) < len(asking):
                time.sleep(0.01)
            self.webhook.go_on.set()
            for one in asking:
                one.join(serve_test.TIME_MAX)
            self.assertEqual(codes, [201] * len(asking))

    def test_one_that_nobody_vouches_for(self):
        with self.serve() as server:
            self.install(server, "validating", "/deny", trusted=False)
            code, status = self.make(server, "a")
            self.assertEqual(code, 500)
            self.assertIn("tls: failed to verify certificate: x509: ", status["message"])
            self.assertEqual(self.webhook.told, [])

    def test_controllers_are_not_asked_about(self):
        with self.serve("--paused") as server:
            self.install(server, "mutating", "/label", ("jobsets", "jobs", "pods"))
            code, body = server.ask("POST", serve_test.JOBSETS, jobset("x"))
            self.assertEqual((code, json.loads(body)["metadata"]["labels"]), (201, {"seen": "yes"}), body)
            server.step("1m")
            self.assertEqual(len(server.get("/api/v1/pods")["items"]), 2)
            self.assertEqual([told["kind"]["kind"] for told in self.webhook.told], ["JobSet"])

    def test_time_waits_at_full_speed(self):
        with self.serve("--speed", "max", "--paused") as server:
            server.ask("POST", serve_test.JOBSETS, jobset("x"))
            self.install(server, "validating", "/slow", timeoutSeconds=30)
            asking = threading.Thread(target=self.make, args=(server, "a"))
            asking.start()
            while not self.webhook.told:
                time.sleep(0.01)
            server.patch(CLOCK, {"spec": {"paused": False}})
            time.sleep(0.5)  # ten times what is taken for quiet
            self.assertNotIn("terminalState", server.get(serve_test.JOBSETS + "/x").get("status", {}))
            self.webhook.go_on.set()
            asking.join(serve_test.TIME_MAX)
            time.sleep(0.5)
            self.assertEqual(server.get(serve_test.JOBSETS + "/x")["status"]["terminalState"], "Completed")

    def test_a_record_needs_no_webhook(self):
        path = os.path.join(self.folder, "record.jsonl")
        with self.serve("--paused", "--record", path) as server:
            self.install(server, "mutating", "/label", ("configmaps", "jobsets"))
            self.install(server, "validating", "/deny")
            self.assertEqual(self.make(server, "a")[0], 201)
            self.assertEqual(self.make(server, "b", forbidden="1")[0], 403)
            code, body = server.ask("POST", MAPS, {"metadata": {"generateName": "g-"}})
            self.assertEqual(code, 201, body)
            server.ask("POST", serve_test.JOBSETS, jobset("x"))
            server.step("1m")
        self.webhook.stop()
        self.webhook = None
        done = serve_test.run("replay", path)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
