// TestHomes: the homes of the validators of a new kvstore chain, in a temporary folder.
#pragma once

#include "chain/genesis.h"
#include "node/config/config.h"

#include <vector>

namespace steelyard::test {

/// Homes are removed at the end.
class TestHomes {
public:
    TestHomes(std::size_t validators, std::string_view chain_id);
    ~TestHomes();
    TestHomes(const TestHomes&) = delete;
    TestHomes& operator=(const TestHomes&) = delete;

    /// A home that has no validator's key: a node that looks on. Returns its index.
    std::size_t add_full_node();

    /// Listens on loopback at free ports, is quick, and knows no peers.
    node::Config config(std::size_t index) const;

    std::size_t size() const { return count_; }

private:
    std::filesystem::path home(std::size_t index) const;
    void write_genesis(std::size_t index) const;

    std::filesystem::path folder_;
    chain::GenesisDoc genesis_{};
    std::size_t count_ = 0;
};

}  // namespace steelyard::test
