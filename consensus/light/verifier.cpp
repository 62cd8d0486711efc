#include "consensus/light/verifier.h"

#include "base/hex.h"

namespace steelyard::light {

using chain::Header;
using chain::LightBlock;
using chain::Timestamp;

namespace {

/// L4: what any later header of the chain fulfils.
Result<void> check_follows(
    const Header& trusted, const Header& untrusted, const VerifyOptions& options, Timestamp now
) {
    if (untrusted.chain_id != trusted.chain_id) {
        return invalid("header is of chain {}, not {}", untrusted.chain_id, trusted.chain_id);
    }
    if (untrusted.height <= trusted.height) {
        return invalid(
            "header of height {} is not after the trusted one of {}",
            untrusted.height,
            trusted.height
        );
    }
    if (untrusted.time <= trusted.time) {
        return invalid(
            "header {} has the time {}, not after {} of the trusted header {}",
            untrusted.height,
            to_string(untrusted.time),
            to_string(trusted.time),
            trusted.height
        );
    }
    if (is_from_the_future(untrusted, options.max_clock_drift, now)) {
        return invalid(
            "header {} has the time {}, too far ahead of {}",
            untrusted.height,
            to_string(untrusted.time),
            to_string(now)
        );
    }
    return {};
}

}  // namespace

Result<void> validate(const VerifyOptions& options) {
    if (options.trusting_period <= std::chrono::nanoseconds(0)) {
        return invalid("trusting period {} ns is not positive", options.trusting_period.count());
    }
    if (options.max_clock_drift < std::chrono::nanoseconds(0)) {
        return invalid("clock drift {} ns is negative", options.max_clock_drift.count());
    }
    return chain::validate(options.trust_level);
}

bool is_expired(const Header& header, std::chrono::nanoseconds trusting_period, Timestamp now) {
    const auto end = checked_add(header.time, trusting_period);
    return end && *end <= now;
}

Result<void> check_not_expired(const Header& trusted, const VerifyOptions& options, Timestamp now) {
    if (is_expired(trusted, options.trusting_period, now)) {
        return fail(
            ErrorCode::denied,
            "trusted header {} of {} has expired at {}",
            trusted.height,
            to_string(trusted.time),
            to_string(now)
        );
    }
    return {};
}

bool is_from_the_future(
    const Header& header, std::chrono::nanoseconds max_clock_drift, Timestamp now
) {
    const auto end = checked_add(now, max_clock_drift);
    return end && *end <= header.time;
}

Result<void> verify_adjacent(
    const LightBlock& trusted,
    const LightBlock& untrusted,
    const VerifyOptions& options,
    Timestamp now
) {
    if (untrusted.header().height != trusted.header().height.next()) {
        return invalid(
            "header {} is not next to {}", untrusted.header().height, trusted.header().height
        );
    }
    TRY(check_not_expired(trusted.header(), options, now));
    TRY(check_follows(trusted.header(), untrusted.header(), options, now));
    if (untrusted.header().validators_hash != trusted.header().next_validators_hash) {
        return invalid(
            "header {} has the validators {}, the trusted one before it names {}",
            untrusted.header().height,
            to_hex_upper(untrusted.header().validators_hash),
            to_hex_upper(trusted.header().next_validators_hash)
        );
    }
    return verify_own_commit(untrusted, options.signatures);
}

Result<void> verify_non_adjacent(
    const LightBlock& trusted,
    const LightBlock& untrusted,
    const VerifyOptions& options,
    Timestamp now
) {
    if (untrusted.header().height == trusted.header().height.next()) {
        return invalid(
            "header {} is next to {}", untrusted.header().height, trusted.header().height
        );
    }
    TRY(check_not_expired(trusted.header(), options, now));
    TRY(check_follows(trusted.header(), untrusted.header(), options, now));
    auto signed_by_trusted = chain::verify_commit_light_trusting(
        trusted.header().chain_id,
        trusted.validators(),
        untrusted.commit(),
        options.trust_level,
        {.verifier = options.signatures}
    );
    if (!signed_by_trusted) {
        const bool too_few = signed_by_trusted.error().code() == ErrorCode::insufficient;
        return fail(
            too_few ? ErrorCode::insufficient : ErrorCode::invalid,
            "header {} by the validators of {}: {}",
            untrusted.header().height,
            trusted.header().height,
            signed_by_trusted.error().message()
        );
    }
    // Last, since a stranger may have made this set as large as he likes.
    return verify_own_commit(untrusted, options.signatures);
}

Result<void> verify(
    const LightBlock& trusted,
    const LightBlock& untrusted,
    const VerifyOptions& options,
    Timestamp now
) {
    const bool adjacent = untrusted.header().height == trusted.header().height.next();
    return adjacent ? verify_adjacent(trusted, untrusted, options, now)
                    : verify_non_adjacent(trusted, untrusted, options, now);
}

Result<void> verify_backwards(const Header& untrusted, const Header& trusted) {
    if (untrusted.chain_id != trusted.chain_id) {
        return invalid("header is of chain {}, not {}", untrusted.chain_id, trusted.chain_id);
    }
    if (untrusted.height.next() != trusted.height) {
        return invalid("header {} is not the one before {}", untrusted.height, trusted.height);
    }
    if (untrusted.time >= trusted.time) {
        return invalid(
            "header {} has the time {}, not before {} of the trusted header after it",
            untrusted.height,
            to_string(untrusted.time),
            to_string(trusted.time)
        );
    }
    const chain::Hash256 hash = header_hash(untrusted);
    if (!trusted.last_block_id || trusted.last_block_id->hash != hash) {
        return invalid(
            "header {} has the hash {}, the trusted one after it names another",
            untrusted.height,
            to_hex_upper(hash)
        );
    }
    return {};
}

Result<void> verify_own_commit(
    const LightBlock& block, const chain::SignatureVerifier& signatures
) {
    const Header& header = block.header();
    auto verified = chain::verify_commit_light(
        {header.chain_id, header.height, block.commit().block_id()},
        block.validators(),
        block.commit(),
        {.verifier = signatures}
    );
    if (!verified) {
        return invalid(
            "header {} by its own validators: {}", header.height, verified.error().message()
        );
    }
    return {};
}

}  // namespace steelyard::light
