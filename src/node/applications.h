// The applications that a node can run.
#pragma once

#include "abci/application.h"
#include "node/config/config.h"
#include "storage/kv_store.h"

#include <memory>

namespace steelyard::node {

/// The one that the configuration names, over its store, which outlives it. Errors: those of the
/// application, and of the beacon keys' files.
Result<std::unique_ptr<abci::Application>> open_application(
    const Config& config, storage::KvStore& store
);

}  // namespace steelyard::node
