#include "consensus/light/detector.h"

namespace steelyard::light {

using chain::LightBlock;
using chain::LightClientAttackEvidence;

namespace {

Testimony compare(const LightBlock& theirs, const LightBlock& ours) {
    if (theirs.signed_header().hash() == ours.signed_header().hash()) {
        return {.kind = Testimony::Kind::match};
    }
    return {.kind = Testimony::Kind::conflict, .block = theirs};
}

Testimony no_testimony(const Error& error) {
    return {
        .kind = is_unavailable(error) ? Testimony::Kind::unavailable : Testimony::Kind::bad,
        .reason = error.message(),
    };
}

/// The first block of a trace that the source has differently.
struct Divergence {
    Trace source_trace;  ///< of the source, from the last block that both have
    LightBlock block;    ///< of the trace
};

/// L21: steps along the trace with the blocks of the source, which ends at `target`, and verifies
/// them. Where the trace goes on above the target, its next block claims a time that the source's
/// chain had passed: that one is the divergent block.
Result<Divergence> find_divergence(
    PathVerifier verifier, const Trace& trace, const LightBlock& target, Provider& source
) {
    const chain::Header& end = target.header();
    const auto block_at = [&](chain::Height height) -> Result<LightBlock> {
        return height == end.height ? target : fetch(source, end.chain_id, height);
    };
    if (end.height < trace.front().header().height) {
        return invalid("block {} is below {}", end.height, trace.front().header().height);
    }
    TRY_ASSIGN(LightBlock common, block_at(trace.front().header().height));
    if (common.signed_header().hash() != trace.front().signed_header().hash()) {
        return invalid("another block {} than the trusted one", common.header().height);
    }
    Trace source_trace = {common};
    for (std::size_t i = 1; i < trace.size(); ++i) {
        const chain::Header& header = trace[i].header();
        if (header.height > end.height) {
            if (header.time > end.time) {
                return invalid("block {} is not later than block {}", end.height, header.height);
            }
            if (common.header().height != end.height) {
                TRY_ASSIGN(source_trace, verifier.skip(source, common, target));
            }
            return Divergence{std::move(source_trace), trace[i]};
        }
        TRY_ASSIGN(LightBlock block, block_at(header.height));
        TRY_ASSIGN(source_trace, verifier.skip(source, common, block));
        if (block.signed_header().hash() != trace[i].signed_header().hash()) {
            return Divergence{std::move(source_trace), trace[i]};
        }
        common = std::move(block);
    }
    return invalid("no divergence up to block {}", end.height);
}

/// L22: the evidence against a block, held by those whose verified trace is given. A lunatic block
/// is the crime of those who could sign at the last common height; another one is judged by the
/// set of its own height.
Result<LightClientAttackEvidence> accuse(const LightBlock& conflicting, const Trace& trace) {
    const LightBlock& trusted = trace.back();
    const bool lunatic = chain::is_lunatic(conflicting.header(), trusted.header());
    const LightBlock& common = lunatic ? trace.front() : trusted;
    return chain::make_light_client_attack_evidence(
        conflicting, trusted.signed_header(), common.header(), common.validators()
    );
}

}  // namespace

Testimony ask_witness(Provider& witness, const LightBlock& block) {
    const chain::Header& header = block.header();
    auto theirs = fetch(witness, header.chain_id, header.height);
    if (theirs) {
        return compare(*theirs, block);
    }
    if (theirs.error().code() != ErrorCode::not_found) {
        return no_testimony(theirs.error());
    }
    auto latest = fetch(witness, header.chain_id, std::nullopt);
    if (!latest) {
        return no_testimony(latest.error());
    }
    if (latest->header().height == header.height) {
        return compare(*latest, block);
    }
    if (latest->header().height > header.height) {
        return no_testimony(theirs.error());
    }
    const bool ahead_in_time = latest->header().time >= header.time;
    return {
        .kind = ahead_in_time ? Testimony::Kind::conflict : Testimony::Kind::behind,
        .block = *std::move(latest),
    };
}

std::string Attack::describe() const {
    return fmt::format(
        "attack on light clients: {} and {} disagree about block {}, both with valid signatures",
        primary,
        witness,
        against_primary.conflicting_block.header().height
    );
}

Result<Attack> examine_conflict(
    const PathVerifier& fresh,
    const Trace& trace,
    const LightBlock& conflicting,
    Provider& primary,
    Provider& witness
) {
    TRY_ASSIGN(const Divergence seen, find_divergence(fresh, trace, conflicting, witness));
    TRY_ASSIGN(auto against_primary, accuse(seen.block, seen.source_trace));
    Attack attack{
        .primary = primary.name(),
        .witness = witness.name(),
        .against_primary = std::move(against_primary),
    };
    // The other way round, the witness may be the one that lied. That this fails changes nothing:
    // the primary may have stopped to answer, or has no block that the witness's trace comes to.
    const auto reversed = find_divergence(fresh, seen.source_trace, seen.block, primary);
    if (reversed) {
        if (auto evidence = accuse(reversed->block, reversed->source_trace)) {
            attack.against_witness = *std::move(evidence);
        }
    }
    return attack;
}

}  // namespace steelyard::light
