#include "consensus/evidence/chain_view.h"

#include "consensus/evidence/records.h"

namespace steelyard::evidence {

using chain::Evidence;
using chain::Height;

namespace {

Result<bool> is_expired_at(Height height, const Tip& tip, const History& history) {
    const auto header = history.header(height);
    if (!header) {
        if (header.error().code() == ErrorCode::not_found) {
            return true;
        }
        return std::unexpected(header.error());
    }
    return is_expired(height, header->time, tip);
}

}  // namespace

Result<Height> horizon_at(const Tip& tip, Height from, const History& history) {
    // The times of blocks ascend, so what has expired is a prefix of the chain.
    std::int64_t expired = from.value();
    std::int64_t last = tip.height.value() - tip.params.max_age_num_blocks - 1;
    while (expired < last) {
        const std::int64_t middle = last - (last - expired) / 2;
        TRY_ASSIGN(const bool is_so, is_expired_at(Height(middle), tip, history));
        if (is_so) {
            expired = middle;
        } else {
            last = middle - 1;
        }
    }
    return Height(expired);
}

ChainView::ChainView(
    const storage::KvStore& store, const History& history, Context context, Height horizon
)
    : store_(&store), history_(&history), context_(std::move(context)), horizon_(horizon) {
}

Result<void> ChainView::check_horizon(const Evidence& evidence) const {
    const Height height = chain::evidence_height(evidence);
    if (height <= horizon_) {
        return invalid(
            "evidence of height {} is too old, as is all up to height {}", height, horizon_
        );
    }
    return {};
}

Result<void> ChainView::judge(const Evidence& evidence) const {
    TRY(check_horizon(evidence));
    return verify(evidence, context_, *history_);
}

Result<std::optional<Height>> ChainView::committed_in(const Offence& offence) const {
    return block_at(committed_key(offence));
}

Result<std::optional<Height>> ChainView::carried_in(const Evidence& evidence) const {
    return block_at(carried_key(evidence));
}

/// The block of a record, where it counts.
Result<std::optional<Height>> ChainView::block_at(ByteView key) const {
    TRY_ASSIGN(const auto record, store_->get(key));
    if (!record) {
        return std::nullopt;
    }
    TRY_ASSIGN(const Height block, decode_committed(*record));
    return horizon_ < block && block <= tip().height ? std::optional(block) : std::nullopt;
}

Result<std::vector<Offence>> ChainView::open_offences(const Evidence& evidence) const {
    std::vector<Offence> open;
    TRY_ASSIGN(const auto carried, carried_in(evidence));
    if (carried) {
        return open;
    }
    for (Offence& offence : offences(evidence)) {
        TRY_ASSIGN(const auto block, committed_in(offence));
        if (!block) {
            open.push_back(std::move(offence));
        }
    }
    return open;
}

}  // namespace steelyard::evidence
