#include "consensus/evidence/pool.h"

#include "base/check.h"
#include "base/hex.h"

#include <algorithm>

namespace steelyard::evidence {

using chain::Evidence;
using chain::Height;
using storage::Durability;
using storage::WriteBatch;

namespace {

/// A batch of resuming is written when it has so many operations; those of one piece of evidence
/// more may come on top.
constexpr std::size_t batch_operations_max = 1000;

/// Calls `visit` with each key and value of a range, until it returns false.
template <typename Visit>
Result<void> walk(const storage::KvStore& store, const KeyRange& range, Visit visit) {
    const auto iterator = store.iterate();
    for (iterator->seek(range.begin); iterator->valid(); iterator->next()) {
        if (compare(iterator->key(), range.end) >= 0 ||
            !visit(iterator->key(), iterator->value())) {
            return {};
        }
    }
    return iterator->status();
}

/// Writes what a batch has gathered, once it has a good deal.
Result<void> flush_if_full(storage::KvStore& store, WriteBatch& batch) {
    if (batch.size() < batch_operations_max) {
        return {};
    }
    TRY(store.write(batch, Durability::buffered));
    batch.clear();
    return {};
}

void remember(const Evidence& carried, Height block, WriteBatch& batch) {
    for (const Offence& offence : offences(carried)) {
        batch.put(committed_key(offence), encode_committed(block));
    }
    batch.put(carried_key(carried), encode_committed(block));
}

/// Whether evidence may become true when the chain has grown: it is about heights that a node that
/// is behind does not have.
bool is_ahead(const Evidence& evidence, const Tip& tip) {
    if (const auto* attack = std::get_if<chain::LightClientAttackEvidence>(&evidence)) {
        return attack->conflicting_block.header().height >= tip.height;
    }
    return chain::evidence_height(evidence) > tip.height;
}

/// The verdict in an answer: an error remains where there is none.
Result<bool> verdict(const Result<void>& result) {
    if (!result && !is_refusal(result.error())) {
        return std::unexpected(result.error());
    }
    return result.has_value();
}

}  // namespace

Pool::Pool(storage::KvStore& store, const History& history, PoolConfig config)
    : store_(store),
      history_(history),
      config_(std::move(config)),
      view_(view_at({}, config_.initial_height.previous())) {
}

Result<std::unique_ptr<Pool>> Pool::open(
    storage::KvStore& store, const History& history, PoolConfig config
) {
    std::unique_ptr<Pool> pool(new Pool(store, history, std::move(config)));
    TRY_ASSIGN(const auto head, store.get(head_key()));
    if (head) {
        TRY_ASSIGN(pool->stored_, decode_head(*head));
    }
    return pool;
}

ChainView Pool::view_at(const Tip& tip, Height horizon) const {
    return ChainView(store_, history_, {config_.chain_id, tip, config_.verifier}, horizon);
}

Result<void> Pool::resume(const Tip& tip) {
    const bool goes_on = stored_ && stored_->height <= tip.height;
    TRY(goes_on ? forget_blocks_after(stored_->height) : forget_blocks());
    const Head from = goes_on ? *stored_ : Head{Height(), config_.initial_height.previous()};
    TRY_ASSIGN(const Height horizon, horizon_at(tip, from.horizon, history_));
    TRY(learn_blocks(std::max(from.height, horizon).next(), tip.height));

    view_ = view_at(tip, horizon);
    WriteBatch batch;
    TRY(restore_pending(batch));
    TRY(forget_expired(horizon, batch));
    batch.put(head_key(), encode_head({tip.height, horizon}));
    TRY(store_.write(batch, Durability::synced));
    resumed_ = true;
    ++revision_;
    return {};
}

/// Begins with the head, so that a crash on the way leaves a pool that knows nothing.
Result<void> Pool::forget_blocks() {
    stored_.reset();
    WriteBatch batch;
    batch.erase(head_key());
    Result<void> written;
    TRY(walk(store_, block_range(), [&](ByteView key, ByteView) {
        batch.erase(key);
        written = flush_if_full(store_, batch);
        return written.has_value();
    }));
    TRY(written);
    return store_.write(batch, Durability::buffered);
}

/// Those that a crash left behind while blocks were learnt, which may not be of the chain any more.
Result<void> Pool::forget_blocks_after(Height last) {
    WriteBatch batch;
    Result<void> done;
    const auto forget = [&](ByteView key, ByteView value) -> Result<void> {
        TRY_ASSIGN(const Height block, decode_committed(value));
        if (block > last) {
            batch.erase(key);
        }
        return flush_if_full(store_, batch);
    };
    TRY(walk(store_, block_range(), [&](ByteView key, ByteView value) {
        done = forget(key, value);
        return done.has_value();
    }));
    TRY(done);
    return store_.write(batch, Durability::buffered);
}

Result<void> Pool::learn_blocks(Height first, Height last) {
    const chain::Hash256 none = chain::evidence_hash({});
    WriteBatch batch;
    for (Height block = first; block <= last; block = block.next()) {
        TRY_ASSIGN(const chain::Header header, history_.header(block));
        if (header.evidence_hash == none) {
            continue;
        }
        TRY_ASSIGN(const auto list, history_.evidence(block));
        for (const Evidence& evidence : list) {
            remember(evidence, block, batch);
            TRY(flush_if_full(store_, batch));
        }
    }
    return store_.write(batch, Durability::buffered);
}

/// Judges everything anew: the chain may have moved on, or back.
Result<void> Pool::restore_pending(WriteBatch& batch) {
    pending_ = {};
    Result<void> restored;
    const auto restore = [&](ByteView key, ByteView value) -> Result<void> {
        TRY_ASSIGN(const Evidence evidence, decode_pending(key, value));
        TRY_ASSIGN(const bool is_true, verdict(view_.judge(evidence)));
        TRY_ASSIGN(auto open, view_.open_offences(evidence));
        const bool is_new = !pending_.contains_id(chain::evidence_id(evidence));
        if (!is_true || open.empty() || !is_new || !pending_.insert(evidence, std::move(open))) {
            batch.erase(key);
        }
        return {};
    };
    TRY(walk(store_, pending_range(), [&](ByteView key, ByteView value) {
        restored = restore(key, value);
        return restored.has_value();
    }));
    return restored;
}

Result<bool> Pool::add(const Evidence& evidence) {
    CHECK(resumed_);
    TRY_ASSIGN(auto open, view_.open_offences(evidence));
    const bool names_nothing_new =
        std::ranges::all_of(open, [&](const Offence& one) { return pending_.names(one); });
    if (names_nothing_new || pending_.contains_id(chain::evidence_id(evidence))) {
        return false;
    }
    const std::size_t size = size_in_list(evidence);
    if (std::cmp_greater(size, view_.tip().params.max_bytes)) {
        return fail(
            ErrorCode::too_large,
            "evidence has {} bytes, a block may carry {}",
            size,
            view_.tip().params.max_bytes
        );
    }
    if (auto judged = view_.judge(evidence); !judged) {
        Error error = std::move(judged).error();
        return error.code() == ErrorCode::invalid && is_ahead(evidence, view_.tip())
                   ? fail(ErrorCode::not_found, "too early to tell: {}", error.message())
                   : std::unexpected(std::move(error));
    }
    PendingList pending = pending_;
    TRY(pending.insert(evidence, std::move(open)));
    WriteBatch batch;
    pending.write_changes(pending_, batch);
    TRY(store_.write(batch, Durability::synced));
    pending_ = std::move(pending);
    ++revision_;
    return true;
}

void Pool::report(const chain::Vote& a, const chain::Vote& b) {
    const Offence slot = double_vote(a);
    const auto of_validator = std::ranges::count_if(reported_, [&](const auto& pair) {
        return pair.second.first.validator_address == a.validator_address;
    });
    if (reported_.size() < reported_max && !pending_.names(slot) &&
        std::cmp_less(of_validator, pending_per_validator_max)) {
        reported_.try_emplace(slot, a, b);
    }
}

std::vector<Evidence> Pool::pending(std::int64_t bytes_max) const {
    CHECK(resumed_);
    return pending_.select(bytes_max);
}

std::vector<Evidence> Pool::waiting(std::int64_t bytes_max) const {
    CHECK(resumed_);
    return pending_.list(bytes_max);
}

Result<void> Pool::check(std::span<const Evidence> list) const {
    CHECK(resumed_);
    std::set<chain::Hash256> ids;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (auto checked = check_one(list[i], ids); !checked) {
            return std::unexpected(
                std::move(checked).error().in(fmt::format("evidence {} of the block", i))
            );
        }
    }
    return {};
}

/// `ids` are those of the pieces before this one.
Result<void> Pool::check_one(const Evidence& evidence, std::set<chain::Hash256>& ids) const {
    TRY(chain::validate(evidence));
    TRY(view_.check_horizon(evidence));
    TRY_ASSIGN(const auto carried, view_.carried_in(evidence));
    if (carried) {
        return invalid("block {} carries it already", *carried);
    }
    if (!ids.insert(chain::evidence_id(evidence)).second) {
        return invalid("it is there twice");
    }
    // Waiting pieces are kept true.
    return pending_.contains(evidence) ? Result<void>() : view_.judge(evidence);
}

Height Pool::next_height() const {
    return std::max(height().next(), config_.initial_height);
}

Result<void> Pool::update(const Tip& tip, std::span<const Evidence> committed) {
    CHECK(resumed_);
    if (tip.height <= height()) {
        return {};
    }
    if (tip.height != next_height()) {
        return invalid("block {} does not follow block {}", tip.height, height());
    }
    TRY_ASSIGN(const Height horizon, horizon_at(tip, view_.horizon(), history_));
    const ChainView view = view_at(tip, horizon);
    WriteBatch batch;
    std::set<Offence> settled;
    std::set<chain::Hash256> ids;
    for (const Evidence& evidence : committed) {
        const auto all = offences(evidence);
        remember(evidence, tip.height, batch);
        settled.insert(all.begin(), all.end());
        ids.insert(chain::evidence_id(evidence));
    }
    PendingList pending = pending_;
    pending.drop(ids);
    pending.settle(settled);
    pending.drop_up_to(horizon);
    TRY(take_reported(pending, view, settled));
    pending.write_changes(pending_, batch);
    TRY(forget_expired(horizon, batch));
    batch.put(head_key(), encode_head({tip.height, horizon}));
    TRY(store_.write(batch, Durability::synced));

    view_ = view;
    pending_ = std::move(pending);
    ++revision_;
    std::erase_if(reported_, [&](const auto& pair) { return pair.first.height <= tip.height; });
    return {};
}

Result<void> Pool::take_reported(
    PendingList& pending, const ChainView& view, const std::set<Offence>& settled
) const {
    for (const auto& [slot, votes] : reported_) {
        if (slot.height <= view.horizon() || slot.height > view.tip().height ||
            settled.contains(slot) || pending.names(slot)) {
            continue;
        }
        TRY_ASSIGN(const auto evidence, evidence_of(votes.first, votes.second, view));
        if (!evidence) {
            continue;
        }
        TRY_ASSIGN(auto open, view.open_offences(*evidence));
        if (!open.empty()) {
            // What is over a limit is dropped: there is enough to be punished for.
            static_cast<void>(pending.insert(*evidence, std::move(open)));
        }
    }
    return {};
}

/// Two votes as evidence, with the time and the powers of their block; nothing if they prove none.
Result<std::optional<Evidence>> Pool::evidence_of(
    const chain::Vote& a, const chain::Vote& b, const ChainView& view
) const {
    TRY_ASSIGN(const chain::ValidatorSet validators, history_.validators(a.height));
    TRY_ASSIGN(const chain::Header header, history_.header(a.height));
    const auto made = chain::make_duplicate_vote_evidence(a, b, validators, header.time);
    if (!made) {
        return std::nullopt;
    }
    TRY_ASSIGN(const bool is_true, verdict(view.judge(*made)));
    return is_true ? std::optional<Evidence>(*made) : std::nullopt;
}

Result<void> Pool::forget_expired(Height horizon, WriteBatch& batch) const {
    for (const KeyRange& range : {committed_range(horizon), carried_range(horizon)}) {
        std::size_t forgotten = 0;
        TRY(walk(store_, range, [&](ByteView key, ByteView) {
            batch.erase(key);
            return ++forgotten < forgotten_per_block_max;
        }));
    }
    return {};
}

}  // namespace steelyard::evidence
