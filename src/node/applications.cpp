#include "node/applications.h"

#include "kvstore/application.h"
#include "ledger/app/application.h"
#include "node/beacon_key.h"

namespace steelyard::node {
namespace {

/// Nothing: there is no such file.
Result<std::unique_ptr<BeaconKey>> open_beacon_key(const Config& config) {
    auto key = read_beacon_key(config.path(beacon_key_file));
    if (!key && key.error().code() == ErrorCode::not_found) {
        return nullptr;
    }
    TRY(key);
    return std::make_unique<BeaconKey>(*std::move(key));
}

}  // namespace

Result<std::unique_ptr<abci::Application>> open_application(
    const Config& config, storage::KvStore& store
) {
    if (config.app == "kvstore") {
        return kvstore::Application::open(store);
    }
    if (config.app == "ledger") {
        TRY_ASSIGN(auto key, open_beacon_key(config));
        return ledger::Application::open(store, std::move(key));
    }
    return invalid("there is no application \"{}\"; there are: ledger, kvstore", config.app);
}

}  // namespace steelyard::node
