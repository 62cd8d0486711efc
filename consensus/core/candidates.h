// Candidates: the blocks that may become the one of this height, whole or still in parts.
#pragma once

#include "chain/block.h"

#include <map>
#include <memory>

namespace steelyard::consensus {

/// What the application and the chain's rules say of a block.
enum class Verdict : std::uint8_t { unknown, valid, invalid };

struct Candidate {
    chain::PartSet parts;
    std::shared_ptr<const chain::Block> block{};  ///< once whole and readable; shared with effects
    Verdict verdict = Verdict::unknown;

    bool is_valid() const { return verdict == Verdict::valid; }
};

/// Only blocks that a proposer signed or a quorum voted for are gathered, so there are few.
class Candidates {
public:
    static constexpr std::size_t count_max = 8;

    /// `block_size_max` bounds what is gathered.
    Candidates(chain::Height height, std::size_t block_size_max);

    /// Begins to gather a block. True if it is new. Refuses one that has more parts than a block
    /// may have, and more than count_max blocks.
    Result<bool> expect(const chain::BlockId& id);

    /// Adds a block that is whole: our own. One that is whole already stays, with its verdict.
    Result<void> add(const chain::BlockId& id, Candidate candidate);

    /// Gives the part to every block that it belongs to: several ids may name the same parts, of
    /// which at most one is true. An error if there is none. A complete block that is not what its
    /// id says, or of another height, is judged invalid.
    struct PartOutcome {
        bool added = false;  ///< some block did not have it yet
        std::vector<chain::BlockId> completed{};
    };
    Result<PartOutcome> add_part(const chain::Part& part);

    const Candidate* find(const chain::BlockId& id) const;

    /// The parts under this header, of whichever block, or nothing.
    const chain::PartSet* find_parts(const chain::PartSetHeader& header) const;

    /// `id` is a candidate.
    void judge(const chain::BlockId& id, Verdict verdict);

    /// Forgets all others.
    void retain(std::span<const chain::BlockId> kept);

    std::size_t size() const { return candidates_.size(); }

private:
    void complete(const chain::BlockId& id, Candidate& candidate) const;

    chain::Height height_;
    std::size_t block_size_max_;
    std::map<chain::BlockId, Candidate> candidates_;
};

}  // namespace steelyard::consensus
