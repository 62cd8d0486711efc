// A light client over fake providers and a store in memory, for the tests of this folder.
#pragma once

#include "consensus/light/client.h"
#include "storage/memory_store.h"
#include "tests/support/light_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::light {

inline const chain::ChainId chain_id = test::chain_id("light-client-1");

template <typename T>
std::string outcome(const Result<T>& result) {
    return result ? "accepted"
                  : std::string(to_string(result.error().code())) + ": " + result.error().message();
}

/// A chain of five validators of equal power, of whom one is replaced at each height; so two
/// heights apart at least three of five are the same, four apart one.
inline test::LightChain changing_chain(std::int64_t height) {
    test::LightChain chain(chain_id, test::seats(0, std::vector<chain::VotingPower>(5, 10)));
    while (chain.tip() < height) {
        const int first = static_cast<int>(chain.tip()) + 1;
        chain.append({.next = test::seats(first, std::vector<chain::VotingPower>(5, 10))});
    }
    return chain;
}

/// A chain of three validators that stay.
inline test::LightChain steady_chain(std::int64_t height) {
    test::LightChain chain(chain_id, test::seats(0, {10, 10, 10}, test::KeyMix::mixed));
    chain.grow_to(height);
    return chain;
}

class ClientTest : public testing::Test {
protected:
    /// Trusts block 1 of the chain, unless changed.
    void trust(const test::LightChain& chain, std::int64_t height = 1) {
        options_.anchor = {chain::Height(height), chain.hash_at(height)};
    }

    Result<std::unique_ptr<Client>> open(std::vector<Provider*> providers) {
        return Client::open(options_, std::move(providers), kv_, now_);
    }

    /// Opens a client that must open.
    std::unique_ptr<Client> client(std::vector<Provider*> providers) {
        auto opened = open(std::move(providers));
        EXPECT_TRUE(opened) << outcome(opened);
        return *std::move(opened);
    }

    /// What came of verifying a height: "accepted" only if it is the chain's block.
    std::string verify_at(Client& client, std::int64_t height) const {
        const auto block = client.verify_at(chain::Height(height), now_);
        EXPECT_TRUE(!block || block->header().height == chain::Height(height));
        return outcome(block);
    }

    ClientOptions options_{
        .chain_id = chain_id,
        .verify = {.trusting_period = std::chrono::hours(4)},
    };
    chain::Timestamp now_ = test::time_after(3'600);
    storage::MemoryStore kv_;
};

}  // namespace steelyard::light
