#include "node/applications.h"

#include "kvstore/application.h"
#include "ledger/app/application.h"
#include "node/beacon_keys.h"
#include "node/verifier/vm_verifier.h"

namespace steelyard::node {
Result<std::unique_ptr<abci::Application>> open_application(
    const Config& config, storage::KvStore& store
) {
    if (config.app == "kvstore") {
        return kvstore::Application::open(store);
    }
    if (config.app == "ledger") {
        auto keys = std::make_unique<BeaconKeys>(config.home);
        TRY(keys->public_keys());
        return ledger::Application::open(
            store, std::move(keys), {.verifier = std::make_shared<const VmVerifier>()}
        );
    }
    return invalid("there is no application \"{}\"; there are: ledger, kvstore", config.app);
}

}  // namespace steelyard::node
