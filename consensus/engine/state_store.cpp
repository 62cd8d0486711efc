#include "consensus/engine/state_store.h"

#include "base/endian.h"

namespace steelyard::engine {
namespace {

using chain::Height;

constexpr std::string_view state_key = "state";

/// Rows that one batch of pruning removes.
constexpr std::size_t prune_operations_max = 1'000;

Bytes key_of(char column, Height height) {
    Bytes key{static_cast<std::uint8_t>(column)};
    append_be(key, static_cast<std::uint64_t>(height.value()));
    return key;
}

/// What stands under a "v" key: where the set is, and the set if it is here.
struct ValidatorsRecord {
    Height stored_at{};
    std::optional<chain::ValidatorSet> validators{};
};

Bytes encode_record(const ValidatorsRecord& record) {
    Bytes out;
    append_be(out, static_cast<std::uint64_t>(record.stored_at.value()));
    if (record.validators) {
        append(out, chain::encode_validator_set(*record.validators));
    }
    return out;
}

Result<ValidatorsRecord> decode_record(Height height, ByteView bytes) {
    if (bytes.size() < sizeof(std::uint64_t)) {
        return fail(ErrorCode::corrupt, "validators of height {}: too short", height);
    }
    const auto number = static_cast<std::int64_t>(load_be<std::uint64_t>(bytes.data()));
    const ByteView set = bytes.subspan(sizeof(std::uint64_t));
    const auto stored_at = Height::parse(number);
    const bool is_here = stored_at && *stored_at == height;
    const bool is_before = stored_at && *stored_at < height;
    if (!(is_here || is_before) || is_here == set.empty()) {
        return fail(ErrorCode::corrupt, "validators of height {}: not where they say", height);
    }
    if (is_before) {
        return ValidatorsRecord{*stored_at, std::nullopt};
    }
    auto validators = chain::decode_validator_set(set);
    if (!validators) {
        return fail(
            ErrorCode::corrupt, "validators of height {}: {}", height, validators.error().message()
        );
    }
    return ValidatorsRecord{*stored_at, *std::move(validators)};
}

Result<ValidatorsRecord> load_record(const storage::KvStore& store, Height height) {
    TRY_ASSIGN(const auto bytes, store.get(key_of('v', height)));
    if (!bytes) {
        return fail(ErrorCode::not_found, "validators of height {} are not known", height);
    }
    return decode_record(height, *bytes);
}

}  // namespace

Result<std::optional<consensus::ChainState>> StateStore::load_state() const {
    TRY_ASSIGN(const auto bytes, store_.get(as_bytes(state_key)));
    if (!bytes) {
        return std::nullopt;
    }
    auto state = consensus::decode_chain_state(*bytes);
    if (!state) {
        return fail(ErrorCode::corrupt, "stored chain state: {}", state.error().message());
    }
    return *std::move(state);
}

Result<void> StateStore::save_state(const consensus::ChainState& state) {
    storage::WriteBatch batch;
    batch.put(as_bytes(state_key), consensus::encode_chain_state(state));
    const Height next = state.next_height();
    if (state.last_height == Height()) {
        const ValidatorsRecord first{next, state.validators};
        batch.put(key_of('v', next), encode_record(first));
    }
    TRY_ASSIGN(const Height stored_at, place_of_next_validators(state));
    const bool is_here = stored_at == next.next();
    const ValidatorsRecord record{
        stored_at, is_here ? std::optional(state.next_validators) : std::nullopt
    };
    batch.put(key_of('v', next.next()), encode_record(record));
    TRY(put_params(state, batch));
    return store_.write(batch, storage::Durability::synced);
}

/// The height under which the set of the height after the next is found: an earlier one, if from
/// there the rotation alone leads to it.
Result<Height> StateStore::place_of_next_validators(const consensus::ChainState& state) const {
    const Height next = state.next_height();
    if (state.last_height == Height() || state.validators.after_turns(1) != state.next_validators) {
        return next.next();
    }
    TRY_ASSIGN(const auto before, load_record(store_, next));
    const bool is_near = next.next().value() - before.stored_at.value() < validators_interval;
    return is_near ? before.stored_at : next.next();
}

Result<chain::ValidatorSet> StateStore::load_validators(Height height) const {
    TRY_ASSIGN(auto record, load_record(store_, height));
    if (record.validators) {
        return *std::move(record.validators);
    }
    TRY_ASSIGN(auto stored, load_record(store_, record.stored_at));
    const std::int64_t turns = height.value() - record.stored_at.value();
    if (!stored.validators || turns > validators_interval) {
        return fail(
            ErrorCode::corrupt,
            "validators of height {}: not at height {}",
            height,
            record.stored_at
        );
    }
    for (std::int64_t turn = 0; turn < turns; ++turn) {
        stored.validators->increment_proposer_priority(1);
    }
    return *std::move(stored.validators);
}

/// Those of the next height. They change seldom, so a row mostly names the one that has them.
Result<void> StateStore::put_params(const consensus::ChainState& state, storage::WriteBatch& batch)
    const {
    const Height next = state.next_height();
    const chain::ConsensusParams& params = state.consensus_params;
    Height stored_at = next;
    if (state.last_height != Height()) {
        const auto before = place_of_params(state.last_height);
        const bool is_unknown = !before && before.error().code() == ErrorCode::not_found;
        if (!before && !is_unknown) {
            return std::unexpected(before.error());
        }
        if (before) {
            TRY_ASSIGN(const auto last, load_params(state.last_height));
            stored_at = last == params ? *before : next;
        }
    }
    Bytes row;
    append_be(row, static_cast<std::uint64_t>(stored_at.value()));
    if (stored_at == next) {
        append(row, chain::encode_consensus_params(params));
    }
    batch.put(key_of('p', next), row);
    return {};
}

Result<Height> StateStore::place_of_params(Height height) const {
    TRY_ASSIGN(const auto row, store_.get(key_of('p', height)));
    if (!row) {
        return fail(ErrorCode::not_found, "parameters of height {} are not known", height);
    }
    const bool is_whole = row->size() >= sizeof(std::uint64_t);
    const auto number =
        is_whole ? static_cast<std::int64_t>(load_be<std::uint64_t>(row->data())) : -1;
    const auto stored_at = Height::parse(number);
    if (!stored_at || *stored_at > height) {
        return fail(ErrorCode::corrupt, "parameters of height {}: not where they say", height);
    }
    return *stored_at;
}

Result<chain::ConsensusParams> StateStore::load_params(Height height) const {
    TRY_ASSIGN(const Height stored_at, place_of_params(height));
    TRY_ASSIGN(const auto row, store_.get(key_of('p', stored_at)));
    const bool is_there = row && row->size() > sizeof(std::uint64_t);
    if (!is_there) {
        return fail(
            ErrorCode::corrupt, "parameters of height {}: not at height {}", height, stored_at
        );
    }
    auto params = chain::decode_consensus_params(ByteView(*row).subspan(sizeof(std::uint64_t)));
    if (!params) {
        return fail(
            ErrorCode::corrupt, "parameters of height {}: {}", stored_at, params.error().message()
        );
    }
    return params;
}

Result<void> StateStore::prune_below(Height height) {
    TRY_ASSIGN(const auto validators, load_record(store_, height));
    TRY_ASSIGN(const Height params, place_of_params(height));
    TRY(prune_column('v', height, validators.stored_at));
    TRY(prune_column('p', height, params));
    return prune_column('r', height, height);
}

/// All rows of a column below `height` but the one of `kept`, some at a time.
Result<void> StateStore::prune_column(char column, Height height, Height kept) {
    const Bytes end = key_of(column, height);
    const Bytes kept_key = key_of(column, kept);
    storage::WriteBatch batch;
    const auto rows = store_.iterate();
    for (rows->seek(key_of(column, Height())); rows->valid(); rows->next()) {
        if (compare(rows->key(), end) >= 0) {
            break;
        }
        if (!equal(rows->key(), kept_key)) {
            batch.erase(rows->key());
        }
        if (batch.size() >= prune_operations_max) {
            TRY(store_.write(batch, storage::Durability::buffered));
            batch.clear();
        }
    }
    TRY(rows->status());
    return batch.empty() ? Result<void>() : store_.write(batch, storage::Durability::buffered);
}

Result<abci::BlockResults> StateStore::load_results(Height height) const {
    TRY_ASSIGN(const auto bytes, store_.get(key_of('r', height)));
    if (!bytes) {
        return fail(ErrorCode::not_found, "results of height {} are not known", height);
    }
    auto results = abci::decode_block_results(*bytes);
    if (!results) {
        return fail(
            ErrorCode::corrupt, "results of height {}: {}", height, results.error().message()
        );
    }
    return results;
}

Result<void> StateStore::save_results(Height height, const abci::BlockResults& results) {
    storage::WriteBatch batch;
    batch.put(key_of('r', height), abci::encode_block_results(results));
    return store_.write(batch, storage::Durability::synced);
}

}  // namespace steelyard::engine
