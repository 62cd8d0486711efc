// Section beacon: the values so far and the keys of validators.
#include "crypto/secp256k1.h"
#include "ledger/beacon/genesis_io.h"
#include "ledger/genesis/parties.h"
#include "ledger/genesis/sections.h"
#include "ledger/state/values.h"
#include "steelyard/genesis/v1/genesis.pb.h"

namespace steelyard::genesis {
namespace {

using beacon::PublicKey;

template <std::size_t N>
Result<ByteArray<N>> read_bytes(std::string_view name, const std::string& bytes) {
    if (bytes.size() != N) {
        return invalid("{}: has {} bytes, not {}", name, bytes.size(), N);
    }
    return to_array<N>(as_bytes(bytes).first<N>());
}

Result<std::optional<PublicKey>> read_key(std::string_view name, const std::string& bytes) {
    if (bytes.empty()) {
        return std::optional<PublicKey>();
    }
    TRY_ASSIGN(const PublicKey key, read_bytes<33>(name, bytes));
    if (!crypto::secp256k1::is_public_key(key)) {
        return invalid("{}: is no compressed point of secp256k1", name);
    }
    return std::optional(key);
}

Result<beacon::Latest> read_value(const beacon::v1::Value& value) {
    TRY_ASSIGN(const auto height, chain::Height::parse(value.height()));
    TRY_ASSIGN(const auto bytes, read_bytes<32>("value", value.value()));
    return beacon::Latest{height, bytes};
}

Result<void> read_values(
    StateView& state, const v1::BeaconState& section, const chain::GenesisDoc& doc
) {
    const chain::Height before(doc.initial_height.value() - 1);
    beacon::Latest latest{before, beacon::first_value(doc.chain_id, chain::genesis_hash(doc))};
    if (section.has_latest()) {
        TRY_ASSIGN(latest, read_value(section.latest()));
    }
    if (latest.height != before) {
        return invalid("latest: is of height {}, must be {}", latest.height, before);
    }
    for (const auto& row : section.values()) {
        TRY_ASSIGN(const auto value, read_value(row));
        if (value.height > before) {
            return invalid("values: {} is yet to come", value.height);
        }
        sure(beacon::restore_value(state, value));
    }
    sure(beacon::begin(state, latest));
    return {};
}

Result<void> read_keys_of(StateView& state, const beacon::v1::ValidatorKeys& row) {
    TRY_ASSIGN(const auto number, validator_at(state, row.validator_address()));
    beacon::Keys keys;
    TRY_ASSIGN(keys.current, read_key("current", row.current()));
    TRY_ASSIGN(keys.next, read_key("next", row.next()));
    TRY_ASSIGN(keys.next_mature, chain::Height::parse(row.next_mature_height()));
    TRY(beacon::decode_keys(beacon::encode_keys(keys)));
    sure(beacon::restore_keys(state, number, keys));
    return {};
}

void write_value(const beacon::Latest& value, beacon::v1::Value& row) {
    row.set_height(value.height.value());
    row.set_value(value.value.data(), value.value.size());
}

}  // namespace

Result<void> read_beacon(
    StateView& state, const v1::BeaconState& section, const chain::GenesisDoc& doc
) {
    TRY(at("beacon", read_values(state, section, doc)));
    for (int i = 0; i < section.keys_size(); ++i) {
        TRY(at(fmt::format("beacon.keys[{}]", i), read_keys_of(state, section.keys(i))));
    }
    for (int i = 0; i < section.used_keys_size(); ++i) {
        const v1::BeaconKey& row = section.used_keys(i);
        TRY_ASSIGN(
            const auto key,
            at(fmt::format("beacon.used_keys[{}]", i), read_bytes<33>("key", row.key()))
        );
        sure(beacon::restore_used_key(state, key, ledger::ValidatorNumber{row.number()}));
    }
    return {};
}

void write_beacon(const StateView& state, v1::BeaconState& section) {
    write_value(sure(beacon::latest(state)), *section.mutable_latest());
    sure(beacon::walk_values(state, [&](const beacon::Latest& value) -> Outcome<bool> {
        write_value(value, *section.add_values());
        return true;
    }));
    sure(staking::walk_validators(state, [&](const staking::Member& member) -> Outcome<bool> {
        const beacon::Keys keys = sure(beacon::keys_of(state, member.number));
        if (keys == beacon::Keys()) {
            return true;
        }
        auto& row = *section.add_keys();
        row.set_validator_address(ledger::operator_text(member.validator.operator_address));
        if (keys.current) {
            row.set_current(keys.current->data(), keys.current->size());
        }
        if (keys.next) {
            row.set_next(keys.next->data(), keys.next->size());
        }
        row.set_next_mature_height(keys.next_mature.value());
        return true;
    }));
    sure(beacon::walk_used_keys(
        state,
        [&](const PublicKey& key, ledger::ValidatorNumber validator) -> Outcome<bool> {
            auto& row = *section.add_used_keys();
            row.set_key(key.data(), key.size());
            row.set_number(static_cast<std::uint32_t>(validator));
            return true;
        }
    ));
}

}  // namespace steelyard::genesis
