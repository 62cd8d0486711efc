#include "tx/statements.h"

#include "tests/unit/tx/samples.h"

#include <gtest/gtest.h>

namespace steelyard::tx {
namespace {

TEST(Statements, two_of_three_signatures_made_with_cosmjs_are_good) {
    const DecodedTx tx = decode_tx(sample_multisig_tx()).value();
    ASSERT_EQ(tx.signers.size(), 1U);
    EXPECT_EQ(tx.signers[0].members, (Signed{true, false, true}));
    EXPECT_EQ(tx.signers[0].sequence, 4U);
    EXPECT_EQ(tx.memo, "memo <&> \u00e9 \"q\"\b\t");

    const auto found = statements(tx, 0, *tx.signers[0].key, sample_place()).value();

    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].key, sample_keys()[0]);
    EXPECT_EQ(found[1].key, sample_keys()[2]);
    EXPECT_TRUE(all_true(found));
}

TEST(Statements, cover_account_sequence_and_chain) {
    const DecodedTx tx = decode_tx(sample_multisig_tx()).value();
    for (int i = 0; i < 3; ++i) {
        SignerPlace place = sample_place();
        place.account_number += i == 0;
        place.sequence += i == 1;
        if (i == 2) {
            place.chain_id = chain::ChainId::parse("steelyard-other").value();
        }
        EXPECT_FALSE(all_true(statements(tx, 0, sample_multisig(), place).value())) << i;
    }
}

TEST(Statements, need_as_many_members_as_the_threshold) {
    const DecodedTx tx = decode_tx(sample_multisig_tx()).value();
    MultisigKey key = sample_multisig();
    key.threshold = 3;

    const auto refused = statements(tx, 0, key, sample_place());

    EXPECT_EQ(refused.error().message(), "2 members signed, 3 must");
}

TEST(Statements, refuse_a_bit_array_of_another_size) {
    DecodedTx tx = decode_tx(sample_multisig_tx()).value();
    tx.signers[0].members->push_back(false);

    EXPECT_FALSE(statements(tx, 0, sample_multisig(), sample_place()));
}

TEST(Statements, refuse_a_mode_that_does_not_fit_the_key) {
    DecodedTx tx = decode_tx(sample_multisig_tx()).value();

    EXPECT_FALSE(statements(tx, 0, sample_keys()[0], sample_place()));
    tx.signers[0].members.reset();
    EXPECT_FALSE(statements(tx, 0, sample_multisig(), sample_place()));
}

TEST(Statements, refuse_a_missing_signature_and_the_mode_of_simulations) {
    DecodedTx tx = decode_tx(sample_multisig_tx()).value();
    tx.signers[0].members.reset();
    tx.signers[0].mode = SignMode::unspecified;
    EXPECT_FALSE(statements(tx, 0, sample_keys()[0], sample_place()));

    tx.signers[0].mode = SignMode::direct;
    EXPECT_TRUE(statements(tx, 0, sample_keys()[0], sample_place()));
    tx.raw.signatures.clear();
    EXPECT_FALSE(statements(tx, 0, sample_keys()[0], sample_place()));
}

}  // namespace
}  // namespace steelyard::tx
