// jobset_defaults.hpp - what admission fills in when a JobSet is created (JS-W1).
//
// Two sources, in the API server's order: the defaults of the CRD's schema, then the mutating webhook. Job fields are
// not defaulted here, but by the Job API when the Jobs are created. Source: jobset main (August 2026)
// config/components/crd, pkg/webhooks/jobset_webhook.go Default.
#pragma once

#include "engine/api/object.hpp"

namespace jobset_twin::jobset {

// The CRD's defaults, on every create and update: groupName, replicas, restartStrategy, whenDeleted, protocol of
// container ports. Not: those inside volume sources that nothing here reads (azureDisk, rbd, scaleIO, iscsi).
void applySchemaDefaults(api::Object& jobset);
// The mutating webhook, on create only.
void applyWebhookDefaults(api::Object& jobset);
void applyDefaults(api::Object& jobset);  // both

}  // namespace jobset_twin::jobset
