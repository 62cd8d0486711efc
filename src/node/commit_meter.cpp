#include "node/commit_meter.h"

#include "base/hex.h"

namespace steelyard::node {

namespace {

double number(std::int64_t value) {
    return static_cast<double>(value);
}

/// Of those that the evidence accuses: how many, and their power.
struct Accused {
    std::int64_t count = 0;
    chain::VotingPower power = 0;
};

Accused accused_by(const chain::Evidence& evidence) {
    if (const auto* votes = std::get_if<chain::DuplicateVoteEvidence>(&evidence)) {
        return {1, votes->validator_power};
    }
    Accused accused;
    for (const chain::Validator& validator :
         std::get<chain::LightClientAttackEvidence>(evidence).byzantine_validators) {
        ++accused.count;
        accused.power += validator.voting_power();
    }
    return accused;
}

}  // namespace

void CommitMeter::count(const chain::Block& block, const abci::BlockResults& results) {
    rpc::Metrics& metrics = parts_.metrics;
    metrics.set("consensus_height", number(block.header.height.value()));
    metrics.set("consensus_latest_block_height", number(block.header.height.value()));
    count_size(block);
    count_evidence(block);
    follow_validators(block.header);
    count_validators();
    count_last_commit(block);
    if (results.params_update != chain::ConsensusParamsUpdate()) {
        metrics.add("state_consensus_param_updates", 1);
    }
    if (!results.validator_updates.empty()) {
        metrics.add("state_validator_set_updates", 1);
    }
    const auto interval = chain::checked_sub(block.header.time, last_time_);
    if (last_time_ != chain::Timestamp() && interval) {
        const double seconds = std::chrono::duration<double>(*interval).count();
        metrics.observe("consensus_block_interval_seconds", seconds);
    }
    last_time_ = block.header.time;
}

void CommitMeter::count_size(const chain::Block& block) {
    rpc::Metrics& metrics = parts_.metrics;
    txs_ += static_cast<double>(block.txs.size());
    metrics.set("consensus_num_txs", static_cast<double>(block.txs.size()));
    metrics.set("consensus_total_txs", txs_);
    if (const auto meta = parts_.blocks.load_meta(block.header.height)) {
        metrics.set("consensus_block_size_bytes", number(meta->block_size));
        metrics.add("consensus_chain_size_bytes", number(meta->block_size));
    }
}

void CommitMeter::count_evidence(const chain::Block& block) {
    Accused all;
    for (const chain::Evidence& evidence : block.evidence) {
        const Accused accused = accused_by(evidence);
        all.count += accused.count;
        all.power += accused.power;
    }
    parts_.metrics.set("consensus_byzantine_validators", number(all.count));
    parts_.metrics.set("consensus_byzantine_validators_power", number(all.power));
}

/// Loads a set only where it is another than that of the height before.
void CommitMeter::follow_validators(const chain::Header& header) {
    const auto load = [this](chain::Height height) -> std::shared_ptr<const chain::ValidatorSet> {
        auto loaded = parts_.states.load_validators(height);
        return loaded ? std::make_shared<chain::ValidatorSet>(*std::move(loaded)) : nullptr;
    };
    const bool is_next = height_.next() == header.height;
    last_validators_ = is_next ? validators_ : load(header.height.previous());
    if (!is_next || !validators_ || header.validators_hash != validators_hash_) {
        validators_ = load(header.height);
        validators_hash_ = header.validators_hash;
    }
    height_ = header.height;
}

void CommitMeter::count_validators() {
    if (!validators_) {
        return;
    }
    rpc::Metrics& metrics = parts_.metrics;
    metrics.set("consensus_validators", static_cast<double>(validators_->size()));
    metrics.set("consensus_validators_power", number(validators_->total_power()));
    if (parts_.address) {
        const auto index = validators_->index_of(*parts_.address);
        const auto power = index ? (*validators_)[*index].voting_power() : 0;
        const std::string address = to_hex_upper(*parts_.address);
        metrics.set("consensus_validator_power", number(power), {{"validator_address", address}});
    }
}

/// Of the block before: the commit that decided this one still lacks what comes late.
void CommitMeter::count_last_commit(const chain::Block& block) {
    if (!block.last_commit) {
        return;
    }
    const auto& signatures = block.last_commit->signatures();
    if (!last_validators_ || last_validators_->size() != signatures.size()) {
        return;
    }
    std::int64_t missing = 0;
    chain::VotingPower power = 0;
    for (chain::ValidatorIndex index = 0; index < signatures.size(); ++index) {
        const chain::Validator& validator = (*last_validators_)[index];
        const bool is_absent = signatures[index].is_absent();
        missing += is_absent ? 1 : 0;
        power += is_absent ? validator.voting_power() : 0;
        if (validator.address() == parts_.address) {
            count_own_part(block.header.height, !is_absent);
        }
    }
    parts_.metrics.set("consensus_missing_validators", number(missing));
    parts_.metrics.set("consensus_missing_validators_power", number(power));
}

void CommitMeter::count_own_part(chain::Height height, bool has_signed) {
    const std::string address = to_hex_upper(*parts_.address);
    const rpc::MetricLabel label{"validator_address", address};
    missed_ += has_signed ? 0 : 1;
    parts_.metrics.set("consensus_validator_missed_blocks", missed_, {label});
    if (has_signed) {
        parts_.metrics.set(
            "consensus_validator_last_signed_height", number(height.value()), {label}
        );
    }
}

}  // namespace steelyard::node
