// Whether the parameters can be changed again, whatever is in force.
#include "crypto/sha256.h"
#include "steelyard/params/v1/tx.pb.h"
#include "tests/unit/ledger/pipeline/pipeline_bench.h"
#include "tests/unit/ledger/validators.h"

namespace steelyard::pipeline {
namespace {

using steelyard::params::v1::MsgApproveParams;
using steelyard::params::v1::MsgProposeParams;

class ParamsChange : public PipelineTest {
protected:
    ParamsChange() {
        // The fees of the dearest gas limits are more than what the wallets of all tests have.
        ledger::make_wallet(bench.state, 1, "1000000uyard");
        for (const Wallet* wallet : {&alice, &bob}) {
            const auto number = static_cast<std::uint32_t>(wallet->number);
            ledger::make_validator(bench.state, number, wallet->address);
            ledger::set_active_power(bench.state, number, 1);
        }
    }

    chain::ExecTxResult run_of(Wallet& wallet, const google::protobuf::Message& message) {
        const std::uint64_t gas = ledger::tx_gas_limit(bench.params);
        TxDraft draft;
        draft.message(message).fee(fmt::format("{}uyard", gas / 100 + 1), gas).signer(wallet);
        ++wallet.sequence;
        return run(draft.sign());
    }

    chain::ExecTxResult propose(Wallet& by, const Bytes& params) {
        MsgProposeParams message;
        message.set_validator_address(ledger::operator_text(by.address));
        message.set_params(std::string(as_text(params)));
        return run_of(by, message);
    }

    chain::ExecTxResult approve(Wallet& by, std::uint64_t id, const Bytes& params) {
        MsgApproveParams message;
        message.set_validator_address(ledger::operator_text(by.address));
        message.set_proposal_id(id);
        message.set_params_hash(std::string(as_text(crypto::sha256(params))));
        return run_of(by, message);
    }
};

/// As long as a set of parameters can be.
Bytes longest_params() {
    ledger::Params params;
    for (std::size_t i = 0; i < ledger::Params::mint_steps_max; ++i) {
        const auto from = static_cast<std::int64_t>(900'000'000'000'000'000 + i);
        params.mint.push_back({chain::Height(from), chain::Amount(999'999'999'999'999U)});
    }
    return ledger::encode_params(params);
}

TEST_F(ParamsChange, fits_into_the_smallest_transaction_at_the_highest_costs) {
    ledger::Params& now = bench.params;
    now.fees.tx_gas_max = 5'000'000;
    const Bytes longest = longest_params();
    ASSERT_EQ(text_of(propose(bob, longest)), "");
    const Bytes plain = ledger::encode_params(ledger::Params());
    for (const std::uint64_t byte : {1U, 5U, 10U}) {
        now.auth.tx_size_cost_per_byte = byte;
        now.fees.tx_gas_max =
            ledger::proof_tx_gas(byte, ledger::proof_bytes_limit, ledger::proof_gas_limit);
        now.auth.sig_verify_cost_secp256k1 = (now.fees.tx_gas_max - 500'000 - 4'096 * byte) / 16;
        ASSERT_TRUE(validate(now));
        const auto mark = bench.state.mark();
        const std::uint64_t sequence = alice.sequence;

        EXPECT_EQ(text_of(approve(alice, 1, longest)), "") << byte;
        EXPECT_EQ(text_of(propose(alice, plain)), "") << byte;

        bench.state.roll_back(mark);
        alice.sequence = sequence;
    }
}

}  // namespace
}  // namespace steelyard::pipeline
