#include "consensus/light/path_verifier.h"

#include "base/check.h"

namespace steelyard::light {

using chain::Height;
using chain::LightBlock;

namespace {

/// Where to look between two blocks, which are not adjacent. Nearer to the upper one than the
/// middle, as CometBFT does: what failed over the whole way often works over half of it and more.
Height pivot(Height low, Height high) {
    const std::int64_t distance = high.value() - low.value();
    CHECK(distance > 1);
    const std::int64_t step = distance / 16 * 9 + distance % 16 * 9 / 16;
    return Height(low.value() + step);
}

/// The same block, with priorities that follow from the members alone.
LightBlock with_fresh_priorities(const LightBlock& block) {
    std::vector<chain::ValidatorUpdate> members;
    for (const chain::Validator& validator : block.validators().validators()) {
        members.push_back({validator.public_key(), validator.voting_power()});
    }
    auto validators = chain::ValidatorSet::create(members);
    CHECK(validators);  // members of a valid set
    auto fresh = LightBlock::make(block.signed_header(), *std::move(validators));
    CHECK(fresh);  // no hash covers the priorities
    return *std::move(fresh);
}

}  // namespace

bool is_unavailable(const Error& error) {
    return error.code() == ErrorCode::not_found || error.code() == ErrorCode::io;
}

Result<LightBlock> fetch(
    Provider& source, const chain::ChainId& chain_id, std::optional<Height> height
) {
    auto block = source.light_block(height);
    if (!block && is_unavailable(block.error())) {
        return std::unexpected(std::move(block).error());
    }
    if (!block) {
        return invalid("{}", block.error().message());
    }
    const chain::Header& header = block->header();
    if (header.chain_id != chain_id) {
        return invalid("block of chain {}, not {}", header.chain_id, chain_id);
    }
    if (height && header.height != *height) {
        return invalid("block {} instead of {}", header.height, *height);
    }
    return with_fresh_priorities(*block);
}

Result<LightBlock> PathVerifier::request(
    Provider& source, const chain::ChainId& chain_id, Height height
) {
    TRY(check_distance(1));
    --requests_left_;
    return fetch(source, chain_id, height);
}

Result<void> PathVerifier::check_distance(std::int64_t blocks) const {
    if (blocks > static_cast<std::int64_t>(requests_left_)) {
        return fail(
            ErrorCode::too_large,
            "more than {} blocks are needed: verify one that is nearer first",
            blocks_max
        );
    }
    return {};
}

Result<Trace> PathVerifier::skip(
    Provider& source, const LightBlock& trusted, const LightBlock& target
) {
    Trace trace = {trusted};
    std::vector<LightBlock> ahead = {target};  // descending; all above the end of the trace
    std::size_t next = 0;                      // the one of `ahead` that is tried next
    while (true) {
        const LightBlock& candidate = ahead[next];
        const auto verified = verify(trace.back(), candidate, options_, now_);
        if (verified) {
            trace.push_back(candidate);
            if (next == 0) {
                return trace;
            }
            ahead.resize(next, target);  // shrinks: what is not above the new end is of no use
            next = 0;
            continue;
        }
        if (verified.error().code() != ErrorCode::insufficient) {
            return std::unexpected(verified.error());
        }
        if (next + 1 == ahead.size()) {
            const chain::Header& low = trace.back().header();
            const Height middle = pivot(low.height, candidate.header().height);
            TRY_ASSIGN(auto block, request(source, low.chain_id, middle));
            ahead.push_back(std::move(block));
        }
        ++next;
    }
}

Result<Trace> PathVerifier::follow(
    Provider& source, const LightBlock& trusted, const LightBlock& target
) {
    TRY(check_distance(target.header().height.value() - trusted.header().height.value() - 1));
    Trace trace = {trusted};
    const chain::ChainId& chain_id = trusted.header().chain_id;
    for (Height height = trusted.header().height.next(); height < target.header().height;
         height = height.next()) {
        TRY_ASSIGN(auto block, request(source, chain_id, height));
        TRY(verify_adjacent(trace.back(), block, options_, now_));
        trace.push_back(std::move(block));
    }
    TRY(verify_adjacent(trace.back(), target, options_, now_));
    trace.push_back(target);
    return trace;
}

Result<LightBlock> PathVerifier::descend(
    Provider& source, const LightBlock& trusted, Height height
) {
    CHECK(height < trusted.header().height);
    TRY(check_distance(trusted.header().height.value() - height.value()));
    LightBlock lowest = trusted;
    while (lowest.header().height > height) {
        const chain::Header& above = lowest.header();
        TRY_ASSIGN(auto block, request(source, above.chain_id, above.height.previous()));
        TRY(verify_backwards(block.header(), above));
        lowest = std::move(block);
    }
    TRY(verify_own_commit(lowest, options_.signatures));
    return lowest;
}

}  // namespace steelyard::light
