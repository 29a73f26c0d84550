// The cells of tables, as kubernetes 1.36 pkg/printers/internalversion and the CRDs' columns have them.
#include "sim/apiserver/printers/printers.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/apiserver/printers/custom_columns.hpp"
#include "sim/apiserver/printers/json_path.hpp"
#include "tests/sim/apiserver/fixture.hpp"

namespace jobset_twin::apiserver::printers {
namespace {

using testing::atSecond;
using testing::parse;
using Texts = std::vector<std::string>;

// The columns and cells with a priority of at most `priority`.
std::pair<Texts, Texts> shown(const api::Object& object, std::int32_t priority) {
  const Printer& printer = printerOf(object);
  const Cells cells = printer.cells(object, atSecond(90));
  EXPECT_EQ(cells.size(), printer.columns.size());
  std::pair<Texts, Texts> out;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (printer.columns[i].priority > priority) continue;
    out.first.push_back(printer.columns[i].name);
    out.second.push_back(cellText(cells[i]));
  }
  return out;
}

struct Case {
  const char* name;
  std::string yaml;
  std::int32_t priority;
  Texts columns, cells;
};

constexpr const char* kMeta = "metadata: {name: x, namespace: default, creationTimestamp: \"2026-01-01T00:00:00Z\"}\n";
constexpr const char* kClusterMeta = "metadata: {name: x, creationTimestamp: \"2026-01-01T00:00:00Z\"}\n";

std::string head(const char* version, const char* kind, const char* meta = kMeta) {
  return std::string("apiVersion: ") + version + "\nkind: " + kind + "\n" + meta;
}

constexpr const char* kTemplate =
    "  template: {spec: {nodeSelector: {a: b}, containers: [{name: c, image: i:1}, {name: d, image: j}]}}\n";

TEST(Printers, CellsOfBuiltInKinds) {
  const Case cases[] = {
      {"a job, wide",
       head("batch/v1", "Job") +
           "spec: {completions: 2, selector: {matchLabels: {k: v}}, template: {spec: {containers: "
           "[{name: c, image: i}], restartPolicy: Never}}}\n",
       1,
       {"Name", "Status", "Completions", "Duration", "Age", "Containers", "Images", "Selector"},
       {"x", "Running", "0/2", "", "90s", "c", "i", "k=v"}},
      {"a node",
       "apiVersion: v1\nkind: Node\nmetadata: {name: x, creationTimestamp: \"2026-01-01T00:00:00Z\", labels: "
       "{node-role.kubernetes.io/worker: \"\", kubernetes.io/role: gpu}}\nspec: {unschedulable: true}\nstatus: "
       "{conditions: [{type: Ready, status: \"True\"}], addresses: [{type: InternalIP, address: 10.0.0.1}], nodeInfo: "
       "{kubeletVersion: v1.36.0, osImage: Some Linux}}\n",
       1,
       {"Name", "Status", "Roles", "Age", "Version", "Internal-IP", "External-IP", "OS-Image", "Kernel-Version",
        "Container-Runtime"},
       {"x", "Ready,SchedulingDisabled", "gpu,worker", "90s", "v1.36.0", "10.0.0.1", "<none>", "Some Linux",
        "<unknown>", "<unknown>"}},
      {"a bare node",
       head("v1", "Node", kClusterMeta),
       0,
       {"Name", "Status", "Roles", "Age", "Version"},
       {"x", "Unknown", "<none>", "90s", ""}},
      {"a headless service",
       head("v1", "Service") + "spec: {clusterIP: None, selector: {a: b, c: d}}\n",
       1,
       {"Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector"},
       {"x", "ClusterIP", "None", "<none>", "<none>", "90s", "a=b,c=d"}},
      {"a load balancer",
       head("v1", "Service") + "spec: {type: LoadBalancer, clusterIP: 10.1.1.1, externalIPs: [1.2.3.4], ports: [{port: "
                               "80, nodePort: 30001}, {port: 53, protocol: UDP}]}\nstatus: {loadBalancer: {ingress: "
                               "[{hostname: h}, {ip: 9.9.9.9}]}}\n",
       0,
       {"Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age"},
       {"x", "LoadBalancer", "10.1.1.1", "9.9.9.9,h,1.2.3.4", "80:30001/TCP,53/UDP", "90s"}},
      {"an endpoint slice of many",
       head("discovery.k8s.io/v1", "EndpointSlice") + "addressType: IPv4\nendpoints: [{addresses: [a, b]}, {addresses: "
                                                      "[c, d, e]}]\nports: [{name: http, port: 80}, {name: any}]\n",
       0,
       {"Name", "AddressType", "Ports", "Endpoints", "Age"},
       {"x", "IPv4", "80,any", "a,b,c + 2 more...", "90s"}},
      {"an event of the core group",
       head("v1", "Event") + "involvedObject: {kind: Pod, name: p, fieldPath: \"spec.containers{c}\"}\nreason: R\n"
                             "message: \"what \\n\"\ntype: Normal\ncount: 3\nsource: {component: kubelet, host: h1}\n"
                             "firstTimestamp: \"2026-01-01T00:00:30Z\"\nlastTimestamp: \"2026-01-01T00:01:00Z\"\n",
       1,
       {"Last Seen", "Type", "Reason", "Object", "Subobject", "Source", "Message", "First Seen", "Count", "Name"},
       {"30s", "Normal", "R", "pod/p", "spec.containers{c}", "kubelet, h1", "what", "60s", "3", "x"}},
      {"an event of its own group",
       head("events.k8s.io/v1", "Event") + "regarding: {kind: JobSet, name: j}\nreason: R\nnote: what\ntype: Warning\n"
                                           "eventTime: \"2026-01-01T00:00:30.000000Z\"\nreportingController: c\n"
                                           "reportingInstance: i\n",
       1,
       {"Last Seen", "Type", "Reason", "Object", "Subobject", "Source", "Message", "First Seen", "Count", "Name"},
       {"60s", "Warning", "R", "jobset/j", "", "c, i", "what", "60s", "1", "x"}},
      {"a claim",
       head("v1", "PersistentVolumeClaim") + "spec: {volumeName: v, storageClassName: fast, volumeMode: Filesystem}\n"
                                             "status: {phase: Bound, capacity: {storage: 5Gi}, accessModes: "
                                             "[ReadWriteMany, ReadWriteOnce]}\n",
       1,
       {"Name", "Status", "Volume", "Capacity", "Access Modes", "StorageClass", "VolumeAttributesClass", "Age",
        "VolumeMode"},
       {"x", "Bound", "v", "5Gi", "RWO,RWX", "fast", "<unset>", "90s", "Filesystem"}},
      {"a volume",
       head("v1", "PersistentVolume", kClusterMeta) +
           "spec: {capacity: {storage: 5Gi}, accessModes: [ReadWriteOnce], "
           "persistentVolumeReclaimPolicy: Retain, claimRef: {namespace: ns, "
           "name: c}}\nstatus: {phase: Bound}\n",
       0,
       {"Name", "Capacity", "Access Modes", "Reclaim Policy", "Status", "Claim", "StorageClass",
        "VolumeAttributesClass", "Reason", "Age"},
       {"x", "5Gi", "RWO", "Retain", "Bound", "ns/c", "", "<unset>", "", "90s"}},
      {"a storage class",
       "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: x, annotations: "
       "{storageclass.kubernetes.io/is-default-class: \"true\"}}\nprovisioner: p\nallowVolumeExpansion: true\n",
       0,
       {"Name", "Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion", "Age"},
       {"x (default)", "p", "Delete", "Immediate", "true", "<unknown>"}},
      {"a priority class",
       head("scheduling.k8s.io/v1", "PriorityClass", kClusterMeta) + "value: 1000\n",
       0,
       {"Name", "Value", "Global-Default", "Age", "PreemptionPolicy"},
       {"x", "1000", "false", "90s", "PreemptLowerPriority"}},
      {"a namespace", head("v1", "Namespace", kClusterMeta), 0, {"Name", "Status", "Age"}, {"x", "Active", "90s"}},
      {"a config map",
       head("v1", "ConfigMap") + "data: {a: b}\nbinaryData: {c: YQ==}\n",
       0,
       {"Name", "Data", "Age"},
       {"x", "2", "90s"}},
      {"a secret", head("v1", "Secret"), 0, {"Name", "Type", "Data", "Age"}, {"x", "Opaque", "0", "90s"}},
      {"a service account", head("v1", "ServiceAccount"), 0, {"Name", "Secrets", "Age"}, {"x", "0", "90s"}},
      {"a quota",
       head("v1", "ResourceQuota") + "spec: {hard: {cpu: 4}}\nstatus: {hard: {cpu: \"4\", pods: \"10\", limits.cpu: "
                                     "\"8\"}, used: {cpu: \"1\"}}\n",
       0,
       {"Name", "Request", "Limit", "Age"},
       {"x", "cpu: 1/4, pods: 0/10", "limits.cpu: 0/8", "90s"}},
      {"a deployment, wide",
       head("apps/v1", "Deployment") + "spec:\n  replicas: 3\n  selector: {matchLabels: {a: b}}\n" + kTemplate +
           "status: {readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1}\n",
       1,
       {"Name", "Ready", "Up-to-date", "Available", "Age", "Containers", "Images", "Selector"},
       {"x", "1/3", "2", "1", "90s", "c,d", "i:1,j", "a=b"}},
      {"a stateful set",
       head("apps/v1", "StatefulSet") + "spec:\n" + kTemplate,
       0,
       {"Name", "Ready", "Age"},
       {"x", "0/1", "90s"}},
      {"a daemon set",
       head("apps/v1", "DaemonSet") + "spec:\n" + kTemplate + "status: {desiredNumberScheduled: 2, numberReady: 1}\n",
       0,
       {"Name", "Desired", "Current", "Ready", "Up-to-date", "Available", "Node Selector", "Age"},
       {"x", "2", "0", "1", "0", "0", "a=b", "90s"}},
      {"a cron job",
       head("batch/v1", "CronJob") + "spec: {schedule: \"* * * * *\", suspend: false}\nstatus: {active: [{name: j}], "
                                     "lastScheduleTime: \"2026-01-01T00:01:00Z\"}\n",
       0,
       {"Name", "Schedule", "Timezone", "Suspend", "Active", "Last Schedule", "Age"},
       {"x", "* * * * *", "<none>", "False", "1", "30s", "90s"}},
      {"a budget",
       head("policy/v1", "PodDisruptionBudget") + "spec: {minAvailable: 50%}\nstatus: {disruptionsAllowed: 2}\n",
       0,
       {"Name", "Min Available", "Max Unavailable", "Allowed Disruptions", "Age"},
       {"x", "50%", "N/A", "2", "90s"}},
      {"a binding of a role",
       head("rbac.authorization.k8s.io/v1", "RoleBinding") + "roleRef: {kind: Role, name: r}\nsubjects: [{kind: User, "
                                                             "name: u}, {kind: ServiceAccount, name: s, namespace: "
                                                             "ns}]\n",
       1,
       {"Name", "Role", "Age", "Users", "Groups", "ServiceAccounts"},
       {"x", "Role/r", "90s", "u", "", "ns/s"}},
      {"a role: no columns of its own",
       head("rbac.authorization.k8s.io/v1", "Role"),
       0,
       {"Name", "Created At"},
       {"x", "2026-01-01T00:00:00Z"}},
      {"a lease",
       head("coordination.k8s.io/v1", "Lease") + "spec: {holderIdentity: h}\n",
       0,
       {"Name", "Holder", "Age"},
       {"x", "h", "90s"}},
  };
  for (const Case& c : cases) {
    const auto [columns, cells] = shown(*parse(c.yaml), c.priority);
    EXPECT_EQ(columns, c.columns) << c.name;
    EXPECT_EQ(cells, c.cells) << c.name;
  }
}

TEST(Printers, CellsOfCustomResources) {
  const Case cases[] = {
      {"a jobset",
       head("jobset.x-k8s.io/v1alpha2", "JobSet") + "spec: {suspend: true, replicatedJobs: []}\nstatus: {restarts: 2, "
                                                    "conditions: [{type: Completed, status: \"True\", reason: R, "
                                                    "message: m, lastTransitionTime: \"2026-01-01T00:00:00Z\"}], "
                                                    "terminalState: Completed}\n",
       0,
       {"Name", "TerminalState", "Restarts", "Completed", "Suspended", "Age"},
       {"x", "Completed", "2", "True", "true", "90s"}},
      {"a workload",
       head("kueue.x-k8s.io/v1beta2", "Workload") + "spec: {queueName: q}\nstatus: {conditions: [{type: Admitted, "
                                                    "status: \"False\"}]}\n",
       0,
       {"Name", "Queue", "Reserved in", "Admitted", "Finished", "Age"},
       {"x", "q", "", "False", "", "90s"}},
      {"a cluster queue",
       head("kueue.x-k8s.io/v1beta2", "ClusterQueue", kClusterMeta) + "spec: {cohortName: c}\nstatus: "
                                                                      "{pendingWorkloads: 3}\n",
       1,
       {"Name", "Cohort", "Strategy", "Pending Workloads", "Admitted Workloads"},
       {"x", "c", "BestEffortFIFO", "3", ""}},
      {"one without columns", head("example.com/v1", "Thing"), 0, {"Name", "Age"}, {"x", "90s"}},
  };
  for (const Case& c : cases) {
    const auto [columns, cells] = shown(*parse(c.yaml), c.priority);
    EXPECT_EQ(columns, c.columns) << c.name;
    EXPECT_EQ(cells, c.cells) << c.name;
  }
}

TEST(Printers, JsonPath) {
  const nlohmann::json root =
      nlohmann::json::parse(R"({"a": {"b.c": 1, "list": [{"k": "x", "v": 1}, {"k": "y", "v": 2}], "n": null}})");
  const std::pair<const char*, const char*> cases[] = {
      {".a.list[0].v", "1"},
      {"{.a.list[-1].v}", "2"},
      {"$.a.list[*].v", "1 2"},
      {R"(.a.list[?(@.k=="y")].v)", "2"},
      {".a.list[?(@.k == 'y')].v", "2"},
      {".a.list[?(@.v!=1)].k", "\"y\""},
      {".a.b\\.c", "1"},
      {".a['b.c']", "1"},
      {".a.n", "null"},
      {".a.list[7].v", ""},
      {".a.missing.v", ""},
      {"..v", ""},
      {".a.list[?(", ""},
      {".a.list[x]", ""},
      {".a[?(@.v>1)]", ""},
  };
  for (const auto& [path, want] : cases) {
    std::string got;
    for (const nlohmann::json* found : atJsonPath(root, path)) got += (got.empty() ? "" : " ") + found->dump();
    EXPECT_EQ(got, want) << path;
  }
}

TEST(Printers, CustomColumnsByType) {
  const Printer printer = customPrinter({{{"I", "integer", "", 0, ""}, {".spec.i"}, ""},
                                         {{"N", "number", "", 0, ""}, {".spec.half"}, ""},
                                         {{"B", "boolean", "", 0, ""}, {".spec.b"}, ""},
                                         {{"D", "date", "", 0, ""}, {".spec.d"}, ""},
                                         {{"S", "string", "", 0, ""}, {".spec.s"}, ""},
                                         {{"Else", "string", "", 0, ""}, {".spec.none"}, "-"}});
  const api::ObjectPtr object = parse(head("example.com/v1", "Thing") +
                                      "spec: {i: 7, half: 0.5, b: true, d: \"2026-01-01T00:00:00Z\", s: [1]}\n");
  EXPECT_EQ(printer.cells(*object, atSecond(60)), (Cells{"x", std::int64_t{7}, 0.5, true, "60s", "[1]", "-"}));
}

}  // namespace
}  // namespace jobset_twin::apiserver::printers
