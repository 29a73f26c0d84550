"""Checks of a served cluster with the official Python client. Run by python_test.py, in an environment that has it.

    checks.py KUBECONFIG [SUBSTRING]

Each check prints a line, "ok" or "FAIL" with what was asked, expected and got. Exit code 1: one failed.
"""

import json
import sys
import time
import traceback

import kubernetes
from kubernetes import client, dynamic, watch
from kubernetes.client.rest import ApiException

GROUP, VERSION, PLURAL, NAMESPACE = "jobset.x-k8s.io", "v1alpha2", "jobsets", "default"
SECONDS = 30
CHECKS = []


class Failed(Exception):
    pass


def check(function):
    CHECKS.append(function)
    return function


def expect(asked, want, got):
    if want != got:
        raise Failed("%s:\n    expected %r\n    got      %r" % (asked, want, got))


def eventually(asked, want, get):
    until, got = time.monotonic() + SECONDS, None
    while time.monotonic() < until:
        got = get()
        if got == want:
            return
        time.sleep(0.05)
    expect("%s, in %d s" % (asked, SECONDS), want, got)


def refusal(status, call, *arguments, **named):
    """The Status of an answer that must be refused so."""
    try:
        got = call(*arguments, **named)
    except ApiException as error:
        expect("status of %s: %s" % (call.__name__, error.body), status, error.status)
        return json.loads(error.body)
    raise Failed("%s:\n    expected status %d\n    got      %.200s" % (call.__name__, status, got))


def jobSet(name, script="sleep 1", **spec):
    container = {"name": "main", "image": "busybox:1.36", "command": ["sh", "-c", script]}
    template = {"spec": {"backoffLimit": 0, "template": {"spec": {"containers": [container]}}}}
    return {"apiVersion": GROUP + "/" + VERSION, "kind": "JobSet", "metadata": {"name": name, "labels": {"of": name}},
            "spec": dict({"replicatedJobs": [{"name": "main", "replicas": 1, "template": template}]}, **spec)}


def pod(name, script):
    return client.V1Pod(metadata=client.V1ObjectMeta(name=name, labels={"of": name}), spec=client.V1PodSpec(
        restart_policy="Never",
        containers=[client.V1Container(name="main", image="busybox:1.36", command=["sh", "-c", script])]))


def job(name, script):
    return client.V1Job(metadata=client.V1ObjectMeta(name=name), spec=client.V1JobSpec(
        backoff_limit=0, template=client.V1PodTemplateSpec(spec=pod(name, script).spec)))


def configMap(name, **data):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name), data=data or {"color": "red"})


def customs():
    return client.CustomObjectsApi()


def core():
    return client.CoreV1Api()


def state(name):
    return customs().get_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, name).get("status", {}).get(
        "terminalState")


@check
def version():
    got = client.VersionApi().get_code()
    expect("version", ("1", "36"), (got.major, got.minor))


@check
def jobSetRuns():
    customs().create_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, jobSet("runs"))
    eventually("terminal state", "Completed", lambda: state("runs"))
    jobs = client.BatchV1Api().list_namespaced_job(NAMESPACE, label_selector="jobset.sigs.k8s.io/jobset-name=runs")
    expect("its Jobs", ["runs-main-0"], [item.metadata.name for item in jobs.items])
    expect("its Job's condition", "Complete", jobs.items[0].status.conditions[-1].type)
    pods = core().list_namespaced_pod(NAMESPACE, label_selector="batch.kubernetes.io/job-name=runs-main-0")
    expect("its Pod's phase", ["Succeeded"], [item.status.phase for item in pods.items])
    customs().delete_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, "runs")
    eventually("Jobs after it", [], lambda: client.BatchV1Api().list_namespaced_job(
        NAMESPACE, label_selector="jobset.sigs.k8s.io/jobset-name=runs").items)


def replaced(api, name, spec):
    """Read, changed and written; again if a controller wrote in between, as clients do."""
    for attempt in range(10):
        read = api.get_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, name)
        read["spec"].update(spec)
        try:
            return api.replace_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, name, read)
        except client.exceptions.ApiException as error:
            if error.status != 409 or attempt == 9:
                raise


@check
def jobSetIsPatchedAndListed():
    api = customs()
    api.create_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, jobSet("patched", "sleep 1000"))
    got = api.patch_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, "patched", {"spec": {"suspend": True}})
    expect("suspend", True, got["spec"]["suspend"])
    listed = api.list_cluster_custom_object(GROUP, VERSION, PLURAL, label_selector="of=patched")
    expect("kind of the list", "JobSetList", listed["kind"])
    expect("listed", ["patched"], [item["metadata"]["name"] for item in listed["items"]])
    resumed = replaced(api, "patched", {"suspend": False})
    expect("suspend", False, resumed["spec"]["suspend"])
    api.delete_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, "patched", propagation_policy="Foreground")
    eventually("it is gone", [], lambda: api.list_namespaced_custom_object(
        GROUP, VERSION, NAMESPACE, PLURAL, label_selector="of=patched")["items"])


@check
def refusals():
    api = customs()
    gone = refusal(404, api.get_namespaced_custom_object, GROUP, VERSION, NAMESPACE, PLURAL, "none")
    expect("message", 'jobsets.jobset.x-k8s.io "none" not found', gone["message"])
    expect("details", {"name": "none", "group": GROUP, "kind": PLURAL}, gone.get("details"))
    body = jobSet("refused", successPolicy={"operator": "Some"})
    invalid = refusal(422, api.create_namespaced_custom_object, GROUP, VERSION, NAMESPACE, PLURAL, body)
    expect("reason", "Invalid", invalid["reason"])
    expect("cause", ["spec.successPolicy.operator"], [cause["field"] for cause in invalid.get("details", {}).get("causes", [])])
    body = jobSet("refused", successPolicy={"operator": "All", "targetReplicatedJobs": ["nobody"]})
    refusal(422, api.create_namespaced_custom_object, GROUP, VERSION, NAMESPACE, PLURAL, body)
    core().create_namespaced_config_map(NAMESPACE, configMap("twice"))
    again = refusal(409, core().create_namespaced_config_map, NAMESPACE, configMap("twice"))
    expect("reason", "AlreadyExists", again["reason"])
    core().delete_namespaced_config_map("twice", NAMESPACE)


@check
def jobIsWatchedToItsEnd():
    client.BatchV1Api().create_namespaced_job(NAMESPACE, job("watched", "sleep 1"))
    events = watch.Watch()
    seen = []
    for event in events.stream(client.BatchV1Api().list_namespaced_job, NAMESPACE,
                               field_selector="metadata.name=watched", timeout_seconds=SECONDS):
        seen.append(event["type"])
        if any(condition.type == "Complete" for condition in event["object"].status.conditions or []):
            events.stop()
    expect("first event", ["ADDED"], seen[:1])
    expect("it was complete before the watch ended", True, len(seen) > 1)
    client.BatchV1Api().delete_namespaced_job("watched", NAMESPACE, propagation_policy="Background")


@check
def listThenWatch():
    """As informers do: nothing is missed between the list and the watch, and nothing is seen twice."""
    core().create_namespaced_config_map(NAMESPACE, configMap("listed"))
    at = core().list_namespaced_config_map(NAMESPACE).metadata.resource_version
    core().patch_namespaced_config_map("listed", NAMESPACE, {"data": {"color": "green"}})
    core().delete_namespaced_config_map("listed", NAMESPACE)
    events, seen = watch.Watch(), []
    for event in events.stream(core().list_namespaced_config_map, NAMESPACE, resource_version=at,
                               field_selector="metadata.name=listed", timeout_seconds=SECONDS):
        seen.append((event["type"], event["object"].data["color"]))
        if event["type"] == "DELETED":
            events.stop()
    expect("events", [("MODIFIED", "green"), ("DELETED", "green")], seen)


@check
def watchOfCustomObjects():
    events, seen = watch.Watch(), []
    customs().create_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, jobSet("seen"))
    for event in events.stream(customs().list_namespaced_custom_object, GROUP, VERSION, NAMESPACE, PLURAL,
                               label_selector="of=seen", timeout_seconds=SECONDS):
        seen.append(event["type"])
        if event["object"].get("status", {}).get("terminalState") == "Completed":
            events.stop()
    expect("first event", ["ADDED"], seen[:1])
    customs().delete_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, "seen")


@check
def tooOldVersion():
    """A watch from a version that is forgotten ends with 410; a list and a new watch go on."""
    core().create_namespaced_config_map(NAMESPACE, configMap("old", n="0"))
    at = core().list_namespaced_config_map(NAMESPACE).metadata.resource_version
    kept = 0
    for n in range(1, 2500):
        core().patch_namespaced_config_map("old", NAMESPACE, {"data": {"n": str(n)}})
        if n % 500:
            continue
        first = None
        try:
            events = watch.Watch()
            for event in events.stream(core().list_namespaced_config_map, NAMESPACE, resource_version=at,
                                       field_selector="metadata.name=old", timeout_seconds=2):
                first = event
                events.stop()
        except ApiException as error:
            expect("status of a watch from %s, %d changes ago: %s" % (at, n, error), 410, error.status)
            break
        expect("first event after %d changes" % n, "1", first and first["object"].data["n"])
        kept = n
    again = core().list_namespaced_config_map(NAMESPACE, field_selector="metadata.name=old")
    expect("items of a new list", 1, len(again.items))
    core().delete_namespaced_config_map("old", NAMESPACE)
    print("      (%d changes were kept)" % kept)


@check
def podsAndLogs():
    core().create_namespaced_pod(NAMESPACE, pod("says", "echo one; echo two"))
    eventually("phase", "Succeeded", lambda: core().read_namespaced_pod_status("says", NAMESPACE).status.phase)
    # Without _preload_content this client shows bytes as Python writes them, b'…'.
    def log(**options):
        return core().read_namespaced_pod_log("says", NAMESPACE, _preload_content=False, **options).data.decode()
    expect("log", "one\ntwo\n", log())
    expect("last line", "two\n", log(container="main", tail_lines=1))
    lines = list(watch.Watch().stream(core().read_namespaced_pod_log, name="says", namespace=NAMESPACE))
    expect("followed", ["one", "two"], lines)
    core().delete_namespaced_pod("says", NAMESPACE, grace_period_seconds=0)


@check
def eviction():
    core().create_namespaced_pod(NAMESPACE, pod("evicted", "sleep 1000"))
    eventually("phase", "Running", lambda: core().read_namespaced_pod_status("evicted", NAMESPACE).status.phase)
    core().create_namespaced_pod_eviction("evicted", NAMESPACE, client.V1Eviction(
        metadata=client.V1ObjectMeta(name="evicted", namespace=NAMESPACE)))
    eventually("it is gone", [], lambda: core().list_namespaced_pod(NAMESPACE, label_selector="of=evicted").items)


@check
def pages():
    names, token = [], None
    everything = [item.metadata.name for item in core().list_node().items]
    while True:
        page = core().list_node(limit=2, _continue=token) if token else core().list_node(limit=2)
        expect("length of a page is at most 2", True, len(page.items) <= 2)
        names += [item.metadata.name for item in page.items]
        token = page.metadata._continue
        if not token:
            break
    expect("names", everything, names)


@check
def nodesAreCordonedAndLabelled():
    core().patch_node("node-0", {"spec": {"unschedulable": True}, "metadata": {"labels": {"zone": "a"}}})
    expect("unschedulable", True, core().read_node("node-0").spec.unschedulable)
    expect("labelled", ["node-0"], [item.metadata.name for item in core().list_node(label_selector="zone=a").items])
    core().patch_node("node-0", {"spec": {"unschedulable": None}})
    expect("unschedulable", None, core().read_node("node-0").spec.unschedulable)


@check
def optimisticWrites():
    old = core().create_namespaced_config_map(NAMESPACE, configMap("stale"))
    core().patch_namespaced_config_map("stale", NAMESPACE, {"data": {"color": "green"}})
    refused = refusal(409, core().replace_namespaced_config_map, "stale", NAMESPACE, old)
    expect("reason", "Conflict", refused["reason"])
    core().delete_namespaced_config_map("stale", NAMESPACE)


@check
def serverSideApply():
    api = dynamic.DynamicClient(client.ApiClient())
    maps = api.resources.get(api_version="v1", kind="ConfigMap")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": {"color": "red"}}
    got = maps.server_side_apply(body=body, name="applied", namespace=NAMESPACE, field_manager="one")
    expect("manager", ["one"], [entry.manager for entry in got.metadata.managedFields])
    body["data"]["color"] = "green"
    try:
        maps.server_side_apply(body=body, name="applied", namespace=NAMESPACE, field_manager="two")
        raise Failed("another manager's change:\n    expected a conflict\n    got      none")
    except dynamic.exceptions.ConflictError as error:
        expect("message", 'Apply failed with 1 conflict: conflict with "one": .data.color',
               json.loads(error.body)["message"])
    got = maps.server_side_apply(body=body, name="applied", namespace=NAMESPACE, field_manager="two", force_conflicts=True)
    expect("color", "green", got.data.color)
    maps.delete(name="applied", namespace=NAMESPACE)


@check
def dynamicClient():
    api = dynamic.DynamicClient(client.ApiClient())
    jobSets = api.resources.get(api_version=GROUP + "/" + VERSION, kind="JobSet")
    expect("namespaced", True, jobSets.namespaced)
    jobSets.create(body=jobSet("dynamic"), namespace=NAMESPACE)
    for event in jobSets.watch(namespace=NAMESPACE, name="dynamic", timeout=SECONDS):
        if (event["object"].status or {}).get("terminalState") == "Completed":
            break
    expect("terminal state", "Completed", jobSets.get(name="dynamic", namespace=NAMESPACE).status.terminalState)
    got = jobSets.patch(body={"metadata": {"labels": {"a": "b"}}}, name="dynamic", namespace=NAMESPACE,
                        content_type="application/merge-patch+json")
    expect("label", "b", got.metadata.labels.a)
    jobSets.delete(name="dynamic", namespace=NAMESPACE)


@check
def applyFromFile():
    kubernetes.utils.create_from_dict(client.ApiClient(), {
        "apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "from-dict"}, "data": {"a": "b"}}]},
        namespace=NAMESPACE)
    expect("data", {"a": "b"}, core().read_namespaced_config_map("from-dict", NAMESPACE).data)
    core().delete_namespaced_config_map("from-dict", NAMESPACE)


@check
def mayI():
    review = client.V1SelfSubjectAccessReview(spec=client.V1SelfSubjectAccessReviewSpec(
        resource_attributes=client.V1ResourceAttributes(namespace=NAMESPACE, verb="create", group=GROUP, resource=PLURAL)))
    expect("allowed", True, client.AuthorizationV1Api().create_self_subject_access_review(review).status.allowed)


@check
def dryRun():
    core().create_namespaced_config_map(NAMESPACE, configMap("dry"), dry_run="All")
    refusal(404, core().read_namespaced_config_map, "dry", NAMESPACE)


def main():
    kubernetes.config.load_kube_config(sys.argv[1])
    failed = passed = 0
    for function in CHECKS:
        if len(sys.argv) > 2 and sys.argv[2] not in function.__name__:
            continue
        started, problem = time.monotonic(), None
        try:
            function()
        except Failed as error:
            problem = str(error)
        except Exception:  # whatever a client raises is a failure of this check alone
            problem = traceback.format_exc(limit=-2, chain=False)
        print("%s  %s (%.1f s)" % ("FAIL" if problem else "ok  ", function.__name__, time.monotonic() - started))
        if problem:
            failed += 1
            print("  " + problem.replace("\n", "\n  "))
        else:
            passed += 1
        sys.stdout.flush()
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
