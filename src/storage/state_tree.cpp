#include "storage/state_tree.h"

#include "base/check.h"
#include "base/endian.h"
#include "crypto/merkle.h"

namespace steelyard::storage {

using chain::Height;
using crypto::Hash256;
using Version = CritBitTree::Version;

namespace {

/// The heights before the head that are kept whatever they take: proofs are asked for at the height
/// before the last, whose app hash the last header shows.
constexpr Version history_heights_min = 2;

Error corrupt(std::string message) {
    return {ErrorCode::corrupt, std::move(message)};
}

Result<void> check_store_names(const std::vector<std::string>& names) {
    if (names.empty() || names.size() > stores_max) {
        return invalid("a state of {} stores, not of 1 to {}", names.size(), stores_max);
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!is_store_name(names[i]) || (i > 0 && names[i - 1] >= names[i])) {
            return invalid("the store name {} is malformed or out of order", names[i]);
        }
    }
    return {};
}

Result<std::optional<StateHead>> read_head(const KvStore& disk) {
    TRY_ASSIGN(const std::optional<Bytes> bytes, disk.get(state_head_key()));
    if (!bytes) {
        return std::nullopt;
    }
    Result<StateHead> head = decode_state_head(*bytes);
    if (!head && head.error().code() != ErrorCode::unsupported) {
        return std::unexpected(corrupt(head.error().message()));
    }
    return head;
}

Result<StateUndo> read_undo(const KvStore& disk, Height height) {
    TRY_ASSIGN(const std::optional<Bytes> bytes, disk.get(state_undo_key(height)));
    if (!bytes) {
        return fail(ErrorCode::not_found, "the undo record of height {} is gone", height);
    }
    Result<StateUndo> undo = decode_state_undo(*bytes);
    if (!undo) {
        return std::unexpected(corrupt(undo.error().message()).in(fmt::format("undo {}", height)));
    }
    if (undo->head && undo->head->height.next() != height) {
        return fail(
            ErrorCode::corrupt, "undo {}: it leads to height {}", height, undo->head->height
        );
    }
    return undo;
}

/// What the undo record says that the key was; nothing if the height left it alone.
const Bytes* find_before(const StateUndo& undo, std::string_view store, ByteView key) {
    for (const StoreUndo& store_undo : undo.stores) {
        if (store_undo.name == store) {
            const auto entry = std::ranges::find_if(store_undo.entries, [&](const UndoEntry& e) {
                return equal(e.key, key);
            });
            return entry == store_undo.entries.end() ? nullptr : &entry->before;
        }
    }
    return nullptr;
}

}  // namespace

void StateWrites::put(StoreId store, ByteView key, ByteView value) {
    writes_.push_back({store, to_bytes(key), to_bytes(value)});
}

void StateWrites::erase(StoreId store, ByteView key) {
    writes_.push_back({store, to_bytes(key), std::nullopt});
}

/// By store and key; writes of one key stay in the order of the calls.
std::vector<const StateWrites::Write*> StateWrites::sorted() const {
    // Most comparisons end within the first bytes of the keys, which are put beside the pointers.
    struct Entry {
        StoreId store;
        std::uint64_t key_start;
        std::size_t index;
    };
    std::vector<Entry> entries;
    entries.reserve(writes_.size());
    for (std::size_t i = 0; i < writes_.size(); ++i) {
        const Bytes& key = writes_[i].key;
        ByteArray<8> start = {};
        std::copy_n(key.begin(), std::min(key.size(), start.size()), start.begin());
        entries.push_back({writes_[i].store, load_be<std::uint64_t>(start.data()), i});
    }
    std::ranges::sort(entries, [&](const Entry& a, const Entry& b) {
        if (a.store != b.store) {
            return a.store < b.store;
        }
        if (a.key_start != b.key_start) {
            return a.key_start < b.key_start;
        }
        const auto order = compare(writes_[a.index].key, writes_[b.index].key);
        return order != 0 ? order < 0 : a.index < b.index;
    });
    std::vector<const Write*> order;
    order.reserve(entries.size());
    for (const Entry& entry : entries) {
        order.push_back(&writes_[entry.index]);
    }
    return order;
}

StateTree::StateTree(KvStore& disk, StateTreeOptions options)
    : disk_(disk), options_(std::move(options)) {
    for (std::size_t i = 0; i < options_.stores.size(); ++i) {
        trees_.push_back(std::make_unique<CritBitTree>());
    }
}

Result<std::unique_ptr<StateTree>> StateTree::open(KvStore& disk, StateTreeOptions options) {
    TRY(check_store_names(options.stores));
    std::unique_ptr<StateTree> tree(new StateTree(disk, std::move(options)));
    TRY(tree->load());
    return tree;
}

Result<void> StateTree::load() {
    TRY_ASSIGN(head_, read_head(disk_));
    if (head_) {
        if (!std::ranges::equal(head_->stores, options_.stores, {}, &StoreRoot::name)) {
            return invalid("the state on disk has other stores than this program");
        }
        base_height_ = head_->height.value();
    }
    TRY(load_records());
    for (const auto& tree : trees_) {
        if (const Result<void> finished = tree->finish_load(); !finished) {
            return std::unexpected(corrupt(finished.error().message()));
        }
    }
    TRY(check_roots());
    return load_height_before();
}

Result<void> StateTree::load_records() {
    const std::unique_ptr<KvIterator> record = disk_.iterate();
    for (record->seek({&state_record_tag, 1}); record->valid(); record->next()) {
        if (record->key().front() != state_record_tag) {
            break;
        }
        TRY_ASSIGN(const StateRecordKey key, parse_state_record_key(record->key()));
        const std::optional<StoreId> store = find_store(key.store);
        if (!store) {
            return fail(ErrorCode::corrupt, "there are records of an unknown store");
        }
        if (const auto added = trees_[*store]->append(key.key, record->value()); !added) {
            return std::unexpected(corrupt(added.error().message()).in(key.store));
        }
    }
    return record->status();
}

/// The check of the whole state that each start makes.
Result<void> StateTree::check_roots() const {
    std::string damaged;
    for (StoreId store = 0; store < trees_.size(); ++store) {
        if (trees_[store]->root() != (head_ ? head_->stores[store].root : empty_tree_root)) {
            damaged += (damaged.empty() ? "" : ", ") + options_.stores[store];
        }
    }
    if (!damaged.empty()) {
        return fail(ErrorCode::corrupt, "the records do not give the root of: {}", damaged);
    }
    if (head_ && crypto::merkle_root(simple_map(0)) != head_->app_hash) {
        return fail(ErrorCode::corrupt, "the roots do not give the app hash");
    }
    return {};
}

/// Goes back a height and forth again, so that proofs can be given of the one whose app hash the
/// last header shows. An undo record that does not lead there costs these proofs and no more.
Result<void> StateTree::load_height_before() {
    if (!head_) {
        return {};
    }
    const Result<StateUndo> undo = read_undo(disk_, head_->height);
    if (!undo && undo.error().code() != ErrorCode::not_found &&
        undo.error().code() != ErrorCode::corrupt) {
        return std::unexpected(undo.error());
    }
    if (!undo || !undo->head) {
        return {};
    }
    const std::optional<BackAndForth> writes = writes_of(*undo);
    if (!writes || !go_to(writes->back, undo->head->app_hash)) {
        return {};
    }
    CHECK(go_to(writes->forth, head_->app_hash));
    for (const auto& tree : trees_) {
        tree->forget_oldest();
    }
    base_height_ -= 2;
    return {};
}

/// What a head's undo record says the height before was, and what stands there now. Nothing if it
/// has a store that there is not.
std::optional<StateTree::BackAndForth> StateTree::writes_of(const StateUndo& undo) const {
    BackAndForth writes;
    const auto add = [](StateWrites& to, StoreId store, ByteView key, ByteView value) {
        value.empty() ? to.erase(store, key) : to.put(store, key, value);
    };
    for (const StoreUndo& store_undo : undo.stores) {
        const std::optional<StoreId> store = find_store(store_undo.name);
        if (!store) {
            return std::nullopt;
        }
        for (const UndoEntry& entry : store_undo.entries) {
            add(writes.back, *store, entry.key, entry.before);
            add(writes.forth, *store, entry.key, trees_[*store]->get(entry.key).value_or(ByteView())
            );
        }
    }
    return writes;
}

/// Makes the next version of the trees. False, and all is as before, if it has another app hash.
bool StateTree::go_to(const StateWrites& writes, const Hash256& app_hash) {
    const Result<Hash256> reached = prepare(writes);
    if (reached && *reached != app_hash) {
        abort();
        return false;
    }
    prepared_.reset();
    return reached.has_value();
}

Result<void> StateTree::check_usable() const {
    if (failure_) {
        return std::unexpected(*failure_);
    }
    return {};
}

std::optional<StoreId> StateTree::find_store(std::string_view name) const {
    const auto found = std::ranges::lower_bound(options_.stores, name);
    if (found == options_.stores.end() || *found != name) {
        return std::nullopt;
    }
    return static_cast<StoreId>(found - options_.stores.begin());
}

Result<Hash256> StateTree::prepare(const StateWrites& writes) {
    TRY(check_usable());
    CHECK(!prepared_);
    for (const StateWrites::Write& write : writes.writes_) {
        CHECK(write.store < trees_.size());
    }
    const std::vector<const StateWrites::Write*> order = writes.sorted();

    std::vector<TreeUpdate> updates;
    std::size_t next = 0;
    for (StoreId store = 0; store < trees_.size(); ++store) {
        updates.clear();
        for (; next < order.size() && order[next]->store == store; ++next) {
            const StateWrites::Write& write = *order[next];
            if (!updates.empty() && equal(updates.back().key, write.key)) {
                updates.pop_back();
            }
            updates.push_back(
                {write.key, write.value ? std::optional<ByteView>(*write.value) : std::nullopt}
            );
        }
        if (Result<void> updated = trees_[store]->update(updates); !updated) {
            while (store-- > 0) {
                trees_[store]->roll_back();
            }
            return std::unexpected(std::move(updated).error());
        }
    }
    prepared_ = crypto::merkle_root(simple_map(trees_[0]->head()));
    return *prepared_;
}

void StateTree::abort() {
    CHECK(prepared_);
    for (const auto& tree : trees_) {
        tree->roll_back();
    }
    prepared_.reset();
}

Result<void> StateTree::commit(Height height, ByteView extra) {
    TRY(check_usable());
    CHECK(prepared_ && extra.size() <= state_extra_size_max);
    CHECK(!head_ || height == head_->height.next());
    StateHead next{
        .height = height,
        .app_hash = *prepared_,
        .extra = to_bytes(extra),
        .stores = {},
    };
    for (StoreId store = 0; store < trees_.size(); ++store) {
        next.stores.push_back({options_.stores[store], trees_[store]->root()});
    }
    if (Result<void> written = disk_.write(build_batch(next), Durability::synced); !written) {
        failure_ = std::move(written).error().in("the state was not written");
        return std::unexpected(*failure_);
    }
    prepared_.reset();
    const bool is_first = !head_;
    head_ = std::move(next);
    if (is_first) {
        // Before the first height there is no state to read or to prove.
        base_height_ = height.value() - static_cast<std::int64_t>(trees_[0]->head());
        for (const auto& tree : trees_) {
            tree->forget_oldest();
        }
    }
    trim_history();
    return {};
}

WriteBatch StateTree::build_batch(const StateHead& next) const {
    WriteBatch batch;
    StateUndoWriter undo(head_);
    for (StoreId store = 0; store < trees_.size(); ++store) {
        const std::string& name = options_.stores[store];
        trees_[store]->visit_changes([&](const TreeChange& change) {
            if (change.after) {
                batch.put(state_record_key(name, change.key), *change.after);
            } else {
                batch.erase(state_record_key(name, change.key));
            }
            undo.entry(change.key, change.before);
        });
        undo.close_store(name);
    }
    batch.put(state_undo_key(next.height), std::move(undo).take());
    batch.put(state_head_key(), encode_state_head(next));
    if (next.height.value() >= options_.undo_heights) {
        batch.erase(state_undo_key(Height(next.height.value() - options_.undo_heights)));
    }
    return batch;
}

void StateTree::trim_history() {
    const auto is_over = [&] {
        const Version kept = trees_[0]->head() - trees_[0]->oldest();
        std::size_t bytes = 0;
        for (const auto& tree : trees_) {
            bytes += tree->history_size();
        }
        return kept > history_heights_min &&
               (kept > options_.history_heights_max || bytes > options_.history_bytes_max);
    };
    while (is_over()) {
        for (const auto& tree : trees_) {
            tree->forget_oldest();
        }
    }
}

Result<std::optional<ByteView>> StateTree::get(StoreId store, ByteView key) const {
    TRY(check_usable());
    CHECK(store < trees_.size());
    return trees_[store]->get(key);
}

Result<std::optional<Bytes>> StateTree::get(StoreId store, ByteView key, Height height) const {
    TRY(check_usable());
    CHECK(store < trees_.size());
    if (!head_ || height > head_->height) {
        return fail(ErrorCode::not_found, "height {} is yet to come", height);
    }
    for (; height < oldest_provable(); height = height.next()) {
        TRY_ASSIGN(const StateUndo undo, read_undo(disk_, height.next()));
        if (!undo.head) {
            return fail(ErrorCode::not_found, "height {} is before the first", height);
        }
        if (const Bytes* before = find_before(undo, options_.stores[store], key)) {
            return before->empty() ? std::nullopt : std::optional<Bytes>(*before);
        }
    }
    TRY_ASSIGN(const Version version, version_at(height));
    const std::optional<ByteView> value = trees_[store]->get(key, version);
    return value ? std::optional<Bytes>(to_bytes(*value)) : std::nullopt;
}

CritBitTree::Cursor StateTree::lower_bound(StoreId store, ByteView key) const {
    CHECK(store < trees_.size() && !failure_);
    return trees_[store]->lower_bound(key);
}

Height StateTree::oldest_provable() const {
    CHECK(head_);
    return Height(base_height_ + std::int64_t{trees_[0]->oldest()});
}

Result<Version> StateTree::version_at(Height height) const {
    if (!head_ || height > head_->height || height < oldest_provable()) {
        return fail(ErrorCode::not_found, "the state at height {} is not in memory", height);
    }
    return static_cast<Version>(height.value() - base_height_);
}

std::vector<Bytes> StateTree::simple_map(Version version) const {
    std::vector<Bytes> leaves;
    for (StoreId store = 0; store < trees_.size(); ++store) {
        const Bytes leaf =
            crypto::simple_map_leaf(as_bytes(options_.stores[store]), trees_[store]->root(version));
        leaves.push_back(leaf);
    }
    return leaves;
}

Result<StateProof> StateTree::prove(StoreId store, ByteView key, Height height) const {
    TRY_ASSIGN(crypto::CommitmentProof of_store, prove_store(store, height));
    TRY_ASSIGN(const Version version, version_at(height));
    TRY_ASSIGN(crypto::CommitmentProof in_store, trees_[store]->prove(key, version));
    return StateProof{.in_store = std::move(in_store), .of_store = std::move(of_store)};
}

Result<crypto::CommitmentProof> StateTree::prove_store(StoreId store, Height height) const {
    TRY(check_usable());
    CHECK(store < trees_.size());
    TRY_ASSIGN(const Version version, version_at(height));
    const std::vector<crypto::MerkleProof> proofs = crypto::merkle_proofs(simple_map(version));
    return crypto::simple_map_proof(
        as_bytes(options_.stores[store]), trees_[store]->root(version), proofs[store]
    );
}

std::size_t StateTree::memory_size() const {
    std::size_t size = 0;
    for (const auto& tree : trees_) {
        size += tree->memory_size() + tree->history_size();
    }
    return size;
}

Result<void> roll_back_state(KvStore& disk, Height height) {
    TRY_ASSIGN(std::optional<StateHead> head, read_head(disk));
    if (!head || head->height < height) {
        return fail(ErrorCode::not_found, "height {} is yet to come", height);
    }
    while (head->height > height) {
        TRY_ASSIGN(const StateUndo undo, read_undo(disk, head->height));
        if (!undo.head) {
            return fail(ErrorCode::not_found, "height {} is the first", head->height);
        }
        WriteBatch batch;
        for (const StoreUndo& store : undo.stores) {
            for (const UndoEntry& entry : store.entries) {
                const Bytes key = state_record_key(store.name, entry.key);
                if (entry.before.empty()) {
                    batch.erase(key);
                } else {
                    batch.put(key, entry.before);
                }
            }
        }
        batch.erase(state_undo_key(head->height));
        batch.put(state_head_key(), encode_state_head(*undo.head));
        TRY(disk.write(batch, Durability::synced));
        head = undo.head;
    }
    return {};
}

}  // namespace steelyard::storage
