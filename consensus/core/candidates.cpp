#include "consensus/core/candidates.h"

#include <algorithm>

namespace steelyard::consensus {

Candidates::Candidates(chain::Height height, std::size_t block_size_max)
    : height_(height), block_size_max_(block_size_max) {
}

Result<bool> Candidates::expect(const chain::BlockId& id) {
    if (candidates_.contains(id)) {
        return false;
    }
    const auto parts_allowed = chain::parts_of(block_size_max_);
    if (id.parts.total > parts_allowed) {
        return fail(
            ErrorCode::too_large, "block has {} parts, limit {}", id.parts.total, parts_allowed
        );
    }
    if (candidates_.size() >= count_max) {
        return fail(ErrorCode::too_large, "{} blocks are gathered already", count_max);
    }
    TRY_ASSIGN(auto parts, chain::PartSet::expect(id.parts));
    candidates_.emplace(id, Candidate{.parts = std::move(parts)});
    return true;
}

Result<void> Candidates::add(const chain::BlockId& id, Candidate candidate) {
    CHECK(candidate.parts.is_complete() && candidate.block);
    TRY(expect(id));
    Candidate& held = candidates_.at(id);
    if (!held.block) {
        held = std::move(candidate);
    }
    return {};
}

Result<Candidates::PartOutcome> Candidates::add_part(const chain::Part& part) {
    PartOutcome outcome;
    bool belongs = false;
    for (auto& [id, candidate] : candidates_) {
        const bool fits = part.proof.total == id.parts.total && part.index() < id.parts.total;
        if (!fits) {
            continue;
        }
        if (candidate.parts.present().test(part.index())) {
            belongs = belongs || candidate.parts.part(part.index()) == part;
            continue;
        }
        if (!candidate.parts.add(part)) {
            continue;
        }
        belongs = true;
        outcome.added = true;
        if (candidate.parts.is_complete()) {
            complete(id, candidate);
            outcome.completed.push_back(id);
        }
    }
    if (!belongs) {
        return fail(ErrorCode::not_found, "no block wants part {}", part.index());
    }
    return outcome;
}

void Candidates::complete(const chain::BlockId& id, Candidate& candidate) const {
    auto block = candidate.parts.size() > block_size_max_
                     ? fail(ErrorCode::too_large, "block has {} bytes", candidate.parts.size())
                     : chain::decode_block(candidate.parts.join());
    const bool is_itself = block && block->header.height == height_ &&
                           chain::block_id(block->header, candidate.parts) == id;
    if (is_itself) {
        candidate.block = std::make_shared<const chain::Block>(*std::move(block));
    } else {
        candidate.verdict = Verdict::invalid;
    }
}

const Candidate* Candidates::find(const chain::BlockId& id) const {
    const auto found = candidates_.find(id);
    return found == candidates_.end() ? nullptr : &found->second;
}

const chain::PartSet* Candidates::find_parts(const chain::PartSetHeader& header) const {
    for (const auto& [id, candidate] : candidates_) {
        if (id.parts == header) {
            return &candidate.parts;
        }
    }
    return nullptr;
}

void Candidates::judge(const chain::BlockId& id, Verdict verdict) {
    candidates_.at(id).verdict = verdict;
}

void Candidates::retain(std::span<const chain::BlockId> kept) {
    std::erase_if(candidates_, [&](const auto& entry) {
        return std::ranges::find(kept, entry.first) == kept.end();
    });
}

}  // namespace steelyard::consensus
