// run_tx over whatever bytes: what is refused leaves nothing, no money is lost or made, and the
// result is one that can be stored. The first byte says how it is run; signatures are taken as
// good, so that what lies behind them is reached.
#include "base/check.h"
#include "ledger/pipeline/pipeline.h"
#include "tests/unit/ledger/map_state.h"
#include "tests/unit/ledger/tx_draft.h"

using namespace steelyard;

namespace {

struct World {
    World() {
        bench.block.chain_id = *chain::ChainId::parse("test-chain");
        bench.block.height = chain::Height(10);
        ledger::make_module_accounts(bench.state);
        for (std::uint32_t i = 1; i <= 3; ++i) {
            ledger::make_wallet(bench.state, i, "1000uabc,100000uyard");
        }
    }

    ledger::Bench bench;
};

Uint128 sum_of_balances(const ledger::StateView& state, const chain::Denom& denom) {
    Uint128 sum = 0;
    for (std::uint64_t i = 0;; ++i) {
        const ledger::AccountNumber number{i};
        if (!*state.contains(ledger::Store::auth, auth::accounts_prefix() << number)) {
            return sum;
        }
        sum += bank::balance(state, number, denom)->value();
    }
}

void check_money(const ledger::StateView& state) {
    for (const char* const name : {"uabc", "uyard"}) {
        const chain::Denom denom = *chain::Denom::parse(name);
        CHECK(sum_of_balances(state, denom) == bank::supply(state, denom)->value());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    static World world;
    static const pipeline::StatementVerifier good = [](std::span<const tx::Statement>) {
        return true;
    };
    ledger::Bench& bench = world.bench;
    const pipeline::RunOptions options{
        .scrutiny = {.signatures = &good, .simulate = (data[0] & 1) != 0},
        .run_messages = (data[0] & 2) == 0,
    };
    const auto before = bench.state.mark();

    const chain::ExecTxResult result =
        pipeline::run_tx(bench.state, bench.block, bench.params, {data + 1, size - 1}, options);

    CHECK(result.code == 0 || !result.log.empty());
    CHECK(result.code == 0 || !result.events.empty() || bench.state.mark() == before);
    CHECK(chain::decode_exec_tx_result(chain::encode_exec_tx_result(result)) == result);
    if (bench.state.mark() != before) {
        check_money(bench.state);
    }
    bench.state.roll_back(before);
    return 0;
}
