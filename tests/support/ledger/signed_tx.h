// Transactions of people: composed, signed, and sometimes wrong.
#pragma once

#include "chain/coin.h"
#include "tests/support/ledger/dice.h"
#include "tests/support/ledger/people.h"
#include "tx/sign_bytes.h"

#include <memory>

namespace google::protobuf {
class Message;
}

namespace steelyard::test {

using MessagePtr = std::unique_ptr<google::protobuf::Message>;

/// What is wrong with a transaction.
enum class Flaw : std::uint8_t {
    none,
    bad_signature,   ///< T10, also where another chain was signed for
    wrong_sequence,  ///< T9
    low_fee,         ///< T7
    past_timeout,    ///< T5
    no_gas,          ///< T6
    unknown_type,    ///< T3
    torn,            ///< T1: the last byte is missing
    fee_of_others,   ///< T11: a payer who has nothing
};
inline constexpr std::size_t flaws_count = 9;

struct TxPlan {
    std::vector<MessagePtr> messages{};
    std::string memo{};
    std::uint64_t timeout_height = 0;
    std::uint64_t gas_limit = 0;
    chain::Amount fee{};
    std::optional<chain::Address> payer{};
    Flaw flaw = Flaw::none;
};

/// Who must sign, as T4 orders them. A signer that is none of the people is left out.
std::vector<std::size_t> signers_of(const People& people, const TxPlan& plan);

/// Of each signer, in their order.
using Places = std::vector<tx::SignerPlace>;

/// The transaction, signed in a drawn mode; whether an account's key is named is drawn as well.
Bytes sign_tx(const People& people, const TxPlan& plan, const Places& places, Dice& dice);

}  // namespace steelyard::test
