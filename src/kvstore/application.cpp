#include "kvstore/application.h"

#include "base/protowire.h"
#include "kvstore/tx_format.h"

#include <map>
#include <mutex>
#include <set>

namespace steelyard::kvstore {
namespace {

constexpr std::uint32_t code_invalid_tx_format = 2;
constexpr std::string_view abci_version = "2.0.0";
constexpr std::uint64_t app_version = 1;

// What the keys of the store begin with.
constexpr std::string_view state_key = "state";
constexpr std::string_view pair_prefix = "kv:";
constexpr std::string_view validator_key_prefix = "val:";

Bytes prefixed(std::string_view prefix, ByteView key) {
    Bytes out;
    out.reserve(prefix.size() + key.size());
    append(out, as_bytes(prefix));
    append(out, key);
    return out;
}

/// The count of transactions as a zigzag varint, filled up with zeros.
chain::AppHash app_hash(std::int64_t size) {
    constexpr std::size_t app_hash_size = 8;
    Bytes bytes;
    append_zigzag(bytes, size);
    bytes.resize(app_hash_size);
    return *chain::AppHash::parse(bytes);
}

/// tendermint.abci.ValidatorUpdate with its length before it: what a query for it gives.
Bytes encode_update(const chain::ValidatorUpdate& update) {
    ProtoWriter writer;
    writer.message(1, crypto::encode_public_key(update.public_key));
    writer.int64(2, update.power);
    return length_prefixed(std::move(writer).take());
}

Result<chain::ValidatorUpdate> decode_update(crypto::KeyType type, ByteView key, ByteView bytes) {
    TRY_ASSIGN(const auto public_key, crypto::PublicKey::parse(type, key));
    chain::ValidatorUpdate update{public_key, 0};
    TRY_ASSIGN(const auto size, take_uvarint(bytes));
    if (size != bytes.size()) {
        return invalid("has {} bytes, not {}", bytes.size(), size);
    }
    ProtoReader reader("update", bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            static_cast<void>(reader.message("pub_key"));
        } else if (reader.field() == 2) {
            update.power = reader.int64("power");
        } else {
            reader.unknown();
        }
    }
    TRY(reader.finish());
    return update;
}

/// Takes one unit of power from each member that signed twice.
std::vector<chain::ValidatorUpdate> punishments(
    const Members& members, std::span<const chain::Evidence> evidence
) {
    std::vector<chain::ValidatorUpdate> updates;
    for (const chain::Evidence& proof : evidence) {
        const auto* const duplicate = std::get_if<chain::DuplicateVoteEvidence>(&proof);
        if (duplicate == nullptr) {
            continue;
        }
        const auto found = members.find(duplicate->vote_a.validator_address);
        if (found != members.end()) {
            updates.push_back({found->second.public_key, duplicate->validator_power - 1});
        }
    }
    return updates;
}

/// Whether CometBFT's application survives the evidence: its chain stops at two double votes of one
/// validator in a block, and at one of a validator that has gone.
bool can_be_punished(const Members& members, std::span<const chain::Evidence> evidence) {
    std::set<chain::Address> punished;
    return std::ranges::all_of(evidence, [&](const chain::Evidence& proof) {
        const auto* const duplicate = std::get_if<chain::DuplicateVoteEvidence>(&proof);
        if (duplicate == nullptr) {
            return true;
        }
        const chain::Address& voter = duplicate->vote_a.validator_address;
        return members.contains(voter) && punished.insert(voter).second;
    });
}

void stage_update(storage::WriteBatch& batch, const chain::ValidatorUpdate& update) {
    const Bytes key = prefixed(validator_key_prefix, update.public_key.bytes());
    if (update.power == 0) {
        batch.erase(key);
    } else {
        batch.put(key, encode_update(update));
    }
}

/// An event's text is UTF-8, and a transaction is not always. Each byte that is of no character
/// becomes U+FFFD, which is what CometBFT's RPC shows of it.
std::string to_event_text(std::string_view text) {
    constexpr std::size_t character_size_max = 4;
    if (is_utf8(as_bytes(text))) {
        return std::string(text);
    }
    std::string out;
    while (!text.empty()) {
        std::size_t size = 1;
        while (size < std::min(text.size(), character_size_max) &&
               !is_utf8(as_bytes(text.substr(0, size)))) {
            ++size;
        }
        const bool is_character = is_utf8(as_bytes(text.substr(0, size)));
        out += is_character ? text.substr(0, size) : "\uFFFD";
        text.remove_prefix(is_character ? size : 1);
    }
    return out;
}

chain::Event make_event(std::string_view creator, std::string_view key) {
    return {
        .type = "app",
        .attributes =
            {{"creator", std::string(creator), true},
             {"key", to_event_text(key), true},
             {"index_key", "index is working", true},
             {"noindex_key", "index is working", false}},
    };
}

chain::ExecTxResult make_result(ByteView tx) {
    const auto [key, value] = split_pair(tx).value_or(std::pair(as_text(tx), as_text(tx)));
    chain::ExecTxResult result;
    result.events.reserve(2);
    result.events.push_back(make_event("Cosmoshi Netowoko", key));
    result.events.push_back(make_event("Cosmoshi", value));
    return result;
}

/// A block's updates may name a validator once: its last one counts, as if each were in a block of
/// its own. CometBFT's application names him twice, and its chain stops.
void keep_last_updates(std::vector<chain::ValidatorUpdate>& updates) {
    std::map<crypto::PublicKey, chain::ValidatorUpdate*> named;
    std::vector<chain::ValidatorUpdate> kept;
    kept.reserve(updates.size());
    for (const chain::ValidatorUpdate& update : updates) {
        const auto [at, is_new] = named.try_emplace(update.public_key, nullptr);
        if (is_new) {
            at->second = &kept.emplace_back(update);
        } else {
            at->second->power = update.power;
        }
    }
    updates = std::move(kept);
}

}  // namespace

Application::Application(storage::KvStore& store) : store_(store) {
}

Application::~Application() = default;

Result<std::unique_ptr<Application>> Application::open(storage::KvStore& store) {
    std::unique_ptr<Application> application(new Application(store));
    TRY(application->load());
    return application;
}

Result<void> Application::load() {
    TRY_ASSIGN(const auto bytes, store_.get(as_bytes(state_key)));
    if (!bytes) {
        return {};
    }
    ProtoReader reader("kvstore state", *bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                state_.size = reader.int64("size");
                break;
            case 2:
                state_.height =
                    reader.nested("height", chain::Height::parse(reader.int64("height")));
                break;
            case 3:
                state_.key_types = reader.uint32("key_types");
                break;
            default:
                reader.unknown();
        }
    }
    if (const auto read = reader.finish(); !read) {
        return fail(ErrorCode::corrupt, "{}", read.error().message());
    }
    const auto iterator = store_.iterate();
    for (iterator->seek(as_bytes(validator_key_prefix)); iterator->valid(); iterator->next()) {
        if (!as_text(iterator->key()).starts_with(validator_key_prefix)) {
            break;
        }
        const ByteView key = iterator->key().subspan(validator_key_prefix.size());
        const bool is_ed25519 = key.size() == public_key_size(crypto::KeyType::ed25519);
        const auto type = is_ed25519 ? crypto::KeyType::ed25519 : crypto::KeyType::secp256k1;
        const auto member = decode_update(type, key, iterator->value());
        if (!member) {
            return fail(ErrorCode::corrupt, "validator: {}", member.error().message());
        }
        apply(*member);
    }
    return iterator->status();
}

Result<abci::ApplicationInfo> Application::info() {
    const std::shared_lock lock(mutex_);
    return abci::ApplicationInfo{
        .last_height = state_.height,
        .app_hash = app_hash(state_.size),
        .data = fmt::format("{{\"size\":{}}}", state_.size),
        .version = std::string(abci_version),
        .app_version = app_version,
    };
}

Result<abci::GenesisOutcome> Application::init_chain(const chain::GenesisDoc& genesis) {
    validators_.clear();
    genesis_.clear();
    state_.key_types = 0;
    for (const crypto::KeyType type : genesis.consensus_params.validator.pub_key_types) {
        state_.key_types |= 1U << static_cast<unsigned>(type);
    }
    for (const chain::GenesisValidator& validator : genesis.validators) {
        genesis_.push_back({validator.public_key, validator.power});
        apply(genesis_.back());
    }
    return abci::GenesisOutcome{.app_hash = app_hash(state_.size)};
}

void Application::apply(const chain::ValidatorUpdate& update) {
    if (update.power == 0) {
        validators_.erase(update.public_key.address());
    } else {
        validators_.insert_or_assign(update.public_key.address(), update);
    }
}

abci::CheckTxResult Application::judge(ByteView tx) const {
    const bool good = is_validator_tx(tx) ? parse_validator_tx(tx).has_value() : is_pair_tx(tx);
    abci::CheckTxResult check;
    check.result.code = good ? 0 : code_invalid_tx_format;
    check.result.gas_wanted = good ? 1 : 0;
    return check;
}

/// A block holds "key=value" for what waits as "key:value", so the mempool cannot know that it is
/// done: it would be proposed for ever.
Result<bool> Application::is_stored(ByteView tx) const {
    const auto* const mark = std::ranges::find(tx, std::uint8_t{':'}).base();
    const auto at = static_cast<std::size_t>(mark - tx.data());
    TRY_ASSIGN(const auto value, store_.get(prefixed(pair_prefix, tx.first(at))));
    return value && equal(*value, tx.subspan(at + 1));
}

Result<abci::CheckTxResult> Application::check_tx(ByteView tx, abci::CheckType type) {
    abci::CheckTxResult check = judge(tx);
    if (type == abci::CheckType::fresh || check.result.code != 0) {
        return check;
    }
    bool is_stale = false;
    if (is_validator_tx(tx)) {
        is_stale = !next_validators({}).take(*parse_validator_tx(tx));
    } else if (!split_pair(tx)) {
        TRY_ASSIGN(is_stale, is_stored(tx));
    }
    if (is_stale) {
        check.result.code = code_invalid_tx_format;
        check.result.gas_wanted = 0;
    }
    return check;
}

/// The set that a block's own updates are made to: evidence stands in it whatever it does to the
/// set.
NextValidators Application::next_validators(std::span<const chain::Evidence> evidence) const {
    NextValidators next(validators_, state_.key_types);
    for (const chain::ValidatorUpdate& update : punishments(validators_, evidence)) {
        next.put(update);
    }
    return next;
}

/// An update that cannot be made waits in the mempool.
Result<abci::PreparedTxs> Application::prepare_proposal(const abci::ProposalRequest& request) {
    NextValidators next = next_validators(request.evidence);
    std::vector<Bytes> txs;
    txs.reserve(request.txs.size());
    for (const Bytes& tx : request.txs) {
        if (is_validator_tx(tx)) {
            const auto update = parse_validator_tx(tx);
            if (update && next.take(*update)) {
                txs.push_back(tx);
            }
        } else if (is_pair_tx(tx)) {
            txs.push_back(tx);
            std::ranges::replace(txs.back(), std::uint8_t{':'}, std::uint8_t{'='});
        }
    }
    return txs;
}

Result<bool> Application::process_proposal(const chain::Block& block) {
    if (!can_be_punished(validators_, block.evidence)) {
        return false;
    }
    NextValidators next = next_validators(block.evidence);
    return std::ranges::all_of(block.txs, [&](const Bytes& tx) {
        if (is_validator_tx(tx)) {
            const auto update = parse_validator_tx(tx);
            return update && next.take(*update);
        }
        return is_pair_tx(tx) && split_pair(tx).has_value();
    });
}

Result<abci::BlockResults> Application::
    finalize_block(const chain::Block& block, const std::optional<chain::VerifiedCommit>&) {
    Staged staged{.state = state_};
    staged.state.height = block.header.height;
    abci::BlockResults results;
    results.validator_updates = punishments(validators_, block.evidence);
    results.tx_results.reserve(block.txs.size());
    for (const Bytes& tx : block.txs) {
        if (is_validator_tx(tx)) {
            TRY_ASSIGN(const auto update, parse_validator_tx(tx));
            results.validator_updates.push_back(update);
        } else if (const auto pair = split_pair(tx)) {
            staged.batch.put(prefixed(pair_prefix, as_bytes(pair->first)), as_bytes(pair->second));
        }
        results.tx_results.push_back(make_result(tx));
        ++staged.state.size;
    }
    keep_last_updates(results.validator_updates);
    for (const chain::ValidatorUpdate& update : genesis_) {
        stage_update(staged.batch, update);
    }
    for (const chain::ValidatorUpdate& update : results.validator_updates) {
        stage_update(staged.batch, update);
    }
    staged.updates = results.validator_updates;
    results.app_hash = app_hash(staged.state.size);
    staged_ = std::move(staged);
    return results;
}

Result<void> Application::commit() {
    if (!staged_) {
        return invalid("kvstore: commit without a finalized block");
    }
    ProtoWriter writer;
    writer.int64(1, staged_->state.size);
    writer.int64(2, staged_->state.height.value());
    writer.uint64(3, staged_->state.key_types);
    staged_->batch.put(as_bytes(state_key), std::move(writer).take());
    {
        const std::unique_lock lock(mutex_);
        TRY(store_.write(staged_->batch, storage::Durability::synced));
        state_ = staged_->state;
    }
    for (const chain::ValidatorUpdate& update : staged_->updates) {
        apply(update);
    }
    genesis_.clear();
    staged_.reset();
    return {};
}

Result<abci::QueryResult> Application::query(const abci::QueryRequest& request) {
    const std::shared_lock lock(mutex_);
    abci::QueryResult result;
    result.key = request.data;
    if (request.path == "/val") {
        TRY_ASSIGN(auto update, store_.get(prefixed(validator_key_prefix, request.data)));
        result.value = std::move(update).value_or(Bytes());
        return result;
    }
    TRY_ASSIGN(auto value, store_.get(prefixed(pair_prefix, request.data)));
    result.log = value ? "exists" : "does not exist";
    result.value = std::move(value).value_or(Bytes());
    result.index = request.prove ? -1 : 0;
    result.height = state_.height;
    return result;
}

}  // namespace steelyard::kvstore
