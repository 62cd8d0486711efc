#include "node/beacon_check.h"

#include "base/base64.h"
#include "steelyard/beacon/v1/query.pb.h"

#include <algorithm>

namespace steelyard::node {
namespace {

using steelyard::beacon::v1::QueryKeysResponse;

constexpr std::string_view all_keys_path = "/steelyard.beacon.v1.Query/Keys";

bool is_known(const QueryKeysResponse& registered, const crypto::PublicKey& key) {
    return std::ranges::any_of(registered.keys(), [&](const auto& row) {
        return equal(as_bytes(row.current()), key.bytes()) ||
               equal(as_bytes(row.next()), key.bytes());
    });
}

}  // namespace

std::optional<std::string> doubt_about_beacon_keys(
    abci::Application& ledger, const BeaconKeys& keys
) {
    const auto own = keys.public_keys();
    if (!own) {
        return own.error().message();
    }
    if (own->empty()) {
        return fmt::format(
            "{} is not there: without the validator's beacon key this node proposes no block",
            beacon_key_file
        );
    }
    const auto answer = ledger.query({.path = std::string(all_keys_path)});
    QueryKeysResponse registered;
    const bool is_told =
        answer && answer->code == 0 &&
        registered.ParseFromArray(answer->value.data(), static_cast<int>(answer->value.size()));
    const auto is_one_known = [&] {
        return std::ranges::any_of(*own, [&](const crypto::PublicKey& key) {
            return is_known(registered, key);
        });
    };
    if (!is_told || is_one_known()) {
        return std::nullopt;
    }
    return fmt::format(
        "no validator has registered the beacon key of {}, {}: with it this node proposes no block",
        beacon_key_file,
        to_base64(own->front().bytes())
    );
}

}  // namespace steelyard::node
