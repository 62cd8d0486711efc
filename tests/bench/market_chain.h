// MarketChain: a chain with a class and a program, and the messages of those who trade on it.
#pragma once

#include "steelyard/market/v1/tx.pb.h"
#include "tests/bench/bench_chain.h"

namespace steelyard::market {

namespace proto = ::steelyard::market::v1;
using ledger::BenchChain;
using ledger::Wallet;

/// So that one transaction may hold whatever a benchmark puts into it.
inline constexpr std::uint64_t ample_gas = 20'000'000;

class MarketChain {
public:
    /// Its first sender founds the class and owns the program.
    MarketChain(BenchChain::Options options, ByteView program, std::uint32_t inputs);

    BenchChain& chain() { return chain_; }
    Wallet& sender(std::size_t number) { return chain_.senders()[number]; }
    const Wallet& sender(std::size_t number) const { return chain_.senders()[number]; }
    const crypto::Hash256& program() const { return program_; }

    /// For this block's clearing only, where nothing else is said.
    proto::MsgPostOrder order(const Wallet& user, Price limit, std::uint32_t lifetime = 0) const;
    proto::MsgPostAsk ask(const Wallet& provider, Price price, WorkUnits work_units) const;

    /// A provider, a worker of its own account and slots.
    std::vector<std::unique_ptr<google::protobuf::Message>> begin_selling(
        const Wallet& provider, const chain::Address& worker, Money bond, std::uint32_t slots
    ) const;

    /// Signs all of them, as many to a transaction as there is room for.
    std::vector<Bytes> sign_all(
        Wallet& sender, const std::vector<std::unique_ptr<google::protobuf::Message>>& messages
    ) const;

    /// The number that the next order or ask has.
    std::uint64_t next_order() const;

    /// Empty blocks.
    void pass(int blocks);

private:
    BenchChain chain_;
    crypto::Hash256 program_{};
    std::uint32_t inputs_ = 0;
};

/// A program that is worth one work unit.
Bytes small_program();

}  // namespace steelyard::market
