// NextValidators: whether a block's updates leave a set of validators that consensus can go on
// with.
#pragma once

#include "base/checked.h"
#include "chain/validator.h"

#include <map>
#include <set>

namespace steelyard::kvstore {

/// The validators of the key-value store, by address.
using Members = std::map<chain::Address, chain::ValidatorUpdate>;

/// The updates of one block, as it is put together or looked at. Where one of them cannot be made
/// consensus stops, here (block-rules.md, B2) and in CometBFT.
class NextValidators {
public:
    /// After all earlier blocks. `key_types` has a bit for each crypto::KeyType that may be used.
    NextValidators(Members members, std::uint32_t key_types);

    /// Makes an update that stands in the block anyway.
    void put(const chain::ValidatorUpdate& update);

    /// Makes an update, or says that it may not stand in this block: a second one of a validator,
    /// one that removes somebody who is not there or the last one, a key of a type that the chain
    /// does not use, or too much power or too many validators.
    bool take(const chain::ValidatorUpdate& update);

private:
    Members members_;
    std::uint32_t key_types_;
    std::set<chain::Address> updated_{};
    Int128 total_power_ = 0;
};

}  // namespace steelyard::kvstore
