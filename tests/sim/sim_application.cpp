#include "tests/sim/sim_application.h"

#include "base/endian.h"
#include "crypto/sha256.h"

namespace steelyard::sim {
namespace {

constexpr std::string_view state_key = "state";
constexpr std::string_view tx_prefix = "tx";
constexpr std::size_t txs_max = 4;
constexpr std::size_t tx_size_max = 64;

/// More than one part holds.
constexpr std::size_t large_tx_size = 100'000;

bool is_tx(ByteView tx) {
    return as_text(tx).starts_with(tx_prefix);
}

/// What one thing that happened makes of the state's hash.
chain::Hash256 mix(const chain::Hash256& hash, ByteView bytes) {
    Bytes joined = to_bytes(hash);
    append(joined, bytes);
    return crypto::sha256(joined);
}

Bytes number_bytes(std::uint64_t number) {
    Bytes bytes(sizeof(number));
    store_le(bytes.data(), number);
    return bytes;
}

chain::ExecTxResult execute(ByteView tx, chain::Hash256& hash) {
    hash = mix(hash, tx);
    return {
        .code = static_cast<std::uint32_t>(hash[0] % 2),
        .data = Bytes(hash.begin(), hash.begin() + 8),
        .gas_wanted = static_cast<std::int64_t>(tx.size()),
        .gas_used = static_cast<std::int64_t>(tx.size() / 2),
    };
}

}  // namespace

SimApplication::SimApplication(
    storage::KvStore& store, const SimChain& chain, std::uint64_t seed, Habits habits
)
    : store_(store),
      chain_(chain),
      seed_(seed),
      habits_(habits),
      abstaining_(stream(seed, "abstentions")) {
}

Result<SimApplication::State> SimApplication::load() const {
    TRY_ASSIGN(const auto bytes, store_.get(as_bytes(state_key)));
    if (!bytes) {
        return State{};
    }
    State state;
    CHECK(bytes->size() == sizeof(std::uint64_t) + state.hash.size());
    const auto height = static_cast<std::int64_t>(load_le<std::uint64_t>(bytes->data()));
    state.height = chain::Height(height);
    std::copy(bytes->begin() + sizeof(std::uint64_t), bytes->end(), state.hash.begin());
    return state;
}

Result<abci::ApplicationInfo> SimApplication::info() {
    TRY_ASSIGN(const State state, load());
    if (state.height == chain::Height()) {
        return abci::ApplicationInfo{};
    }
    return abci::ApplicationInfo{state.height, state.hash};
}

Result<abci::GenesisOutcome> SimApplication::init_chain(const chain::GenesisDoc& genesis) {
    TRY_ASSIGN(const State state, load());
    if (state.height != chain::Height()) {
        return invalid("application: init_chain at height {}", state.height);
    }
    return abci::GenesisOutcome{.app_hash = genesis.app_hash};
}

Result<abci::PreparedTxs> SimApplication::prepare_proposal(const abci::ProposalRequest& request) {
    if (chance(abstaining_, habits_.abstains)) {
        return abci::Abstention{"there is nothing to propose"};
    }
    SeededRandom random = stream(seed_, "txs", static_cast<std::uint64_t>(request.height.value()));
    std::vector<Bytes> txs;
    for (std::size_t left = random.below(txs_max + 1); left > 0; --left) {
        Bytes tx = to_bytes(as_bytes(tx_prefix));
        tx.resize(tx.size() + random.below(tx_size_max));
        random.fill(std::span(tx).subspan(tx_prefix.size()));
        txs.push_back(std::move(tx));
    }
    const bool has_room = request.txs_size_max > static_cast<std::int64_t>(2 * large_tx_size);
    if (chance(random, habits_.large) && has_room) {
        Bytes tx = to_bytes(as_bytes(tx_prefix));
        tx.resize(large_tx_size, static_cast<std::uint8_t>(random.below(256)));
        txs.push_back(std::move(tx));
    }
    return txs;
}

Result<bool> SimApplication::process_proposal(const chain::Block& block) {
    return std::ranges::all_of(block.txs, is_tx);
}

Result<abci::BlockResults> SimApplication::finalize_block(
    const chain::Block& block, const std::optional<chain::VerifiedCommit>& last_commit
) {
    const chain::Header& header = block.header;
    TRY_ASSIGN(State state, load());
    if (header.height != state.height.next()) {
        return invalid("application: block {} after height {}", header.height, state.height);
    }
    const bool is_first = state.height == chain::Height();
    if (!is_first && header.app_hash != chain::AppHash(state.hash)) {
        return invalid("application: block {} stands on another state", header.height);
    }
    if (last_commit.has_value() == is_first ||
        (last_commit && last_commit->commit().height() != state.height)) {
        return invalid("application: block {} comes with a wrong last commit", header.height);
    }
    abci::BlockResults results;
    state.height = header.height;
    state.hash = mix(state.hash, number_bytes(static_cast<std::uint64_t>(header.height.value())));
    state.hash = mix(state.hash, header.proposer_address);
    state.hash = mix(state.hash, chain::encode_timestamp(header.time));
    state.hash = mix(state.hash, chain::evidence_hash(block.evidence));
    for (const Bytes& tx : block.txs) {
        results.tx_results.push_back(execute(tx, state.hash));
    }
    for (const PowerChange& change : chain_.power_changes) {
        if (change.height == header.height.value()) {
            results.validator_updates.push_back({chain_.keys[change.node], change.power});
        }
    }
    results.app_hash = state.hash;
    finalized_ = state;
    return results;
}

Result<void> SimApplication::commit() {
    if (!finalized_) {
        return invalid("application: commit without a finalized block");
    }
    const auto height = static_cast<std::uint64_t>(finalized_->height.value());
    Bytes value = number_bytes(height);
    append(value, finalized_->hash);
    finalized_.reset();
    storage::WriteBatch batch;
    batch.put(as_bytes(state_key), value);
    return store_.write(batch, storage::Durability::synced);
}

}  // namespace steelyard::sim
