// What orders say beside what they run: the class, the price, the providers.
#pragma once

#include "bin/steelyard/tx.h"

namespace steelyard::market::v1 {
class MsgPostArray;
class MsgPostOrder;
}  // namespace steelyard::market::v1

namespace steelyard::wallet {

inline constexpr std::uint32_t lifetime_default = 1'000;
inline constexpr std::uint32_t retries_default = 2;
inline constexpr std::uint32_t parallel_default = 16;

struct OrderTerms {
    std::string class_name{};
    std::string limit{};
    std::uint32_t lifetime = lifetime_default;
    std::int64_t deadline = 0;
    std::uint32_t retries = retries_default;
    std::string reputation{};
    std::vector<std::string> regions{};
    std::vector<std::string> attributes{};
    std::vector<std::string> excluded{};
    std::uint32_t max_parallel = parallel_default;  ///< of an array
};

/// Their options, the limit price under the name that is given.
void add_terms(CLI::App& command, OrderTerms& terms, const char* limit_name);

/// All of a message but its program and inputs. Errors: terms that no order can have, a class that
/// there is not.
Outcome<void> set_terms(
    const Making& making, const OrderTerms& terms, market::v1::MsgPostOrder& out
);
Outcome<void> set_terms(
    const Making& making, const OrderTerms& terms, market::v1::MsgPostArray& out
);

}  // namespace steelyard::wallet
