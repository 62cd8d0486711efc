#include "tests/support/test_chain.h"

#include "base/check.h"

namespace steelyard::test {
namespace {

/// The value of a result that must have one; its error is printed otherwise.
template <typename T>
T must(Result<T> result) {
    if (!result) {
        fmt::print(stderr, "{}\n", result.error().message());
    }
    CHECK(result);
    return *std::move(result);
}

}  // namespace

chain::GenesisDoc genesis_doc(const chain::ValidatorSet& founders, chain::Height initial_height) {
    chain::GenesisDoc doc{
        .genesis_time = time_after(0),
        .chain_id = chain_id("test-chain"),
        .initial_height = initial_height,
        .consensus_params = {},
        .validators = {},
        .app_hash = {},
        .app_state = {},
    };
    for (const chain::Validator& validator : founders.validators()) {
        doc.validators.push_back({validator.public_key(), validator.voting_power(), ""});
    }
    return doc;
}

TestChain::TestChain(const SigningSet& founders, chain::Height initial_height)
    : state_(must(consensus::genesis_state(genesis_doc(founders.validators, initial_height)))) {
    for (const crypto::PrivateKey& key : founders.keys) {
        add_key(key.clone());
    }
}

void TestChain::add_key(crypto::PrivateKey key) {
    const crypto::Address address = key.public_key().address();
    keys_.emplace(address, std::move(key));
}

chain::Block TestChain::make_block(std::vector<Bytes> txs) const {
    return consensus::make_block(
        state_,
        {
            .txs = std::move(txs),
            .last_commit = last_commit_,
            .proposer_address = state_.validators.proposer().address(),
        }
    );
}

void TestChain::append(
    const chain::Block& block, const consensus::BlockOutcome& outcome, std::string_view votes
) {
    must(consensus::validate_block(state_, block));
    const chain::BlockId id = chain::block_id(block.header, chain::make_part_set(block));
    const auto first_time = chain::checked_add(block.header.time, std::chrono::seconds(1));
    CHECK(first_time);

    const SigningSet signers = with_keys(state_.validators);
    const chain::CommitTarget target = {state_.chain_id, block.header.height, id};
    const std::string letters =
        votes.empty() ? std::string(signers.keys.size(), 'c') : std::string(votes);
    last_commit_ = must(chain::verify_commit(
        target, signers.validators, sign_commit(signers, target, letters, *first_time)
    ));
    state_ = must(consensus::next_state(state_, id, block.header, outcome));
}

void TestChain::append_empty(int count) {
    for (int i = 0; i < count; ++i) {
        append(make_block());
    }
}

SigningSet TestChain::with_keys(const chain::ValidatorSet& validators) const {
    SigningSet set{validators, {}};
    for (const chain::Validator& validator : validators.validators()) {
        set.keys.push_back(keys_.at(validator.address()).clone());
    }
    return set;
}

}  // namespace steelyard::test
