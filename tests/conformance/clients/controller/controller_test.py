#!/usr/bin/env python3
"""JobSet's own controllers against `jobset-twin serve`: do they bring a manifest to the state that ours bring it to?

    controller_test.py JOBSET_TWIN CACHE [--build] [--controller FILE] [--ours] [MANIFEST...]

Each manifest is served twice: as it is, and with --without jobset-controller and the program of main.go beside it. What
is compared are final states: of each JobSet its terminal state, restarts and conditions; of each Job its conditions and
which attempt it is; of each index how its Pods ended. Times are not, nor which Jobs were deleted while still at work.
CACHE is where the program is built. --ours runs the first half only and prints it. Exit code 77: it cannot be built.
"""

import argparse
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..", "..")
sys.path.insert(0, os.path.join(HERE, ".."))
import served  # noqa: E402

END_SECONDS = 30  # of a manifest; what has not ended by then is compared as it stands
SETTLED_SECONDS = 1.0
ALL_SECONDS = 1500
SPEED = 60
# How much faster than the clock where that matters: what lasts for hours.
SPEEDS = {"catalogue/data-parallel.yaml": 1200, "catalogue/etl.yaml": 600, "catalogue/genomics.yaml": 1200,
          "catalogue/crawler.yaml": 600, "catalogue/transcoding.yaml": 600, "catalogue/parameter-server.yaml": 600,
          "catalogue/mpi.yaml": 600, "catalogue/log-analysis.yaml": 600}
# JobSets that restart again and again: how far they get depends on time, so only what they are at is compared.
ENDLESS = {"onjobfailurereasons-podfailurepolicy-example", "onjobfailurereasons-present-example", "rjimr-action-example"}
ENDLESS_RESTARTS = 5
# What is not about JobSet's controllers: of another controller, or behind a feature gate that is off.
LEFT_OUT = ("kueue", "argo", "head/", "prometheus", "crd/")


def manifests():
    found = sorted(glob.glob(os.path.join(ROOT, "scenarios", "catalogue", "*.yaml")))
    shared = served.sharedFolder()
    if shared:
        for folder in ("simple", "failure-policy", "startup-policy", "depends-on", "seed"):
            found += sorted(glob.glob(os.path.join(shared, folder, "*.yaml")))
    return [path for path in found if not any(word in path for word in LEFT_OUT)]


def shortName(path):
    return "/".join(os.path.abspath(path).split("/")[-2:])


def conditions(of):
    return sorted("%s (%s)" % (condition["type"], condition.get("reason", "")) for condition in
                  of.get("status", {}).get("conditions", []) if condition["status"] == "True")


def items(cluster, path):
    return json.loads(cluster.get(path))["items"]


def stateOf(cluster):
    """({what: state}, whether all of it has ended)."""
    state, ended = {}, True
    jobsets = items(cluster, "/apis/jobset.x-k8s.io/v1alpha2/jobsets")
    if any(jobset["metadata"]["name"] in ENDLESS for jobset in jobsets):
        return ({jobset["metadata"]["name"]: "restarts, %s" % conditions(jobset) for jobset in jobsets},
                all(jobset.get("status", {}).get("restarts", 0) >= ENDLESS_RESTARTS for jobset in jobsets))
    for jobset in jobsets:
        status = jobset.get("status", {})
        state["jobset " + jobset["metadata"]["name"]] = "%s, %d restarts, %s" % (
            status.get("terminalState", "not ended"), status.get("restarts", 0), conditions(jobset))
        ended = ended and bool(status.get("terminalState"))
    for job in items(cluster, "/apis/batch/v1/jobs"):
        meta = job["metadata"]
        state["job " + meta["name"]] = "attempt %s, %s" % (
            meta.get("labels", {}).get("jobset.sigs.k8s.io/restart-attempt", "-"), conditions(job))
    phases = {}
    for pod in items(cluster, "/api/v1/pods"):
        labels = pod["metadata"].get("labels", {})
        job = labels.get("batch.kubernetes.io/job-name")
        if not job:
            continue
        ended = ended and "deletionTimestamp" not in pod["metadata"]
        phases.setdefault("pods of %s, index %s" % (job, labels.get("batch.kubernetes.io/job-completion-index", "-")),
                          []).append(pod["status"].get("phase", "Pending"))
    state.update((name, ", ".join(sorted(of))) for name, of in phases.items())
    return state, ended


def finalState(cluster):
    """What it comes to: once all has ended and nothing changes any more, or after END_SECONDS."""
    until = time.monotonic() + END_SECONDS
    last, since, ever = None, time.monotonic(), False
    while time.monotonic() < until:
        state, ended = stateOf(cluster)
        ever = ever or bool(state)
        if state != last:
            last, since = state, time.monotonic()
        elif ever and ended and time.monotonic() - since > SETTLED_SECONDS:
            break
        time.sleep(0.1)
    return last


def ours(binary, path, speed):
    with served.Served(binary, ["--speed", str(speed)], [path]) as cluster:
        return finalState(cluster)


def theirs(binary, path, speed, program):
    with served.Served(binary, ["--speed", str(speed), "--without", "jobset-controller"], [path]) as cluster:
        log = os.path.join(cluster.folder, "controller.log")
        with open(log, "w", encoding="utf-8") as file:
            process = subprocess.Popen([program, "-kubeconfig", cluster.kubeconfig, "-for", "5m"],
                                       stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=cluster.environment())
        try:
            state = finalState(cluster)
            if process.poll() is not None:
                state["controller"] = "ended with %d" % process.returncode
        finally:
            served.endProcess(process)
        with open(log, encoding="utf-8") as file:
            return state, file.read()


def differences(want, got):
    return ["    %s:\n      ours    %s\n      theirs  %s" % (name, want.get(name, "(none)"), got.get(name, "(none)"))
            for name in sorted(set(want) | set(got)) if want.get(name) != got.get(name)]


def withoutTtl(path):
    """The manifest, or a copy whose JobSets stay: the controllers time a TTL by the clock, the cluster by its own."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    changed = re.sub(r"ttlSecondsAfterFinished: *\d+", "ttlSecondsAfterFinished: 100000000", text)
    if changed == text:
        return path
    copy = os.path.join(tempfile.mkdtemp(prefix="jobset-twin-ttl-"), os.path.basename(path))
    with open(copy, "w", encoding="utf-8") as file:
        file.write(changed)
    return copy


def compare(binary, path, program):
    """None, or what is wrong."""
    speed = SPEEDS.get(shortName(path), SPEED)
    path = withoutTtl(path)
    try:
        want = ours(binary, path, speed)
        got, log = theirs(binary, path, speed, program)
    except (RuntimeError, OSError) as error:
        return "  " + str(error).strip().replace("\n", "\n  ")
    found = differences(want, got)
    if not found:
        return None
    command = "serve %s --speed %d, and with --without jobset-controller" % (shortName(path), speed)
    return "  %s\n%s\n    the end of what the controllers say:\n%s" % (
        command, "\n".join(found), "".join("      %s\n" % line[:300] for line in log.split("\n")[-12:]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("binary")
    parser.add_argument("cache")
    parser.add_argument("manifests", nargs="*")
    parser.add_argument("--build", action="store_true", help="only build the controllers' program")
    parser.add_argument("--controller", help="one that is built already")
    parser.add_argument("--ours", action="store_true")
    arguments = parser.parse_intermixed_args()
    chosen = arguments.manifests or manifests()
    if arguments.ours:
        for path in chosen:
            started = time.monotonic()
            state = ours(arguments.binary, path, SPEEDS.get(shortName(path), SPEED))
            print("%s (%.1f s)\n%s" % (shortName(path), time.monotonic() - started,
                                       "".join("    %s: %s\n" % pair for pair in sorted(state.items()))))
            sys.stdout.flush()
        return 0
    program = arguments.controller or served.goProgram(HERE, arguments.cache, "controller")
    if arguments.build:
        return 0
    failed, started = [], time.monotonic()
    for path in chosen:
        begun = time.monotonic()
        late = begun - started > ALL_SECONDS
        problem = "  not run: %d s are over" % ALL_SECONDS if late else compare(arguments.binary, path, program)
        print("%s  %s (%.1f s)" % ("FAIL" if problem else "ok  ", shortName(path), time.monotonic() - begun))
        if problem:
            print(problem)
            failed.append(shortName(path))
        sys.stdout.flush()
    print("\n%d passed, %d failed" % (len(chosen) - len(failed), len(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
