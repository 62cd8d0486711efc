// Blocks that break one rule each.
#include "tests/sim/strategies/instead.h"
#include "tests/sim/strategies/strategies.h"

#include <array>

namespace steelyard::sim {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

void shift_time(chain::Block& block, std::chrono::nanoseconds by) {
    block.header.time = chain::checked_add(block.header.time, by).value_or(block.header.time);
}

/// The last commit with another signature in its first place; nothing to do in the first block.
void spoil_last_commit(chain::Block& block, const chain::CommitSig& sig) {
    if (block.last_commit) {
        const chain::Commit& old = *block.last_commit;
        auto signatures = old.signatures();
        signatures[0] = sig;
        auto spoiled =
            chain::Commit::make(old.height(), old.round(), old.block_id(), std::move(signatures));
        CHECK(spoiled.has_value());
        block.last_commit = *std::move(spoiled);
    }
}

/// Of all but one validator nothing is left.
void thin_last_commit(chain::Block& block) {
    if (block.last_commit) {
        const chain::Commit& old = *block.last_commit;
        std::vector<chain::CommitSig> signatures(old.signatures().size());
        signatures[0] = old.signatures()[0];
        auto thin =
            chain::Commit::make(old.height(), old.round(), old.block_id(), std::move(signatures));
        CHECK(thin.has_value());
        block.last_commit = *std::move(thin);
    }
}

/// The address of another validator, whose power would move the median.
void steal_address(chain::Block& block) {
    if (block.last_commit && !block.last_commit->signatures()[0].is_absent()) {
        const auto& signatures = block.last_commit->signatures();
        const chain::CommitSig& old = signatures[0];
        const chain::Address address = signatures.back().validator_address();
        spoil_last_commit(block, {old.flag(), address, old.timestamp(), old.signature()});
    }
}

using Spoil = void (*)(chain::Block& block);

/// Before the contents are sealed.
constexpr std::array<Spoil, 17> spoils = {
    [](chain::Block& block) { shift_time(block, milliseconds(1)); },
    [](chain::Block& block) { shift_time(block, -milliseconds(1)); },
    [](chain::Block& block) { shift_time(block, hours(24)); },
    [](chain::Block& block) { shift_time(block, -hours(24)); },
    [](chain::Block& block) { block.header.app_hash = chain::Hash256{1}; },
    [](chain::Block& block) { block.header.last_results_hash[0] ^= 1; },
    [](chain::Block& block) { block.header.validators_hash[0] ^= 1; },
    [](chain::Block& block) { block.header.next_validators_hash[0] ^= 1; },
    [](chain::Block& block) { block.header.consensus_hash[0] ^= 1; },
    [](chain::Block& block) { block.header.proposer_address[0] ^= 1; },
    [](chain::Block& block) { block.header.version.app += 1; },
    [](chain::Block& block) { block.header.height = block.header.height.next(); },
    [](chain::Block& block) {
        if (block.header.last_block_id) {
            block.header.last_block_id->hash[0] ^= 1;
        }
    },
    [](chain::Block& block) { block.txs.push_back(to_bytes(as_bytes("rubbish"))); },
    [](chain::Block& block) { spoil_last_commit(block, {}); },
    thin_last_commit,
    steal_address,
};

/// Says that another validator made the block, whose turn it is not.
void name_another(Adversary& self, chain::Block& block) {
    const consensus::HeightState* height = current_height(self);
    if (height && height->height == block.header.height) {
        const auto& validators = height->validators();
        block.header.proposer_address =
            validators[static_cast<chain::ValidatorIndex>(self.random().below(validators.size()))]
                .address();
    }
}

class InvalidBlocks final : public Instead {
protected:
    std::optional<Proposed> other_than(Adversary& self, const chain::Proposal& proposal) override {
        const chain::Block* own = find_block(self, proposal.block_id);
        if (!own) {
            return std::nullopt;
        }
        chain::Block block = *own;
        const std::uint64_t rule = self.random().below(spoils.size() + 3);
        if (rule < spoils.size()) {
            spoils.at(rule)(block);
        } else {
            name_another(self, block);
        }
        chain::seal_contents(block);
        if (self.random().below(8) == 0) {
            block.header.data_hash[0] ^= 1;
        }
        return propose_instead(self, proposal, block);
    }
};

}  // namespace

std::unique_ptr<Strategy> make_invalid_blocks() {
    return std::make_unique<InvalidBlocks>();
}

}  // namespace steelyard::sim
