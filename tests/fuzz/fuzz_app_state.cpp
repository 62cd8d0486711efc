// The app_state of a genesis: whatever it says, it is refused or leads to a state that keeps the
// invariants and comes back from its export.
#include "base/check.h"
#include "chain/json_text.h"
#include "ledger/genesis/genesis.h"
#include "ledger/invariants/invariants.h"
#include "tests/unit/ledger/map_state.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (!chain::check_json(text, chain::genesis_depth_max)) {
        return 0;
    }
    chain::GenesisDoc doc;
    doc.chain_id = *chain::ChainId::parse("test-chain");
    doc.genesis_time = *chain::Timestamp::parse("2026-01-01T00:00:00Z");
    doc.app_state = text;
    ledger::EmptyState nothing;
    ledger::StateView view(nothing);
    if (!genesis::start(view, doc)) {
        return 0;
    }
    CHECK(invariants::check(view).empty());
    const std::string exported = genesis::export_state(view);
    doc.app_state = exported;
    ledger::StateView again(nothing);
    CHECK(genesis::start(again, doc).has_value());
    CHECK(genesis::export_state(again) == exported);
    return 0;
}
