#include "ledger/beacon/beacon.h"

#include "base/base64.h"
#include "base/check.h"
#include "base/protowire.h"
#include "crypto/sha256.h"
#include "ledger/beacon/kinds.h"
#include "ledger/params/params.h"

namespace steelyard::beacon {
namespace {

using chain::Height;
using ledger::Key;
using ledger::KeyReader;
using ledger::Store;

/// Tells the hashes of the beacon from all others.
constexpr ByteArray<1> hash_prefix = {7};

Key keys_key(ValidatorNumber validator) {
    return Key('k') << validator;
}

Key used_key(ByteView public_key) {
    return Key('u') << public_key;
}

Key value_key(Height height) {
    return Key('o') << height;
}

Bytes height_bytes(Height height) {
    const Bytes key = (Key('-') << height).bytes();
    return to_bytes(ByteView(key).subspan(1));
}

Bytes number_bytes(ValidatorNumber validator) {
    const Bytes key = (Key('-') << validator).bytes();
    return to_bytes(ByteView(key).subspan(1));
}

Bytes encode_latest(const Latest& latest) {
    ProtoWriter writer;
    writer.int64(1, latest.height.value());
    writer.bytes(2, latest.value);
    return std::move(writer).take();
}

/// The record is our own: what cannot be read is a bug.
Latest decode_latest(ByteView bytes) {
    Latest latest;
    ProtoReader reader("Latest", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                latest.height = reader.nested("height", Height::parse(reader.int64("height")));
                break;
            case 2:
                latest.value = reader.array<32>("value");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(2, "value");
    CHECK(reader.finish().has_value());
    return latest;
}

Outcome<void> keep(StateView& state, const Latest& latest) {
    TRY(state.put(Store::beacon, value_key(latest.height), latest.value));
    return state.put(Store::beacon, Key('l'), encode_latest(latest));
}

/// Rule R7.
Outcome<void> forget_old(StateView& state, Height height, std::int64_t history) {
    const Key prefix('o');
    for (int i = 0; i < forgotten_max; ++i) {
        TRY_ASSIGN(const auto oldest, state.first(Store::beacon, prefix, prefix));
        CHECK(oldest.has_value());
        const std::uint64_t at = KeyReader(oldest->key).number8();
        if (static_cast<std::int64_t>(at) > height.value() - history) {
            break;
        }
        TRY(state.erase(Store::beacon, oldest->key));
    }
    return {};
}

/// Rule R4: a key is used once, even by the validator that has it already.
Outcome<PublicKey> take_unused(StateView& state, ValidatorNumber validator, ByteView public_key) {
    TRY(check_key(public_key));
    const Key used = used_key(public_key);
    TRY_ASSIGN(const bool known, state.contains(Store::beacon, used));
    if (known) {
        return ledger::refuse(kinds::key_in_use, "{} was registered before", to_base64(public_key));
    }
    TRY(state.put(Store::beacon, used, number_bytes(validator)));
    return to_array<33>(public_key.first<33>());
}

/// Rule R6: late enough in the life of a key its holder may know which of the two would suit it.
Outcome<void> may_replace_next(const Keys& keys, Height now, std::int64_t epoch_blocks) {
    if (keys.next && keys.next_mature.value() - now.value() < epoch_blocks) {
        return ledger::refuse(
            kinds::key_due,
            "the next key is in force from height {} on, and may not be replaced in the {} blocks "
            "before",
            keys.next_mature,
            epoch_blocks - 1
        );
    }
    return {};
}

Outcome<void> put_keys(StateView& state, ValidatorNumber validator, const Keys& keys) {
    return state.put(Store::beacon, keys_key(validator), encode_keys(keys));
}

}  // namespace

Keys Keys::at(Height height) const {
    return next && next_mature <= height ? Keys{.current = next} : *this;
}

Value first_value(const chain::ChainId& chain_id, const crypto::Hash256& genesis_hash) {
    const auto length = static_cast<std::uint8_t>(chain_id.text().size());
    return crypto::sha256({hash_prefix, {&length, 1}, as_bytes(chain_id.text()), genesis_hash});
}

Bytes input_of(const Value& before, Height height) {
    Bytes input = to_bytes(before);
    append(input, height_bytes(height));
    return input;
}

Value value_of(const crypto::Hash256& output) {
    return crypto::sha256({hash_prefix, output});
}

Result<Value> verify(const PublicKey& key, const Value& before, Height height, ByteView proof) {
    TRY_ASSIGN(
        const crypto::Hash256 output, crypto::vrf::verify(key, input_of(before, height), proof)
    );
    return value_of(output);
}

Outcome<void> begin(StateView& state, const Latest& first) {
    return keep(state, first);
}

Outcome<Latest> latest(const StateView& state) {
    TRY_ASSIGN(const auto bytes, state.get(Store::beacon, Key('l')));
    CHECK(bytes.has_value());
    return decode_latest(*bytes);
}

Outcome<std::optional<Value>> value_at(const StateView& state, Height height) {
    TRY_ASSIGN(const auto bytes, state.get(Store::beacon, value_key(height)));
    if (!bytes) {
        return std::nullopt;
    }
    CHECK(bytes->size() == Value().size());
    return to_array<32>(ByteView(*bytes).first<32>());
}

Outcome<void> advance(Context& context, const Value& value) {
    const Height height = context.block.height;
    TRY_ASSIGN(const Latest before, latest(context.state));
    CHECK(height == before.height.next());
    TRY(keep(context.state, {height, value}));
    return forget_old(context.state, height, context.params.beacon.history_blocks);
}

Outcome<std::optional<PublicKey>> key_in_force(
    const StateView& state, ValidatorNumber validator, Height height
) {
    TRY_ASSIGN(const Keys keys, keys_of(state, validator));
    return keys.at(height).current;
}

Outcome<Keys> keys_of(const StateView& state, ValidatorNumber validator) {
    TRY_ASSIGN(const auto bytes, state.get(Store::beacon, keys_key(validator)));
    if (!bytes) {
        return Keys();
    }
    Result<Keys> keys = decode_keys(*bytes);
    CHECK(keys.has_value());
    return *std::move(keys);
}

Outcome<void> check_key(ByteView public_key) {
    if (crypto::secp256k1::is_public_key(public_key)) {
        return {};
    }
    return ledger::refuse(
        kinds::bad_key,
        "{} ({} bytes) is no compressed point of secp256k1",
        to_base64(public_key.first(std::min(public_key.size(), PublicKey().size()))),
        public_key.size()
    );
}

Outcome<Height> register_key(Context& context, ValidatorNumber validator, ByteView public_key) {
    const Height now = context.block.height;
    if (now == Height()) {
        TRY(endow(context.state, validator, public_key));
    } else {
        TRY_ASSIGN(Keys keys, keys_of(context.state, validator));
        keys = keys.at(now);
        TRY(may_replace_next(keys, now, context.params.beacon.epoch_blocks));
        TRY_ASSIGN(keys.next, take_unused(context.state, validator, public_key));
        keys.next_mature = Height(now.value() + 2 * context.params.beacon.epoch_blocks);
        TRY(put_keys(context.state, validator, keys));
    }
    TRY_ASSIGN(const Keys keys, keys_of(context.state, validator));
    context.events.push_back(ledger::make_event(
        "register_beacon_key",
        {{"public_key", to_base64(public_key)},
         {"mature_height", fmt::format("{}", keys.next_mature)}}
    ));
    return keys.next_mature;
}

Outcome<void> endow(StateView& state, ValidatorNumber validator, ByteView public_key) {
    TRY_ASSIGN(const PublicKey key, take_unused(state, validator, public_key));
    return put_keys(state, validator, {.current = key});
}

Outcome<void> remove_validator(StateView& state, ValidatorNumber validator) {
    return state.erase(Store::beacon, keys_key(validator));
}

Bytes encode_keys(const Keys& keys) {
    ProtoWriter writer;
    if (keys.current) {
        writer.bytes(1, *keys.current);
    }
    if (keys.next) {
        writer.bytes(2, *keys.next);
    }
    writer.int64(3, keys.next_mature.value());
    return std::move(writer).take();
}

Result<Keys> decode_keys(ByteView bytes) {
    Keys keys;
    ProtoReader reader("Keys", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                keys.current = reader.array<33>("current");
                break;
            case 2:
                keys.next = reader.array<33>("next");
                break;
            case 3:
                keys.next_mature =
                    reader.nested("next_mature", Height::parse(reader.int64("next_mature")));
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    if (!keys.current && !keys.next) {
        return invalid("Keys: there is none");
    }
    if (keys.next.has_value() != (keys.next_mature > Height())) {
        return invalid(
            "Keys.next_mature: is {}, with next key: {}", keys.next_mature, keys.next.has_value()
        );
    }
    return keys;
}

}  // namespace steelyard::beacon
