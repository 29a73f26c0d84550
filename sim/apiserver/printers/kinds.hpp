// kinds.hpp - the printers by family; printers.cpp says which kind has which.
#pragma once

#include "sim/apiserver/printers/table.hpp"

namespace jobset_twin::apiserver::printers {

Printer podPrinter();
Printer jobPrinter();
Printer cronJobPrinter();

Printer nodePrinter();
Printer servicePrinter();
Printer endpointSlicePrinter();
Printer endpointsPrinter();
Printer networkPolicyPrinter();

Printer eventPrinter();
Printer namespacePrinter();
Printer configMapPrinter();
Printer secretPrinter();
Printer serviceAccountPrinter();
Printer leasePrinter();
Printer resourceQuotaPrinter();
Printer priorityClassPrinter();
Printer disruptionBudgetPrinter();
Printer roleBindingPrinter();

Printer claimPrinter();
Printer volumePrinter();
Printer storageClassPrinter();

Printer deploymentPrinter();
Printer statefulSetPrinter();
Printer daemonSetPrinter();
Printer replicaSetPrinter();

Printer replicationControllerPrinter();

Printer ingressPrinter();
Printer ingressClassPrinter();
Printer runtimeClassPrinter();
Printer driversOfNodePrinter();  // CSINode
Printer volumeAttachmentPrinter();
Printer webhooksPrinter();  // both kinds of webhook configurations
Printer controllerRevisionPrinter();

Printer jobSetPrinter();
Printer queuedWorkloadPrinter();  // Kueue's Workload
Printer clusterQueuePrinter();
Printer localQueuePrinter();

Printer plainPrinter();         // a custom resource without columns of its own
Printer creationTimePrinter();  // a built-in kind without columns of its own

}  // namespace jobset_twin::apiserver::printers
