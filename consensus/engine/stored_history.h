// StoredHistory: the committed chain as the evidence pool asks for it.
#pragma once

#include "consensus/engine/state_store.h"
#include "consensus/evidence/ports.h"
#include "storage/block_store.h"

namespace steelyard::engine {

/// Both stores outlive it.
class StoredHistory final : public evidence::History {
public:
    StoredHistory(const StateStore& states, const storage::BlockStore& blocks)
        : states_(states), blocks_(blocks) {}

    Result<chain::Header> header(chain::Height height) const override {
        TRY_ASSIGN(auto meta, blocks_.load_meta(height));
        return std::move(meta.header);
    }

    Result<chain::ValidatorSet> validators(chain::Height height) const override {
        return states_.load_validators(height);
    }

    Result<chain::Commit> commit(chain::Height height) const override {
        return blocks_.load_commit(height);
    }

    Result<std::vector<chain::Evidence>> evidence(chain::Height height) const override {
        TRY_ASSIGN(auto block, blocks_.load_block(height));
        return std::move(block.evidence);
    }

private:
    const StateStore& states_;
    const storage::BlockStore& blocks_;
};

}  // namespace steelyard::engine
