#include "tests/support/ledger/signed_tx.h"

#include "cosmos/bank/v1beta1/tx.pb.h"
#include "ledger/state/values.h"
#include "tests/support/chain_builders.h"
#include "tx/statements.h"

#include <gmock/gmock.h>

namespace steelyard::test {
namespace {

MessagePtr transfer(const People& people, std::size_t from, std::size_t to) {
    auto message = std::make_unique<cosmos::bank::v1beta1::MsgSend>();
    message->set_from_address(ledger::account_text(people[from].address));
    message->set_to_address(ledger::account_text(people[to].address));
    auto& coin = *message->add_amount();
    coin.set_denom("uyard");
    coin.set_amount("7");
    return message;
}

/// Of so many people, each with an account number of its own.
Places places_of(const std::vector<std::size_t>& signers) {
    Places places;
    for (const std::size_t signer : signers) {
        places.push_back({chain_id("histories"), 100 + signer, signer % 3});
    }
    return places;
}

/// Whether all signatures of the transaction are good.
bool is_signed(const People& people, const TxPlan& plan, ByteView bytes) {
    const auto tx = tx::decode_tx(bytes);
    CHECK(tx.has_value());
    const auto signers = signers_of(people, plan);
    const Places places = places_of(signers);
    for (std::size_t i = 0; i < signers.size(); ++i) {
        const auto statements = tx::statements(*tx, i, people[signers[i]].key, places[i]);
        CHECK(statements.has_value());
        for (const tx::Statement& one : *statements) {
            if (!one.key.verify(one.message, one.signature)) {
                return false;
            }
        }
    }
    return true;
}

TEST(SignedTx, is_signed_by_all_in_every_mode) {
    const People people(1, 20);
    Dice dice(1);

    for (std::size_t i = 0; i < 100; ++i) {
        TxPlan plan{.gas_limit = 100, .fee = chain::Amount(5)};
        plan.messages.push_back(transfer(people, i % 20, (i + 1) % 20));
        plan.messages.push_back(transfer(people, (i + 7) % 20, 0));
        plan.payer = people[(i + 4) % 20].address;

        const Bytes tx = sign_tx(people, plan, places_of(signers_of(people, plan)), dice);

        ASSERT_EQ(signers_of(people, plan).size(), 3U);
        ASSERT_TRUE(is_signed(people, plan, tx)) << i;
    }
}

TEST(SignedTx, has_a_bad_signature_where_that_is_the_flaw) {
    const People people(1, 20);
    Dice dice(1);

    for (std::size_t i = 0; i < 20; ++i) {
        TxPlan plan{.gas_limit = 100, .flaw = Flaw::bad_signature};
        plan.messages.push_back(transfer(people, i, 0));

        const Bytes tx = sign_tx(people, plan, places_of(signers_of(people, plan)), dice);

        EXPECT_FALSE(is_signed(people, plan, tx)) << i;
    }
}

TEST(People, are_the_same_for_the_same_seed) {
    const People people(5, 10);
    const People again(5, 10);
    const People others(6, 10);

    EXPECT_EQ(people[9].address, again[9].address);
    EXPECT_EQ(people.beacon_key(9, 7), again.beacon_key(9, 7));
    EXPECT_EQ(people.consensus_key(9, 7), again.consensus_key(9, 7));
    EXPECT_NE(people[9].address, others[9].address);
    EXPECT_EQ(people.find(people[3].address), 3U);
}

TEST(People, prove_with_the_keys_that_they_have) {
    const People people(5, 2);
    const Bytes alpha = {1, 2, 3};

    const auto key = people.beacon_key(1, 3);
    const auto proof = people.prove(key, alpha);

    ASSERT_TRUE(proof.has_value());
    EXPECT_TRUE(crypto::vrf::verify(key, alpha, *proof));
    EXPECT_FALSE(people.prove(beacon::PublicKey{2}, alpha).has_value());
}

}  // namespace
}  // namespace steelyard::test
