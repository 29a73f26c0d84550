// transport_faults.hpp - where the transport asks what stands in the way of a request or a watch: a full server
// (server_load.hpp) and the faults in force (api_faults.hpp). For transport.cpp alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/apiserver/api_faults.hpp"

namespace jobset_twin::apiserver {

// "client/verb/resource/namespace/name" without generated suffixes: what the luck of a request depends on.
std::string requestIdentity(std::string_view client, const api::Request& request);

struct TransportFaults {
  // Whether the request takes effect now. False: it has to wait, and comes back by its own event.
  static bool isServed(Transport& transport, kernel::Kernel& kernel, Call& call);
  // The fault that hits the request, or null; counted.
  static const ApiFault* hit(Transport& transport, const kernel::Kernel& kernel, const Server& server,
                             const Call& call);
  // Makes the answer what the fault says, and says how long it takes.
  static void spoil(const ApiFault& fault, Call& call, api::Duration& wait);

  static api::Duration lagOf(const Transport& transport, const Transport::Feed& feed, api::Duration drawn);
  // Whether changes may be scheduled for delivery.
  static bool isOpen(Transport& transport, const kernel::Kernel& kernel, FeedId id);
  // Whether a feed that is due goes on as usual from its cursor. Otherwise `changes` is what comes now, perhaps
  // nothing.
  static bool goesOn(Transport& transport, kernel::Kernel& kernel, const Store& store, FeedId id,
                     std::vector<WatchEvent>& changes);

  static void begin(Transport& transport, kernel::Kernel& kernel, const Store& store, ActiveFault& active);
  static void end(Transport& transport, kernel::Kernel& kernel, const Store& store, const ApiFault& fault);

 private:
  static bool hitsRequest(const Transport& transport, const kernel::Kernel& kernel, FaultId id, const ApiFault& fault,
                          const Call& call);
  static bool hitsFeed(const ApiFault& fault, const Transport::Feed& feed);
  static api::Duration slowness(Transport& transport, const kernel::Kernel& kernel, const Call& call);
  static void seatNext(Transport& transport, const kernel::Kernel& kernel, api::TimePoint until);
  static std::int32_t seats(const Transport& transport);
  static bool isHeld(const Transport& transport, const Transport::Feed& feed);
  static void breakFeed(Transport& transport, kernel::Kernel& kernel, FeedId id, const ApiFault& fault);
  static void resumeFeed(Transport& transport, kernel::Kernel& kernel, const Store& store, FeedId id);
  static void scheduleFeed(Transport& transport, kernel::Kernel& kernel, const Store& store, FeedId id);
  static api::Duration backOff(Transport& transport, const kernel::Kernel& kernel, FeedId id, api::TimePoint at);
  static void limitClients(Transport& transport, const ApiFault& fault, bool limited);
  static void loseAnswers(Transport& transport, kernel::Kernel& kernel, const ApiFault& fault);
};

}  // namespace jobset_twin::apiserver
