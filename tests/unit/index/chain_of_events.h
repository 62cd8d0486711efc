// A source of blocks with random events, for tests of the index.
#pragma once

#include "index/ports.h"
#include "tests/support/chain_builders.h"

#include <map>
#include <random>

namespace steelyard::test {

/// Blocks that hold together only as far as the index looks at them.
class ChainOfEvents final : public index::BlockSource {
public:
    storage::BlockRange range() const override { return range_; }

    Result<chain::Block> load_block(chain::Height height) const override {
        TRY_ASSIGN(const auto* executed, find(height));
        return executed->first;
    }

    Result<abci::BlockResults> load_results(chain::Height height) const override {
        TRY_ASSIGN(const auto* executed, find(height));
        return executed->second;
    }

    /// A block of `results.tx_results.size()` transactions.
    void append(abci::BlockResults results) {
        chain::Block block;
        block.header.height = range_.tip.next();
        for (std::size_t i = 0; i < results.tx_results.size(); ++i) {
            const std::string text = fmt::format("tx {} of {}", i, block.header.height);
            block.txs.push_back(to_bytes(as_bytes(text)));
        }
        append(std::move(block), std::move(results));
    }

    void append(chain::Block block, abci::BlockResults results) {
        range_.base = range_.base == chain::Height() ? block.header.height : range_.base;
        range_.tip = block.header.height;
        blocks_.emplace(range_.tip, std::pair(std::move(block), std::move(results)));
    }

    void prune_below(chain::Height height) {
        blocks_.erase(blocks_.begin(), blocks_.lower_bound(height));
        range_.base = height;
    }

    void drop_tip() {
        blocks_.erase(range_.tip);
        range_.tip = range_.tip.previous();
    }

private:
    using Executed = std::pair<chain::Block, abci::BlockResults>;

    Result<const Executed*> find(chain::Height height) const {
        const auto found = blocks_.find(height);
        if (found == blocks_.end()) {
            return fail(ErrorCode::not_found, "no block {}", height);
        }
        return &found->second;
    }

    std::map<chain::Height, Executed> blocks_;
    storage::BlockRange range_;
};

/// One result with these events, each attribute to be indexed.
inline chain::ExecTxResult result_with(std::vector<chain::Event> events, std::uint32_t code = 0) {
    chain::ExecTxResult result;
    result.code = code;
    result.events = std::move(events);
    return result;
}

/// Few types, keys and values, so that queries have hits.
class RandomEvents {
public:
    explicit RandomEvents(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t bound) { return random_() % bound; }

    std::string tag_type() { return pick({"app", "transfer", "a.b"}); }
    std::string tag_key() { return pick({"key", "amount", "b.c", "memo"}); }

    std::string value() {
        switch (below(4)) {
            case 0:
                return std::to_string(below(30));
            case 1:
                return std::to_string(below(12)) + "." + std::to_string(below(100)) + "stake";
            case 2:
                return std::string(below(3), '\0') + pick({"rent", "re", "", "007", "2020-01-02"});
            default:
                return pick({"10000000000000000000001", "2020-01-01", "2020-02-01T00:00:00Z", "x"});
        }
    }

    std::vector<chain::Event> events() {
        std::vector<chain::Event> out(below(4));
        for (chain::Event& event : out) {
            event.type = tag_type();
            event.attributes.resize(below(4));
            for (chain::EventAttribute& attribute : event.attributes) {
                attribute = {tag_key(), value(), below(5) != 0};
            }
        }
        return out;
    }

    abci::BlockResults results() {
        abci::BlockResults out;
        out.events = events();
        out.tx_results.resize(below(6));
        for (chain::ExecTxResult& result : out.tx_results) {
            result = result_with(events());
        }
        return out;
    }

    std::string pick(std::initializer_list<std::string_view> choices) {
        return std::string(choices.begin()[below(choices.size())]);
    }

private:
    std::mt19937_64 random_;
};

}  // namespace steelyard::test
