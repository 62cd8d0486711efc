#include "chain/validator_set.h"

#include "base/check.h"
#include "base/checked.h"
#include "base/hex.h"
#include "base/protowire.h"
#include "chain/proposer_priority.h"
#include "crypto/merkle.h"

#include <numeric>

namespace steelyard::chain {
namespace {

/// The spread of priorities is held within this many times the total power.
constexpr std::int64_t priority_window_factor = 2;

/// Every power is in 0..total_voting_power_max and no key is named twice.
Result<void> check_updates(std::span<const ValidatorUpdate> updates) {
    std::vector<Address> addresses;
    addresses.reserve(updates.size());
    for (const ValidatorUpdate& update : updates) {
        if (update.power < 0) {
            return invalid("voting power {} is negative", update.power);
        }
        if (update.power > total_voting_power_max) {
            return fail(
                ErrorCode::too_large,
                "voting power {} is over the limit {}",
                update.power,
                total_voting_power_max
            );
        }
        addresses.push_back(update.public_key.address());
    }
    std::sort(addresses.begin(), addresses.end());
    const auto twice = std::adjacent_find(addresses.begin(), addresses.end());
    if (twice != addresses.end()) {
        return invalid("validator {} is named twice", to_hex_upper(*twice));
    }
    return {};
}

Result<void> check_size(std::size_t count, Int128 total_power) {
    if (count == 0) {
        return invalid("no validator is left");
    }
    if (count > validators_max) {
        return fail(
            ErrorCode::too_large, "{} validators are over the limit {}", count, validators_max
        );
    }
    if (total_power > total_voting_power_max) {
        return fail(
            ErrorCode::too_large,
            "the total voting power is over the limit {}",
            total_voting_power_max
        );
    }
    return {};
}

Int128 sum_of_powers(std::span<const Validator> validators) {
    Int128 sum = 0;
    for (const Validator& validator : validators) {
        sum += validator.voting_power();
    }
    return sum;
}

bool has_no_power(const Validator& validator) {
    return validator.voting_power() == 0;
}

std::size_t count_of_removed(std::span<const Validator> validators) {
    return static_cast<std::size_t>(
        std::count_if(validators.begin(), validators.end(), has_no_power)
    );
}

}  // namespace

Result<ValidatorSet> ValidatorSet::create(std::span<const ValidatorUpdate> members) {
    for (const ValidatorUpdate& member : members) {
        if (member.power == 0) {
            return invalid(
                "validator {} has no voting power", to_hex_upper(member.public_key.address())
            );
        }
    }
    TRY(check_size(members.size(), 0));
    ValidatorSet set;
    TRY(set.update(members));
    set.increment_proposer_priority(1);
    return set;
}

Result<ValidatorSet> ValidatorSet::restore(
    std::vector<Validator> validators, ValidatorIndex proposer
) {
    TRY(check_size(validators.size(), sum_of_powers(validators)));
    for (const Validator& validator : validators) {
        if (validator.voting_power() < 1) {
            return invalid("voting power {} is below 1", validator.voting_power());
        }
    }
    if (!std::is_sorted(validators.begin(), validators.end(), by_descending_power)) {
        return invalid("validators are not in descending order of power");
    }
    if (proposer >= validators.size()) {
        return invalid("proposer {} of {} validators", proposer, validators.size());
    }
    ValidatorSet set;
    set.validators_ = std::move(validators);
    if (!set.reindex()) {
        return invalid("a validator is in the set twice");
    }
    set.proposer_ = proposer;
    return set;
}

const Validator& ValidatorSet::operator[](ValidatorIndex index) const {
    CHECK(index < validators_.size());
    return validators_[index];
}

std::optional<ValidatorIndex> ValidatorSet::index_of(const Address& address) const {
    const auto found = std::lower_bound(
        by_address_.begin(),
        by_address_.end(),
        address,
        [&](ValidatorIndex index, const Address& sought) {
            return validators_[index].address() < sought;
        }
    );
    if (found == by_address_.end() || validators_[*found].address() != address) {
        return std::nullopt;
    }
    return *found;
}

void ValidatorSet::increment_proposer_priority(std::int32_t turns) {
    CHECK(turns > 0);
    rescale_priorities(validators_, priority_window_factor * total_power_);
    centre_priorities(validators_);
    for (std::int32_t turn = 0; turn < turns; ++turn) {
        proposer_ = take_proposer_turn(validators_, total_power_);
    }
}

ValidatorSet ValidatorSet::after_turns(std::int32_t turns) const {
    ValidatorSet later = *this;
    later.increment_proposer_priority(turns);
    return later;
}

Result<void> ValidatorSet::update(std::span<const ValidatorUpdate> changes) {
    if (changes.empty()) {
        return {};
    }
    TRY(check_updates(changes));
    TRY_ASSIGN(auto merged, merge(changes));
    const Int128 total = sum_of_powers(merged);
    TRY(check_size(merged.size() - count_of_removed(merged), total));

    // Newcomers start relative to a total that still counts the power about to be removed.
    Int128 total_before_removals = total;
    for (std::size_t i = 0; i < validators_.size(); ++i) {
        if (merged[i].voting_power() == 0) {
            total_before_removals += validators_[i].voting_power();
        }
    }
    for (Validator& newcomer : std::span(merged).subspan(validators_.size())) {
        newcomer.set_proposer_priority(
            priority_of_newcomer(static_cast<VotingPower>(total_before_removals))
        );
    }
    std::erase_if(merged, has_no_power);
    rescale_priorities(merged, priority_window_factor * static_cast<VotingPower>(total));
    centre_priorities(merged);

    ValidatorSet next;
    next.validators_ = std::move(merged);
    CHECK(next.reindex());
    const auto same_proposer =
        validators_.empty() ? std::nullopt : next.index_of(proposer().address());
    next.proposer_ = same_proposer.value_or(index_of_highest_priority(next.validators_));
    *this = std::move(next);
    return {};
}

/// The members in their places with their new powers, 0 for those to remove, then the newcomers.
Result<std::vector<Validator>> ValidatorSet::merge(std::span<const ValidatorUpdate> changes) const {
    std::vector<Validator> merged = validators_;
    for (const ValidatorUpdate& change : changes) {
        if (const auto member = index_of(change.public_key.address())) {
            merged[*member].set_voting_power(change.power);
        } else if (change.power > 0) {
            merged.emplace_back(change.public_key, change.power);
        } else {
            return invalid(
                "validator {} to remove is not in the set",
                to_hex_upper(change.public_key.address())
            );
        }
    }
    return merged;
}

Hash256 ValidatorSet::hash() const {
    std::vector<Bytes> leaves;
    leaves.reserve(validators_.size());
    for (const Validator& validator : validators_) {
        leaves.push_back(encode_simple_validator(validator));
    }
    return crypto::merkle_root(leaves);
}

bool ValidatorSet::reindex() {
    std::sort(validators_.begin(), validators_.end(), by_descending_power);
    total_power_ = static_cast<VotingPower>(sum_of_powers(validators_));
    by_address_.resize(validators_.size());
    std::iota(by_address_.begin(), by_address_.end(), 0U);
    std::sort(by_address_.begin(), by_address_.end(), [&](ValidatorIndex a, ValidatorIndex b) {
        return validators_[a].address() < validators_[b].address();
    });
    return std::adjacent_find(
               by_address_.begin(),
               by_address_.end(),
               [&](ValidatorIndex a, ValidatorIndex b) {
                   return validators_[a].address() == validators_[b].address();
               }
           ) == by_address_.end();
}

Bytes encode_validator_set(const ValidatorSet& set) {
    ProtoWriter writer;
    for (const Validator& validator : set.validators()) {
        writer.message(1, encode_validator(validator));
    }
    writer.message(2, encode_validator(set.proposer()));
    return std::move(writer).take();
}

Result<ValidatorSet> decode_validator_set(ByteView bytes) {
    std::vector<Validator> validators;
    ByteView encoded_proposer;
    ProtoReader reader("ValidatorSet", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                if (reader.at_most("validators", validators.size(), validators_max)) {
                    TRY_ASSIGN(
                        auto validator, decode_validator(reader.repeated_message("validators"))
                    );
                    validators.push_back(validator);
                }
                break;
            case 2:
                encoded_proposer = reader.message("proposer");
                break;
            case 3:
                reader.refuse("total_voting_power", "is written out");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    TRY_ASSIGN(const auto proposer, decode_validator(encoded_proposer));
    const auto member = std::find(validators.begin(), validators.end(), proposer);
    if (member == validators.end()) {
        return invalid("ValidatorSet.proposer: is not a member");
    }
    const auto index = static_cast<ValidatorIndex>(member - validators.begin());
    return ValidatorSet::restore(std::move(validators), index);
}

}  // namespace steelyard::chain
