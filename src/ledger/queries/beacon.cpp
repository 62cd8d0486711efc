// steelyard.beacon.v1.Query.
#include "ledger/beacon/beacon.h"
#include "ledger/messages/fields.h"
#include "ledger/queries/typed_query.h"
#include "ledger/staking/validator.h"
#include "steelyard/beacon/v1/query.pb.h"

#include <array>

namespace steelyard::queries {
namespace {

using namespace ::steelyard::beacon::v1;
using staking::Member;

/// The validators whose keys one answer holds.
constexpr int keys_max = 1'000;

std::string bytes_text(ByteView bytes) {
    return std::string(as_text(bytes));
}

Answer<QueryLatestResponse> latest(const Asked& asked, const QueryLatestRequest&) {
    TRY_ASSIGN(const auto last, beacon::latest(asked.state));
    QueryLatestResponse response;
    response.mutable_value()->set_height(last.height.value());
    response.mutable_value()->set_value(bytes_text(last.value));
    return response;
}

Answer<QueryValueResponse> value(const Asked& asked, const QueryValueRequest& request) {
    TRY_ASSIGN(
        const auto height,
        argument(or_refuse(ledger::kinds::invalid_request, chain::Height::parse(request.height())))
    );
    TRY_ASSIGN(const auto value, beacon::value_at(asked.state, height));
    if (!value) {
        return not_found(
            "no value of height {}: the last is of height {}, and {} are kept",
            height,
            asked.block.height,
            asked.params.beacon.history_blocks
        );
    }
    QueryValueResponse response;
    response.mutable_value()->set_height(height.value());
    response.mutable_value()->set_value(bytes_text(*value));
    return response;
}

/// As they stand in the next block.
Answer<void> add_keys(const Asked& asked, const Member& member, QueryKeysResponse& response) {
    TRY_ASSIGN(const beacon::Keys registered, beacon::keys_of(asked.state, member.number));
    const beacon::Keys keys = registered.at(asked.block.height.next());
    if (keys == beacon::Keys()) {
        return {};
    }
    auto& row = *response.add_keys();
    row.set_validator_address(messages::operator_text(member.validator.operator_address));
    if (keys.current) {
        row.set_current(bytes_text(*keys.current));
    }
    if (keys.next) {
        row.set_next(bytes_text(*keys.next));
        row.set_next_mature_height(keys.next_mature.value());
    }
    return {};
}

Answer<void> add_all_keys(const Asked& asked, QueryKeysResponse& response) {
    Answer<void> added;
    TRY(staking::walk_validators(asked.state, [&](const Member& member) -> ledger::Outcome<bool> {
        added = add_keys(asked, member, response);
        return added && response.keys_size() < keys_max;
    }));
    return added;
}

/// Of all validators where none is named.
Answer<QueryKeysResponse> keys(const Asked& asked, const QueryKeysRequest& request) {
    QueryKeysResponse response;
    if (request.validator_address().empty()) {
        TRY(add_all_keys(asked, response));
        return response;
    }
    TRY_ASSIGN(
        const chain::Address address,
        argument(messages::read_operator("validator_address", request.validator_address()))
    );
    TRY_ASSIGN(const auto member, staking::find_by_operator(asked.state, address));
    if (!member) {
        return not_found("validator {} not found", request.validator_address());
    }
    TRY(add_keys(asked, *member, response));
    return response;
}

}  // namespace

std::span<const QueryMethod> beacon_queries() {
    static const std::array methods = {
        query_method<QueryLatestRequest, latest>("/steelyard.beacon.v1.Query/Latest"),
        query_method<QueryValueRequest, value>("/steelyard.beacon.v1.Query/Value"),
        query_method<QueryKeysRequest, keys>("/steelyard.beacon.v1.Query/Keys"),
    };
    return methods;
}

}  // namespace steelyard::queries
