// Accounts of k of n keys.
#include "tests/unit/ledger/pipeline/pipeline_bench.h"

namespace steelyard::pipeline {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::size_t members = 5;

class Multisig : public PipelineTest {
protected:
    Multisig() {
        for (std::uint32_t i = 0; i < members; ++i) {
            wallets.push_back(ledger::make_wallet(bench.state, 20 + i, ""));
            key.members.push_back(wallets.back().key.public_key());
        }
        number = auth::find_or_make(bench.state, tx::address_of(key)).value();
        EXPECT_TRUE(bank::endow(bench.state, number, chain::Coins::parse("100000uyard").value()));
    }

    /// A transfer that these members sign; nothing in place of signatures if it is a question.
    Bytes transfer(std::uint32_t signed_by, bool is_question = false) {
        TxDraft draft;
        draft.message(ledger::make_send(tx::address_of(key), bob.address, "5uyard"))
            .fee("3000uyard");
        auto& info = *draft.auth.add_signer_infos();
        *info.mutable_public_key() = tx::pack_account_key(key);
        auto& multi = *info.mutable_mode_info()->mutable_multi();
        std::string bits(1, '\0');
        for (std::size_t i = 0; i < members; ++i) {
            if ((signed_by >> i & 1) != 0) {
                bits[0] = static_cast<char>(bits[0] | 0x80 >> i);
                multi.add_mode_infos()->mutable_single()->set_mode(
                    cosmos::tx::signing::v1beta1::SIGN_MODE_LEGACY_AMINO_JSON
                );
            }
        }
        multi.mutable_bitarray()->set_elems(bits);
        multi.mutable_bitarray()->set_extra_bits_stored(members);
        if (is_question) {
            return draft.unsigned_bytes();
        }
        chain::TxRaw raw{
            .body = proto::serialize(draft.body), .auth_info = proto::serialize(draft.auth)
        };
        const Bytes document =
            tx::sign_bytes(
                ledger::decoded_for_amino(raw.body, raw.auth_info),
                tx::SignMode::legacy_amino_json,
                {.chain_id = draft.chain_id, .account_number = static_cast<std::uint64_t>(number)}
            )
                .value();
        cosmos::crypto::multisig::v1beta1::MultiSignature signatures;
        for (std::size_t i = 0; i < members; ++i) {
            if ((signed_by >> i & 1) != 0) {
                signatures.add_signatures(std::string(as_text(wallets[i].key.sign(document))));
            }
        }
        raw.signatures.push_back(proto::serialize(signatures));
        return chain::encode_tx_raw(raw);
    }

    std::vector<Wallet> wallets;
    tx::MultisigKey key{.threshold = 3};
    ledger::AccountNumber number{};
};

TEST_F(Multisig, signs_with_every_set_of_enough_members) {
    for (std::uint32_t signed_by = 1; signed_by < 1 << members; ++signed_by) {
        const Bytes tx = transfer(signed_by);
        if (std::popcount(signed_by) < 3) {
            EXPECT_THAT(refusal_of(tx), HasSubstr("members signed, 3 must")) << signed_by;
            continue;
        }
        const auto mark = bench.state.mark();
        EXPECT_EQ(text_of(run(tx)), "") << signed_by;
        EXPECT_EQ(balances(tx::address_of(key)), "96995uyard");
        bench.state.roll_back(mark);
    }
}

TEST_F(Multisig, needs_all_signatures_that_it_marks) {
    const chain::TxRaw raw = chain::decode_tx_raw(transfer(0b01111)).value();
    for (const std::size_t place : {10U, 80U, 150U, 250U}) {
        chain::TxRaw changed = raw;
        changed.signatures[0][place] ^= 1;
        EXPECT_THAT(
            refusal_of(chain::encode_tx_raw(changed)),
            HasSubstr("unable to verify multisig signature")
        );
    }
    chain::TxRaw other = raw;
    other.signatures = chain::decode_tx_raw(transfer(0b11110)).value().signatures;
    EXPECT_THAT(refusal_of(chain::encode_tx_raw(other)), StartsWith("sdk/4 "));
}

TEST_F(Multisig, has_another_address_with_another_threshold) {
    key.threshold = 2;
    EXPECT_THAT(refusal_of(transfer(0b00111)), StartsWith("sdk/9 "));
}

TEST_F(Multisig, pays_gas_for_each_signature) {
    const auto gas = [&](std::uint32_t signed_by) {
        const auto mark = bench.state.mark();
        const auto result = run(transfer(signed_by));
        bench.state.roll_back(mark);
        EXPECT_EQ(result.code, 0);
        return result.gas_used;
    };

    // Signature and mode of a member: 66 + 6 bytes, or one more for a length.
    EXPECT_NEAR(static_cast<double>(gas(0b01111) - gas(0b00111)), 1'000 + 10 * 72, 20);
}

TEST_F(Multisig, has_the_gas_of_its_simulation) {
    const auto simulated = simulate(transfer(0b10101, true));
    const auto real = run(transfer(0b10101));

    EXPECT_EQ(text_of(simulated), "");
    EXPECT_NEAR(static_cast<double>(simulated.gas_used), static_cast<double>(real.gas_used), 20)
        << "the lengths of lengths";
}

}  // namespace
}  // namespace steelyard::pipeline
