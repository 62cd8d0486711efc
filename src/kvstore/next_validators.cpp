#include "kvstore/next_validators.h"

#include "chain/validator_set.h"

namespace steelyard::kvstore {

NextValidators::NextValidators(Members members, std::uint32_t key_types)
    : members_(std::move(members)), key_types_(key_types) {
    for (const auto& [address, member] : members_) {
        total_power_ += member.power;
    }
}

void NextValidators::put(const chain::ValidatorUpdate& update) {
    const chain::Address address = update.public_key.address();
    updated_.insert(address);
    if (const auto known = members_.find(address); known != members_.end()) {
        total_power_ -= known->second.power;
        members_.erase(known);
    }
    if (update.power > 0) {
        members_.emplace(address, update);
        total_power_ += update.power;
    }
}

bool NextValidators::take(const chain::ValidatorUpdate& update) {
    const chain::Address address = update.public_key.address();
    if (updated_.contains(address)) {
        return false;
    }
    const auto known = members_.find(address);
    const bool is_member = known != members_.end();
    if (update.power == 0) {
        if (!is_member || members_.size() == 1) {
            return false;
        }
    } else {
        const Int128 total = total_power_ - (is_member ? known->second.power : 0) + update.power;
        const bool has_type =
            (key_types_ >> static_cast<unsigned>(update.public_key.type()) & 1) != 0;
        const bool has_room = is_member || members_.size() < chain::validators_max;
        if (!has_type || !has_room || total > chain::total_voting_power_max) {
            return false;
        }
    }
    put(update);
    return true;
}

}  // namespace steelyard::kvstore
