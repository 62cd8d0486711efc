// TestChain: a chain of valid blocks, made, signed and applied by the rules, without a node.
#pragma once

#include "consensus/core/block_rules.h"
#include "tests/support/chain_builders.h"

#include <map>

namespace steelyard::test {

/// Knows every private key. The genesis time is time_after(0), and validator i signs a block
/// i + 1 seconds after its time.
class TestChain {
public:
    explicit TestChain(const SigningSet& founders, chain::Height initial_height = chain::Height(1));

    /// A key whose validator may join.
    void add_key(crypto::PrivateKey key);

    const consensus::ChainState& state() const { return state_; }

    /// Of the last block; nothing before the first.
    const std::optional<chain::VerifiedCommit>& last_commit() const { return last_commit_; }

    /// The next block, by its proposer of round 0.
    chain::Block make_block(std::vector<Bytes> txs = {}) const;

    /// Validates the block and goes on with it. `votes` are the letters of sign_commit; all for the
    /// block where they are empty.
    void append(
        const chain::Block& block,
        const consensus::BlockOutcome& outcome = {},
        std::string_view votes = {}
    );

    /// Goes on by `count` blocks that change nothing.
    void append_empty(int count);

    /// The set with the keys of its members.
    SigningSet with_keys(const chain::ValidatorSet& validators) const;

private:
    std::map<crypto::Address, crypto::PrivateKey> keys_;
    consensus::ChainState state_;
    std::optional<chain::VerifiedCommit> last_commit_;
};

/// The genesis document of such a chain.
chain::GenesisDoc genesis_doc(const chain::ValidatorSet& founders, chain::Height initial_height);

}  // namespace steelyard::test
