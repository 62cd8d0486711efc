// ValidatorSet: what decodes is well formed, encodes back to the same bytes, and survives turns.
#include "base/check.h"
#include "chain/validator_set.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const auto set = chain::decode_validator_set(bytes);
    if (!set) {
        return 0;
    }
    CHECK(equal(chain::encode_validator_set(*set), bytes));
    CHECK(set->total_power() > 0 && set->total_power() <= chain::total_voting_power_max);
    for (chain::ValidatorIndex i = 0; i < set->size(); ++i) {
        CHECK(set->index_of((*set)[i].address()) == i);
    }

    // Whatever the priorities were, a turn leaves them within three times the total power.
    const chain::ValidatorSet later = set->after_turns(1);
    for (const chain::Validator& validator : later.validators()) {
        CHECK(validator.proposer_priority() <= 3 * set->total_power());
        CHECK(validator.proposer_priority() >= -3 * set->total_power());
    }
    return 0;
}
