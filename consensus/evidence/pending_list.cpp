#include "consensus/evidence/pending_list.h"

#include "base/hex.h"
#include "consensus/evidence/records.h"
#include "crypto/sha256.h"

#include <utility>

namespace steelyard::evidence {

using chain::Evidence;

namespace {

/// Whose double vote it is; nobody's for an attack.
const chain::Address* voter_of(const Evidence& evidence) {
    const auto* votes = std::get_if<chain::DuplicateVoteEvidence>(&evidence);
    return votes == nullptr ? nullptr : &votes->vote_a.validator_address;
}

}  // namespace

std::size_t size_in_list(const Evidence& evidence) {
    return chain::encode_evidence_list(std::span(&evidence, 1)).size();
}

PendingList::Key PendingList::key_of(const Evidence& evidence) {
    return {chain::evidence_height(evidence), crypto::sha256(chain::encode_evidence(evidence))};
}

bool PendingList::contains(const Evidence& evidence) const {
    return pieces_.contains(key_of(evidence));
}

Result<void> PendingList::insert(const Evidence& evidence, std::vector<Offence> open) {
    CHECK(!open.empty());
    const std::size_t size = size_in_list(evidence);
    if (pieces_.size() >= pending_max || byte_size_ + size > pending_bytes_max) {
        return fail(
            ErrorCode::too_large,
            "{} pieces of evidence wait in {} bytes, limits {} and {}",
            pieces_.size(),
            byte_size_,
            pending_max,
            pending_bytes_max
        );
    }
    const chain::Address* voter = voter_of(evidence);
    if (voter != nullptr) {
        const auto waiting = by_voter_.find(*voter);
        if (waiting != by_voter_.end() && waiting->second >= pending_per_validator_max) {
            return fail(
                ErrorCode::too_large,
                "{} double votes of validator {} wait, limit {}",
                waiting->second,
                to_hex_upper(*voter),
                pending_per_validator_max
            );
        }
    }
    auto piece = std::make_shared<const Piece>(evidence, size, std::move(open));
    const auto [at, added] = pieces_.emplace(key_of(evidence), std::move(piece));
    CHECK(added);
    open_.insert(at->second->open.begin(), at->second->open.end());
    byte_size_ += size;
    if (voter != nullptr) {
        ++by_voter_[*voter];
    }
    return {};
}

void PendingList::settle(const std::set<Offence>& committed) {
    for (auto at = pieces_.begin(); at != pieces_.end();) {
        const auto left = [&] {
            std::vector<Offence> open = at->second->open;
            std::erase_if(open, [&](const Offence& one) { return committed.contains(one); });
            return open;
        }();
        if (left.size() == at->second->open.size()) {
            ++at;
            continue;
        }
        const auto piece = at->second;
        at = erase(at);
        if (!left.empty()) {
            CHECK(insert(piece->evidence, left));
        }
    }
}

Result<void> PendingList::keep_if(const std::function<Result<bool>(const Evidence&)>& is_wanted) {
    for (auto at = pieces_.begin(); at != pieces_.end();) {
        TRY_ASSIGN(const bool wanted, is_wanted(at->second->evidence));
        at = wanted ? std::next(at) : erase(at);
    }
    return {};
}

PendingList::Pieces::iterator PendingList::erase(Pieces::iterator piece) {
    for (const Offence& offence : piece->second->open) {
        open_.erase(open_.find(offence));
    }
    byte_size_ -= piece->second->size;
    if (const chain::Address* voter = voter_of(piece->second->evidence)) {
        const auto waiting = by_voter_.find(*voter);
        if (--waiting->second == 0) {
            by_voter_.erase(waiting);
        }
    }
    return pieces_.erase(piece);
}

std::vector<Evidence> PendingList::select(std::int64_t bytes_max) const {
    std::vector<Evidence> out;
    std::set<Offence> named;
    std::int64_t left = bytes_max;
    for (const auto& [key, piece] : pieces_) {
        const auto size = static_cast<std::int64_t>(piece->size);
        const bool anew = std::ranges::any_of(piece->open, [&](const Offence& offence) {
            return !named.contains(offence);
        });
        if (!anew || size > left) {
            continue;
        }
        out.push_back(piece->evidence);
        named.insert(piece->open.begin(), piece->open.end());
        left -= size;
    }
    return out;
}

void PendingList::write_changes(const PendingList& before, storage::WriteBatch& batch) const {
    for (const auto& [key, piece] : before.pieces_) {
        if (!pieces_.contains(key)) {
            batch.erase(pending_key(piece->evidence));
        }
    }
    for (const auto& [key, piece] : pieces_) {
        if (!before.pieces_.contains(key)) {
            batch.put(pending_key(piece->evidence), chain::encode_evidence(piece->evidence));
        }
    }
}

}  // namespace steelyard::evidence
