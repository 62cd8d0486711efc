#include "consensus/light/client.h"

#include "base/check.h"
#include "base/hex.h"

#include <algorithm>

namespace steelyard::light {

using chain::Height;
using chain::LightBlock;
using chain::Timestamp;

namespace {

Result<void> check_options(const ClientOptions& options, const std::vector<Provider*>& providers) {
    TRY(validate(options.verify));
    if (options.anchor.height == Height()) {
        return invalid("height 0 is no block to trust");
    }
    if (options.max_block_lag < std::chrono::nanoseconds(0)) {
        return invalid("block lag {} ns is negative", options.max_block_lag.count());
    }
    if (providers.size() < 2 || providers.size() > Client::providers_max) {
        return invalid("{} providers is not in 2..{}", providers.size(), Client::providers_max);
    }
    return {};
}

}  // namespace

Client::Client(ClientOptions options, std::vector<Provider*> providers, TrustedStore store)
    : options_(std::move(options)), store_(std::move(store)) {
    for (Provider* provider : providers) {
        CHECK(provider != nullptr);
        members_.push_back({provider});
    }
}

Result<std::unique_ptr<Client>> Client::open(
    ClientOptions options, std::vector<Provider*> providers, storage::KvStore& store, Timestamp now
) {
    TRY(check_options(options, providers));
    TRY_ASSIGN(
        auto trusted, TrustedStore::open(store, options.chain_id, options.stored_blocks_max)
    );
    std::unique_ptr<Client> client(
        new Client(std::move(options), std::move(providers), std::move(trusted))
    );
    TRY(client->check_anchor(now));
    return client;
}

Result<void> Client::check_anchor(Timestamp now) {
    const TrustAnchor& anchor = options_.anchor;
    if (store_.anchor() == anchor) {
        return {};
    }
    if (store_.contains(anchor.height)) {
        TRY_ASSIGN(const LightBlock stored, store_.load(anchor.height));
        if (stored.signed_header().hash() == anchor.hash) {
            return store_.adopt(anchor);
        }
    }
    const auto fetch_anchor = [&](Provider& source) -> Result<LightBlock> {
        TRY_ASSIGN(auto block, fetch(source, options_.chain_id, anchor.height));
        const chain::Hash256& hash = block.signed_header().hash();
        if (hash != anchor.hash) {
            return invalid(
                "block {} has the hash {}, not the trusted {}",
                anchor.height,
                to_hex_upper(hash),
                to_hex_upper(anchor.hash)
            );
        }
        TRY(verify_own_commit(block, options_.verify.signatures));
        return block;
    };
    TRY_ASSIGN(const LightBlock block, try_providers<LightBlock>(fetch_anchor));
    TRY(check_not_expired(block.header(), options_.verify, now));
    TRY(confirm_anchor(block));
    return store_.restart(anchor, block);
}

/// No witness may have another block than the one that is trusted from the start. One that cannot
/// say is not needed: the hash came from a person.
Result<void> Client::confirm_anchor(const LightBlock& block) {
    for (std::size_t i = 1; i < members_.size();) {
        const Testimony testimony = ask_witness(*members_[i].provider, block);
        if (testimony.kind == Testimony::Kind::conflict) {
            return invalid(
                "{} has another block {} than the trusted {}",
                members_[i].provider->name(),
                testimony.block->header().height,
                to_hex_upper(block.signed_header().hash())
            );
        }
        if (testimony.kind == Testimony::Kind::bad) {
            drop(i, testimony.reason);
        } else {
            ++i;
        }
    }
    return check_ready();
}

Result<void> Client::check_ready() {
    if (attack_) {
        hand_over_reports();
        return fail(ErrorCode::denied, "{}", attack_->describe());
    }
    if (members_.size() < 2) {
        return fail(
            ErrorCode::denied,
            "a primary and a witness are needed, {} providers are left",
            members_.size()
        );
    }
    return {};
}

Result<LightBlock> Client::verify_at(Height height, Timestamp now) {
    if (height == Height()) {
        return invalid("height 0 is no block");
    }
    if (store_.contains(height)) {
        return store_.load(height);
    }
    TRY(check_ready());
    if (const auto below = store_.below(height)) {
        TRY_ASSIGN(const LightBlock trusted, store_.load(*below));
        const bool expired = is_expired(trusted.header(), options_.verify.trusting_period, now);
        if (!expired || *below == store_.last()) {
            TRY_ASSIGN(auto verified, advance(trusted, height, now));
            CHECK(verified);  // the height is above
            return *std::move(verified);
        }
    }
    const auto above = store_.above(height);
    CHECK(above);
    TRY_ASSIGN(const LightBlock trusted, store_.load(*above));
    return descend(trusted, height, now);
}

Result<std::optional<LightBlock>> Client::update(Timestamp now) {
    TRY(check_ready());
    TRY_ASSIGN(const LightBlock trusted, latest());
    return advance(trusted, std::exchange(awaited_, std::nullopt), now);
}

/// Makes the attempt with the primary. One that misbehaves loses its place, one that cannot help
/// goes to the end of the row; the next provider in the row follows it.
template <typename T, typename Attempt>
Result<T> Client::try_providers(Attempt attempt) {
    for (std::size_t left = members_.size();; --left) {
        Provider& primary = *members_.front().provider;
        Result<T> result = attempt(primary);
        if (result) {
            return result;
        }
        const ErrorCode code = result.error().code();
        const bool misbehaves = code == ErrorCode::invalid;
        // A way that is too long may be one that only this provider leads.
        const bool cannot_help = is_unavailable(result.error()) || code == ErrorCode::too_large;
        if (misbehaves) {
            drop(0, result.error().message());
        } else if (cannot_help) {
            std::rotate(members_.begin(), members_.begin() + 1, members_.end());
        }
        if (left == 1 || !(misbehaves || cannot_help)) {
            return std::unexpected(std::move(result).error().in(primary.name()));
        }
    }
}

Result<std::optional<LightBlock>> Client::advance(
    const LightBlock& trusted, std::optional<Height> height, Timestamp now
) {
    TRY(check_not_expired(trusted.header(), options_.verify, now));
    TRY_ASSIGN(const Trace trace, try_providers<Trace>([&](Provider& primary) {
                   return find_path(primary, trusted, height, now);
               }));
    if (trace.empty()) {
        return std::nullopt;
    }
    TRY(cross_check(trace, now));
    TRY(store_.save(trace.back()));
    return trace.back();
}

/// The verified way to a block of the primary, its latest one if no height is given. An empty trace
/// if that is not newer than the trusted one.
Result<Trace> Client::find_path(
    Provider& primary, const LightBlock& trusted, std::optional<Height> height, Timestamp now
) const {
    TRY_ASSIGN(const LightBlock target, fetch(primary, options_.chain_id, height));
    if (target.header().height <= trusted.header().height) {
        return Trace();
    }
    // Perhaps it is our clock that is wrong: no reason to give up a provider.
    if (is_from_the_future(target.header(), options_.verify.max_clock_drift, now)) {
        return fail(
            ErrorCode::not_found,
            "header {} has the time {}, too far ahead of {}",
            target.header().height,
            to_string(target.header().time),
            to_string(now)
        );
    }
    PathVerifier verifier(options_.verify, now);
    return options_.mode == Mode::sequential ? verifier.follow(primary, trusted, target)
                                             : verifier.skip(primary, trusted, target);
}

Result<LightBlock> Client::descend(const LightBlock& trusted, Height height, Timestamp now) {
    TRY_ASSIGN(auto block, try_providers<LightBlock>([&](Provider& primary) {
                   return PathVerifier(options_.verify, now).descend(primary, trusted, height);
               }));
    TRY(store_.save(block));
    return block;
}

/// L18..L20: one witness must have the header, none may have proof of another one, and none may be
/// on its way to such a proof.
Result<void> Client::cross_check(const Trace& trace, Timestamp now) {
    const LightBlock& target = trace.back();
    const PathVerifier fresh(options_.verify, now);
    bool confirmed = false;
    std::optional<std::string> awaited;
    for (std::size_t i = 1; i < members_.size();) {
        Member& witness = members_[i];
        const Testimony testimony = ask_witness(*witness.provider, target);
        std::optional<std::string> reason;
        switch (testimony.kind) {
            case Testimony::Kind::match:
                confirmed = true;
                break;
            case Testimony::Kind::unavailable:
                break;
            case Testimony::Kind::behind:
                if (lags_too_long(witness, testimony, target.header().height, now)) {
                    reason = fmt::format("has not come to block {}", witness.lag->height);
                } else {
                    awaited = witness.provider->name();
                }
                break;
            case Testimony::Kind::bad:
                reason = testimony.reason;
                break;
            case Testimony::Kind::conflict:
                auto attack = examine_conflict(
                    fresh, trace, *testimony.block, *members_.front().provider, *witness.provider
                );
                if (attack) {
                    return halt(*std::move(attack), *witness.provider);
                }
                reason = "cannot support its other block: " + attack.error().message();
                break;
        }
        if (reason) {
            drop(i, *reason);
        } else {
            ++i;
        }
    }
    const Height height = target.header().height;
    if (awaited) {
        if (height > store_.last()) {
            awaited_ = height;
        }
        return fail(ErrorCode::not_found, "{} has not come to block {} yet", *awaited, height);
    }
    if (!confirmed) {
        TRY(check_ready());
        return fail(ErrorCode::not_found, "no witness has confirmed block {}", height);
    }
    return {};
}

/// L19: in twice the clock drift and a block's lag any honest node comes to the block, or to a time
/// that proves a block from the future wrong. CometBFT sleeps as long; here later calls tell.
bool Client::lags_too_long(
    Member& witness, const Testimony& testimony, Height height, Timestamp now
) const {
    const Height latest = testimony.block->header().height;
    if (!witness.lag || latest >= witness.lag->height) {
        witness.lag = Member::Lag{height, now};
        return false;
    }
    const auto allowance = 2 * options_.verify.max_clock_drift + options_.max_block_lag;
    const auto end = checked_add(witness.lag->since, allowance);
    return end && *end <= now;
}

Result<void> Client::halt(Attack attack, Provider& witness) {
    reports_.push_back({&witness, attack.against_primary});
    if (attack.against_witness) {
        reports_.push_back({members_.front().provider, *attack.against_witness});
    }
    attack_ = std::move(attack);
    return check_ready();
}

void Client::hand_over_reports() {
    std::erase_if(reports_, [](const Report& report) {
        return report.receiver->report_evidence(report.evidence).has_value();
    });
}

void Client::drop(std::size_t index, std::string_view reason) {
    dropped_.push_back({members_[index].provider->name(), std::string(reason)});
    members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(index));
}

std::vector<std::string> Client::providers() const {
    std::vector<std::string> names;
    for (const Member& member : members_) {
        names.push_back(member.provider->name());
    }
    return names;
}

}  // namespace steelyard::light
