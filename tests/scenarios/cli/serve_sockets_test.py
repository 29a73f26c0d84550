#!/usr/bin/env python3
"""Sockets of `serve`: hostile and slow clients, and many who watch. Usage: serve_sockets_test.py PROGRAM."""

import json
import os
import re
import selectors
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "jobset-twin"
WAIT_MAX = 60  # seconds: hangs only
MAPS = "/api/v1/namespaces/default/configmaps"
with open(PROGRAM, "rb") as program:
    SANITIZED = b"__asan_init" in program.read()  # keeps what is freed for a while: its memory says nothing


class Served:
    """A served cluster without TLS (or with it), until the context ends."""

    def __init__(self, *arguments):
        self.arguments = arguments or ("--http",)

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        config = os.path.join(self.folder.name, "kubeconfig")
        self.process = subprocess.Popen([PROGRAM, "serve", "--nodes", "2", "--kubeconfig", config, *self.arguments],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        first = self.process.stderr.readline()  # it listens before it says so
        self.port = int(re.search(r":(\d+)", first).group(1))
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.said = self.process.communicate(timeout=WAIT_MAX)[1]
        self.folder.cleanup()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_MAX)

    def raw(self, data):
        """All that is answered to these bytes until the server closes."""
        with self.connect() as sock:
            try:
                sock.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                pass  # it has heard enough; perhaps it has answered
            out = b""
            while True:
                try:
                    part = sock.recv(65536)
                except ConnectionResetError:
                    return out
                if not part:
                    return out
                out += part

    def ask(self, method, path, body=None, headers=""):
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        head = "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n%s" % (
            method, path, headers)
        answer = self.raw(("%sContent-Length: %d\r\n\r\n" % (head, len(data))).encode() + data)
        top, _, rest = answer.partition(b"\r\n\r\n")
        return int(top.split()[1]), rest

    def memory(self):
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024


class Hostile(unittest.TestCase):
    def stillServes(self, served):
        code, body = served.ask("GET", "/readyz")
        self.assertEqual((code, body), (200, b"ok"))
        self.assertIsNone(served.process.poll())

    def test_malformed_requests(self):
        with Served() as served:
            for data in [b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"G" * 100000 + b"\r\n\r\n",
                         b"GET / HTTP/1.1\r\n" + b"a: " + b"b" * 200000 + b"\r\n\r\n",
                         b"POST " + MAPS.encode() + b" HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
                         b"POST " + MAPS.encode() + b" HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
                         b"POST " + MAPS.encode() + b" HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                         b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64]:
                answer = served.raw(data)
                if answer:
                    self.assertRegex(answer.split(b"\r\n")[0], rb"^HTTP/1\.\d 4\d\d")
                    self.assertIn(b'"kind":"Status"', answer)
            self.stillServes(served)

    def test_bodies_that_are_too_much(self):
        with Served() as served:
            code, body = served.ask("POST", MAPS, b"x" * (4 << 20))
            self.assertEqual(code, 413)
            self.assertEqual(json.loads(body)["reason"], "RequestEntityTooLarge")
            before = served.memory()
            for deep in [b"[" * 1000000, b'{"a":' * 500000, b"- " * 400000, b"&a [" + b"*a," * 100000]:
                code, body = served.ask("POST", MAPS, deep)
                self.assertEqual(code, 400, body[:200])
                self.assertEqual(json.loads(body)["reason"], "BadRequest")
            self.assertTrue(SANITIZED or served.memory() - before < 300, "MiB")
            self.stillServes(served)

    def test_paths_and_tricks(self):
        with Served() as served:
            for path, code in [("/../../etc/passwd", 400), ("/api/v1/%2e%2e/pods", 400), ("/api/v1/pods%00", 400),
                               ("/api/v1/namespaces/a%2fb/pods", 400), ("/api/v1/pods?labelSelector=%zz", 400),
                               ("/" + "a" * 20000, 400), ("/api/v1/nothing", 404), ("//api///v1//pods", 200),
                               ("/api/v1/namespaces/default/pods/x/exec", 404)]:
                self.assertEqual(served.ask("GET", path)[0], code, path[:60])
            self.assertEqual(served.ask("BREW", "/api/v1/pods")[0], 405)
            self.stillServes(served)

    def test_tokens(self):
        with Served("--port", "0") as served:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            for header, code in [("", 403), ("Authorization: Bearer x\r\n", 401), ("Authorization: Basic eA==\r\n", 401),
                                 ("Authorization: Bearer " + "y" * 60000 + "\r\n", 401)]:
                with context.wrap_socket(served.connect()) as sock:
                    sock.sendall(("GET /api/v1/secrets HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n" % header).encode())
                    answer = sock.recv(65536)
                self.assertEqual(int(answer.split()[1]), code)
            old = ssl.create_default_context()
            old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
            old.maximum_version = ssl.TLSVersion.TLSv1_2
            with old.wrap_socket(served.connect()) as sock:
                self.assertEqual(sock.version(), "TLSv1.2")
            served.raw(b"GET / HTTP/1.1\r\n\r\n")  # plain HTTP to TLS

    def test_slow_clients_hold_nobody_up(self):
        with Served() as served:
            slow = [served.connect() for _ in range(200)]
            for number, sock in enumerate(slow):
                sock.sendall(b"POST " + MAPS.encode() + b" HTTP/1.1\r\nContent-Le" if number % 2 else b"G")
            started = time.monotonic()
            self.stillServes(served)
            self.assertLess(time.monotonic() - started, WAIT_MAX / 2)
            for sock in slow:
                sock.close()

    def test_a_watcher_that_never_reads_costs_a_bounded_memory(self):
        with Served() as served:
            silent = []
            for _ in range(20):
                sock = served.connect()
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                sock.sendall(("GET %s?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n" % MAPS).encode())
                silent.append(sock)
            self.assertEqual(served.ask("POST", MAPS, {"metadata": {"name": "m"}})[0], 201)
            before = served.memory()
            for number in range(300):
                served.ask("PUT", MAPS + "/m", {"metadata": {"name": "m"}, "data": {"x": str(number) * 20000}})
            self.assertTrue(SANITIZED or served.memory() - before < 400, "MiB")
            self.stillServes(served)
            for sock in silent:
                sock.close()


class Watching(unittest.TestCase):
    def test_nobody_misses_anything(self):
        watchers, changes = 300, 100
        with Served() as served:
            pending, got = selectors.DefaultSelector(), {}
            for number in range(watchers):
                sock = served.connect()
                sock.sendall(("GET %s?watch=1&resourceVersion=1 HTTP/1.1\r\nHost: x\r\n\r\n" % MAPS).encode())
                got[number] = b""
                sock.setblocking(False)
                pending.register(sock, selectors.EVENT_READ, number)
            for number in range(changes):
                code, body = served.ask("POST", MAPS, {"metadata": {"name": "m%d" % number}})
                self.assertEqual(code, 201, body)
            wanted = ["m%d" % number for number in range(changes)]
            until = time.monotonic() + WAIT_MAX
            complete = set()
            while len(complete) < watchers and time.monotonic() < until:
                for key, _ in pending.select(timeout=1):
                    part = key.fileobj.recv(1 << 20)
                    self.assertTrue(part, "the watch ended")
                    got[key.data] += part
                    if got[key.data].count(b'"ADDED"') >= changes:
                        complete.add(key.data)
            for number in range(watchers):
                text = re.sub(rb"(^|\r\n)[0-9a-f]+\r\n", b"", got[number].partition(b"\r\n\r\n")[2])
                events = [json.loads(line) for line in text.strip().split(b"\n")]
                names = [event["object"]["metadata"]["name"] for event in events if event["type"] == "ADDED"]
                self.assertEqual([n for n in names if n.startswith("m")], wanted, "watcher %d" % number)
            for key in list(pending.get_map().values()):
                key.fileobj.close()


if __name__ == "__main__":
    unittest.main()
