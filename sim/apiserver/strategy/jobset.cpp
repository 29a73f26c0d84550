// jobset.cpp - JobSets: a custom resource with a status subresource, its schema and CEL rules. JobSet's webhooks:
// admission.hpp. Source: spec/jobset.md sections 1 and 11; apiextensions-apiserver v1.36 (customresource strategy,
// structural defaulting).
#include "engine/jobset/jobset_defaults.hpp"
#include "engine/jobset/jobset_schema.hpp"
#include "sim/apiserver/strategy/strategy.hpp"

namespace jobset_twin::apiserver {
namespace {

void defaultsOfJobSet(api::Object& object) { jobset::applySchemaDefaults(object); }

void prepareJobSet(const StrategyContext&, api::Object& object) { api::as<api::JobSet>(object).status = {}; }

void validateJobSet(const StrategyContext&, const api::Object& object, api::Errors& errors) {
  for (api::Error& error : jobset::schemaErrors(object)) errors.push_back(std::move(error));
}

void validateJobSetUpdate(const StrategyContext&, const api::Object& fresh, const api::Object& old,
                          api::Errors& errors) {
  if (api::as<api::JobSet>(fresh).spec.sameAs(api::as<api::JobSet>(old).spec)) return;
  for (api::Error& error : jobset::schemaErrors(fresh)) errors.push_back(std::move(error));
  for (api::Error& error : jobset::transitionErrors(old, fresh)) errors.push_back(std::move(error));
}

}  // namespace

const Strategy kJobSetStrategy = {
    .defaults = defaultsOfJobSet,
    .prepareCreate = prepareJobSet,
    .validateCreate = validateJobSet,
    .validateUpdate = validateJobSetUpdate,
    .has_generation = true,
};

}  // namespace jobset_twin::apiserver
