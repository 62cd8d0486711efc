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

std::vector<chain::Address> accused(const Evidence& evidence) {
    if (const chain::Address* voter = voter_of(evidence)) {
        return {*voter};
    }
    std::vector<chain::Address> out;
    for (const auto& validator :
         std::get<chain::LightClientAttackEvidence>(evidence).byzantine_validators) {
        out.push_back(validator.address());
    }
    return out;
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

bool PendingList::contains_id(const chain::Hash256& id) const {
    return std::ranges::any_of(pieces_, [&](const auto& entry) { return entry.second->id == id; });
}

Result<void> PendingList::insert(const Evidence& evidence, std::vector<Offence> open) {
    CHECK(!open.empty());
    const chain::Hash256 id = chain::evidence_id(evidence);
    CHECK(!contains_id(id));
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
    auto piece = std::make_shared<const Piece>(evidence, id, size, std::move(open));
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

void PendingList::drop(const std::set<chain::Hash256>& ids) {
    for (auto at = pieces_.begin(); at != pieces_.end();) {
        at = ids.contains(at->second->id) ? erase(at) : std::next(at);
    }
}

void PendingList::drop_up_to(chain::Height last) {
    while (!pieces_.empty() && pieces_.begin()->first.first <= last) {
        erase(pieces_.begin());
    }
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
    std::set<chain::Address> punished;
    std::int64_t left = bytes_max;
    for (const auto& [key, piece] : pieces_) {
        const auto size = static_cast<std::int64_t>(piece->size);
        const auto validators = accused(piece->evidence);
        const bool anew = std::ranges::any_of(piece->open, [&](const Offence& offence) {
            return !named.contains(offence);
        });
        const bool again = std::ranges::any_of(validators, [&](const chain::Address& validator) {
            return punished.contains(validator);
        });
        if (!anew || again || size > left) {
            continue;
        }
        out.push_back(piece->evidence);
        named.insert(piece->open.begin(), piece->open.end());
        punished.insert(validators.begin(), validators.end());
        left -= size;
    }
    return out;
}

std::vector<Evidence> PendingList::list(std::int64_t bytes_max) const {
    std::vector<Evidence> out;
    std::int64_t left = bytes_max;
    for (const auto& [key, piece] : pieces_) {
        const auto size = static_cast<std::int64_t>(piece->size);
        if (size <= left) {
            out.push_back(piece->evidence);
            left -= size;
        }
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
