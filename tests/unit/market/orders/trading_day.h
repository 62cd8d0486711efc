// TradingDay: a market with several accounts, whose messages of a block come in any order that
// keeps those of an account in theirs.
#pragma once

#include "tests/support/ledger/dice.h"
#include "tests/support/market/market_bench.h"

#include <functional>
#include <map>

namespace steelyard::market {

/// What a row or job is called whatever number it got: who posted it, and as which of theirs.
struct Name {
    int person = 0;
    std::size_t nth = 0;

    auto operator<=>(const Name&) const = default;
};

class TradingDay {
public:
    static constexpr int providers = 4;
    static constexpr int users = 5;  ///< persons from 11 on

    TradingDay();

    /// A message of somebody; what it does may depend on what there was when the block began.
    struct Message {
        int person = 0;
        std::function<std::string()> send{};  ///< the code
    };

    /// The same messages for the same dice, in the order of the accounts.
    std::vector<Message> draw_block(test::Dice& dice);

    /// Sends all and ends the block. Codes are by account.
    void run_block(std::vector<Message> messages);

    /// Who has what: a line for each job that was ever posted, each ask and each account, by names.
    std::vector<std::string> story();

    test::MarketBench bench{};

    /// What was posted, whatever came of it.
    std::map<Name, JobId> orders{};
    std::map<Name, AskKey> asks{};
    std::map<int, std::vector<std::string>> codes{};

private:
    AccountNumber account(int person);
    Message ask(int person, test::Dice& dice);
    Message cancel_an_ask(int person, test::Dice& dice);
    Message order(int person, test::Dice& dice);
    Message array(int person, test::Dice& dice);
    Message cancel_an_order(int person, test::Dice& dice);
    Message step(int person, test::Dice& dice);
    OrderTerms terms(test::Dice& dice);
    std::string name_of(const AskKey& key) const;
    std::string text_of(const JobId& id);

    std::map<int, std::size_t> posted_{};
};

/// Another order of the block that keeps each account's messages in theirs.
std::vector<TradingDay::Message> shuffled(
    const std::vector<TradingDay::Message>& messages, test::Dice& dice
);

}  // namespace steelyard::market
