"""What the runners of the client suites share: a served cluster, programs built once per build tree, skipping.

A suite that cannot run here (no Go, no network for its modules) ends with SKIPPED, which ctest shows as skipped; a
client that does not build is a failure. Whatever is started here is ended here, by its process id.
"""

import base64
import contextlib
import fcntl
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

SKIPPED = 77
START_SECONDS = 60
POLL_SECONDS = 0.05


def skip(reason):
    print("SKIPPED: " + reason)
    sys.stdout.flush()
    sys.exit(SKIPPED)


def sharedFolder():
    """The reference's manifests beside the repository, or None."""
    root = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
    shared = os.path.join(root, "..", "shared", "manifests")
    if os.path.isdir(shared):
        return os.path.realpath(shared)
    if os.environ.get("JOBSET_TWIN_REQUIRE_SHARED"):
        sys.exit("the manifests of ../shared are not here")
    return None


def endProcess(process, seconds=10):
    """Ends a process that was started here, kindly at first."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def run(command, seconds, env=None, cwd=None, input_text=None):
    """(exit code, output and errors as they came); the code is None after so many seconds, and all of it is ended."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               env=env, cwd=cwd, start_new_session=True)
    try:
        out, _ = process.communicate((input_text or "").encode(), timeout=seconds)
        code = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, _ = process.communicate()
        code = None
    return code, out.decode("utf-8", "replace")


class Served:
    """`jobset-twin serve` in a temporary folder of its own, on a port of its own choice, until the context ends."""

    def __init__(self, binary, arguments=(), files=()):
        self.binary, self.arguments, self.files = os.path.abspath(binary), list(arguments), list(files)
        self.process = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="jobset-twin-clients-")
        self.kubeconfig = os.path.join(self.folder, "kubeconfig")
        self.log = os.path.join(self.folder, "serve.log")
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--kubeconfig", self.kubeconfig] + self.arguments + self.files,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)
        try:
            self._waitUntilReady()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        endProcess(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self, **more):
        """Of a client: this cluster, nothing of the user's configuration."""
        out = {"PATH": os.environ.get("PATH", ""), "HOME": os.path.join(self.folder, "home"), "TZ": "UTC",
               "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TERM": "dumb", "KUBECONFIG": self.kubeconfig}
        out.update(more)
        return out

    def serverLog(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def address(self):
        return self._field("server")

    def _field(self, name):
        with open(self.kubeconfig, encoding="utf-8") as file:
            found = re.search(r"^[\s-]*" + name + r":\s*\"?([^\s\"]+)", file.read(), re.M)
        return found.group(1) if found else None

    def _sslContext(self):
        data, path = self._field("certificate-authority-data"), self._field("certificate-authority")
        if data:
            return ssl.create_default_context(cadata=base64.b64decode(data).decode())
        return ssl.create_default_context(cafile=path) if path else None

    def get(self, path):
        """The body of an answer to a GET, with the token of the kubeconfig if it has one; raises if there is none."""
        request = urllib.request.Request(self.address() + path)
        if self._field("token"):
            request.add_header("Authorization", "Bearer " + self._field("token"))
        return urllib.request.urlopen(request, timeout=10, context=self._sslContext()).read().decode()

    def _waitUntilReady(self):
        until = time.monotonic() + START_SECONDS
        problem = "no kubeconfig"
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError("serve ended with %d:\n%s" % (self.process.returncode, self.serverLog()))
            try:
                if self.get("/readyz").strip() == "ok":
                    return
            except (OSError, AttributeError, TypeError, urllib.error.URLError) as error:
                problem = str(error)
            time.sleep(POLL_SECONDS)
        raise RuntimeError("not ready within %d s: %s\n%s" % (START_SECONDS, problem, self.serverLog()))


@contextlib.contextmanager
def locked(folder):
    """One at a time: tests of one build tree run side by side."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def newest(folder):
    return max(entry.stat().st_mtime for entry in os.scandir(folder) if entry.name.endswith((".go", ".mod", ".sum")))


def goProgram(source, cache, name, ldflags=""):
    """The program of a folder's Go module, built into the cache unless it is there and newer than its source."""
    program = os.path.join(os.path.abspath(cache), name)
    with locked(cache):
        if os.path.exists(program) and os.stat(program).st_mtime >= newest(source):
            return program
        go = shutil.which("go")
        if not go:
            skip("there is no Go to build %s with" % name)
        # A toolchain of another version is not fetched, and the lists of versions are as they were committed.
        env = dict(os.environ, GOTOOLCHAIN="local", GOFLAGS="-mod=readonly -buildvcs=false")
        nice = ["nice", "-n", "10"] if shutil.which("nice") else []
        code, out = run(nice + [go, "mod", "download"], 900, env=env, cwd=source)
        if code != 0:
            skip("the modules of %s are not to be had:\n%s" % (name, out))
        code, out = run(nice + [go, "build", "-ldflags", ldflags, "-o", program + ".new", "."],
                        1800, env=env, cwd=source)
        if code != 0:
            sys.exit("go build of %s failed:\n%s" % (name, out))
        os.replace(program + ".new", program)
    return program


def pythonEnvironment(requirements, cache):
    """The interpreter of a virtual environment with these packages."""
    folder = os.path.join(os.path.abspath(cache), "venv")
    python, stamp = os.path.join(folder, "bin", "python"), os.path.join(folder, "requirements.txt")
    with open(requirements, encoding="utf-8") as file:
        wanted = file.read()
    with locked(cache):
        if os.path.exists(stamp):
            with open(stamp, encoding="utf-8") as file:
                if file.read() == wanted:
                    return python
        shutil.rmtree(folder, ignore_errors=True)
        code, out = run([sys.executable, "-m", "venv", folder], 300)
        if code != 0:
            skip("no virtual environment can be made:\n" + out)
        code, out = run([python, "-m", "pip", "install", "--disable-pip-version-check", "-q", "-r", requirements], 900)
        if code != 0:
            skip("the packages are not to be had:\n" + out)
        with open(stamp, "w", encoding="utf-8") as file:
            file.write(wanted)
    return python
