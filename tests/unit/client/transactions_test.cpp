#include "client/transactions.h"

#include "base/hex.h"
#include "client/keyring.h"
#include "client/money.h"
#include "client/tx_files.h"
#include "cosmos/bank/v1beta1/tx.pb.h"
#include "cosmos/staking/v1beta1/tx.pb.h"
#include "crypto/bech32.h"
#include "crypto/bip32.h"
#include "crypto/bip39.h"
#include "tests/support/temporary_home.h"
#include "tests/support/vector_file.h"
#include "tx/statements.h"

#include <gtest/gtest.h>

namespace steelyard::client {
namespace {

/// Of the public mnemonic "abandon" (11 times) "about".
crypto::PrivateKey sample_key(std::uint32_t index) {
    std::string mnemonic;
    for (int i = 0; i < 11; ++i) {
        mnemonic += "abandon ";
    }
    const auto seed = crypto::seed_from_mnemonic(mnemonic + "about", "").value();
    return crypto::ExtendedPrivateKey::from_seed(seed.view())
        .value()
        .derive(crypto::HdPath::account(0, index))
        .value()
        .private_key();
}

DecodedTx transfer(std::string_view from, std::string_view to, std::string_view amount) {
    cosmos::bank::v1beta1::MsgSend send;
    send.set_from_address(std::string(from));
    send.set_to_address(std::string(to));
    const auto coin = parse_money(amount).value();
    send.add_amount()->set_denom(coin.denom.text());
    send.mutable_amount(0)->set_amount(to_string(coin.amount));
    DecodedTx tx;
    tx.messages.push_back(pack(send));
    encode_parts(tx);
    return tx;
}

/// What a CosmJS wallet signed.
struct Golden {
    crypto::PrivateKey key = sample_key(0);
    SignerPlace place{
        .chain_id = chain::ChainId::parse("anchor-local-1").value(),
        .account_number = 5,
        .sequence = 3,
    };
    DecodedTx tx = transfer(
        address_text("anchor", key.public_key().address()),
        crypto::encode_address("anchor", Bytes(20, 0x07)).value(),
        "5uanc"
    );

    Golden() {
        tx.memo = "memo <&>";
        tx.fee.amount = parse_moneys("2500uanc").value();
        tx.fee.gas_limit = 100'000;
        encode_parts(tx);
    }
};

TEST(Signing, gives_the_signature_of_other_wallets_in_direct_mode) {
    Golden golden;

    ASSERT_TRUE(sign(golden.tx, 0, SignMode::direct, golden.place, golden.key));

    EXPECT_EQ(
        to_hex(golden.tx.raw.signatures.at(0)),
        "b32a236c14767481c6e47051be70e372c66747734bc8d8d762702df1905cc427"
        "48441559b8e37670beeb5c403b4cc47d0f80765ed566fd97f883509507573d4d"
    );
}

TEST(Signing, gives_the_signature_of_other_wallets_in_amino_json) {
    Golden golden;

    ASSERT_TRUE(sign(golden.tx, 0, SignMode::legacy_amino_json, golden.place, golden.key));

    EXPECT_EQ(
        to_hex(golden.tx.raw.signatures.at(0)),
        "9555e93222c9a89cf87db92b325dd053c6c0fd5dfe4c03e1315fe43e59100196"
        "740eae09a2ea643a724d7b303e5479e569475a9931cdb4eea6e436eb014a3079"
    );
}

TEST(Signing, makes_what_the_chain_accepts) {
    for (const auto mode : {SignMode::direct, SignMode::legacy_amino_json}) {
        Golden golden;
        ASSERT_TRUE(sign(golden.tx, 0, mode, golden.place, golden.key));

        const auto decoded = tx::decode_tx(chain::encode_tx_raw(golden.tx.raw)).value();

        const auto statements =
            tx::statements(decoded, 0, golden.key.public_key(), golden.place).value();
        EXPECT_TRUE(statements.at(0).key.verify(statements[0].message, statements[0].signature));
        EXPECT_EQ(decoded.memo, "memo <&>");
    }
}

TEST(Signers, are_named_in_the_order_of_the_messages) {
    const std::string first = address_text(account_prefix, {1});
    const std::string second = address_text(account_prefix, {2});
    DecodedTx tx = transfer(second, first, "1yard");
    tx.messages.push_back(transfer(first, second, "1yard").messages[0]);
    tx.fee.payer = address_text(account_prefix, {3});
    encode_parts(tx);

    EXPECT_EQ(signers_of(tx).value(), (std::vector{second, first, tx.fee.payer}));
    EXPECT_EQ(signer_index(tx, first).value(), 1U);
    EXPECT_FALSE(signer_index(tx, address_text(account_prefix, {9})));
    const SignerPlace place{.chain_id = chain::ChainId::parse("x").value()};
    EXPECT_EQ(
        sign(tx, 1, SignMode::legacy_amino_json, place, sample_key(0)).error().message(),
        "signer 1 comes before this one and has not signed yet"
    );
}

TEST(Signers, of_validators_messages_are_their_operators_accounts) {
    cosmos::staking::v1beta1::MsgEditValidator edit;
    edit.set_validator_address(address_text(operator_prefix, {7}));
    DecodedTx tx;
    tx.messages.push_back(pack(edit));

    EXPECT_EQ(signers_of(tx).value(), std::vector{address_text(account_prefix, {7})});
}

TEST(Signers, who_sign_directly_sign_again_when_another_is_named) {
    const auto place = [](std::uint64_t number) {
        return SignerPlace{
            .chain_id = chain::ChainId::parse("x").value(), .account_number = number
        };
    };
    DecodedTx tx = transfer("yard1a", "yard1b", "1yard");
    ASSERT_TRUE(sign(tx, 0, SignMode::direct, place(0), sample_key(0)));
    ASSERT_TRUE(sign(tx, 1, SignMode::direct, place(1), sample_key(1)));

    EXPECT_TRUE(tx.raw.signatures[0].empty());
    ASSERT_TRUE(sign(tx, 0, SignMode::direct, place(0), sample_key(0)));
    EXPECT_EQ(tx.raw.signatures[0].size(), 64U);
    EXPECT_EQ(tx.raw.signatures[1].size(), 64U) << "signer 1 signed these very bytes";
}

TEST(Simulation, names_signers_and_has_no_signature) {
    Golden golden;
    const std::vector<tx::SignerInfo> signers = {
        {.key = golden.key.public_key(), .mode = SignMode::direct, .members = {}, .sequence = 3}
    };

    const auto tx = tx::decode_tx(encode_for_simulation(golden.tx, signers)).value();

    EXPECT_EQ(tx.signers.at(0).mode, SignMode::unspecified);
    EXPECT_EQ(tx.raw.signatures, std::vector<Bytes>{{}});
}

/// Three people, each with a keyring of his own, and a key of which two must sign.
class Multisig : public testing::Test {
protected:
    Multisig() {
        for (std::uint32_t i = 0; i < 3; ++i) {
            key_.members.push_back(sample_key(i).public_key());
        }
        SeededRandom random(1);
        for (std::uint32_t i = 0; i < 3; ++i) {
            keyrings_.emplace_back(
                home_.path() / std::to_string(i),
                i == 1 ? KeyringBackend::test : KeyringBackend::file
            );
            keyrings_[i].add("me", sample_key(i), password_, cheap_, random).value();
            keyrings_[i].add_public("us", key_).value();
        }
        const std::string us =
            address_text(account_prefix, keyrings_[0].find("us").value().address());
        tx_ = transfer(us, address_text(account_prefix, {1}), "7uyard");
        tx_.memo = "memo <&>";
        tx_.timeout_height = 34;
        tx_.fee.amount = parse_moneys("2500uyard").value();
        tx_.fee.gas_limit = 100'000;
        encode_parts(tx_);
    }

    /// As it travels: what was signed is read from a file, and the part is written to one.
    MemberSignature part_of(std::uint32_t person, const SignerPlace& place) {
        const DecodedTx read = parse_tx(print_tx(tx_).value()).value();
        const auto key = open_entry(keyrings_[person].find("me").value(), password_).value();
        const auto part = sign_as_member(read, place, key).value();
        return parse_member_signatures(print_member_signature(part)).value().at(0);
    }

    const crypto::ScryptCost cheap_{.n = 2, .r = 1, .p = 1};
    const Bytes password_ = to_bytes(as_bytes("correct horse"));
    testing_support::TemporaryHome home_;
    std::vector<Keyring> keyrings_{};
    MultisigKey key_{.threshold = 2};
    SignerPlace place_{
        .chain_id = chain::ChainId::parse("steelyard-test").value(),
        .account_number = 9,
        .sequence = 4,
    };
    DecodedTx tx_{};
};

TEST_F(Multisig, is_signed_by_enough_members_on_their_own) {
    for (const auto& [a, b] : {std::pair{0U, 1U}, {2U, 0U}, {1U, 2U}}) {
        DecodedTx tx = tx_;
        const std::vector parts = {part_of(a, place_), part_of(b, place_)};

        ASSERT_TRUE(combine(tx, 0, key_, place_, parts));

        const auto decoded = tx::decode_tx(chain::encode_tx_raw(tx.raw)).value();
        const auto statements = tx::statements(decoded, 0, key_, place_).value();
        ASSERT_EQ(statements.size(), 2U);
        for (const auto& one : statements) {
            EXPECT_TRUE(one.key.verify(one.message, one.signature));
        }
    }
}

TEST_F(Multisig, is_the_transaction_that_other_wallets_make) {
    const std::string expected = read_vector_file("tx/multisig_tx.hex").at(0).at(0);
    tx_ = tx::decode_tx(from_hex(expected).value()).value();
    tx_.raw.signatures.clear();
    tx_.signers.clear();
    encode_parts(tx_);
    const std::vector parts = {part_of(2, place_), part_of(0, place_)};

    ASSERT_TRUE(combine(tx_, 0, key_, place_, parts));

    EXPECT_EQ(to_hex(chain::encode_tx_raw(tx_.raw)), expected);
}

TEST_F(Multisig, is_not_signed_by_parts_that_are_not_good) {
    const auto refusal = [&](const std::vector<MemberSignature>& parts) {
        DecodedTx tx = tx_;
        return combine(tx, 0, key_, place_, parts).error().message();
    };
    SignerPlace other = place_;
    other.account_number = 8;
    SignerPlace later = place_;
    later.sequence = 5;
    const auto stranger = sign_as_member(tx_, place_, sample_key(7)).value();

    EXPECT_EQ(refusal({part_of(0, place_)}), "1 members signed, 2 must");
    EXPECT_NE(
        refusal({part_of(0, place_), part_of(0, place_)}).find("signed twice"), std::string::npos
    );
    EXPECT_NE(refusal({part_of(0, place_), stranger}).find("is no member"), std::string::npos);
    EXPECT_NE(
        refusal({part_of(0, place_), part_of(1, other)}).find("is not good"), std::string::npos
    );
    EXPECT_NE(
        refusal({part_of(0, place_), part_of(1, later)}).find("sequence 5, not 4"),
        std::string::npos
    );
}

}  // namespace
}  // namespace steelyard::client
