// Rules T1 to T11, each broken alone.
#include "tests/unit/ledger/pipeline/pipeline_bench.h"

namespace steelyard::pipeline {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Rules : public PipelineTest {
protected:
    /// What becomes of a good transfer from alice to bob after a change before it is signed.
    std::string with(const std::function<void(TxDraft&)>& change) {
        TxDraft draft = ledger::make_transfer(alice, bob.address);
        change(draft);
        return refusal_of(draft.sign());
    }

    /// The same after a change of the parts that travel.
    std::string with_raw(const std::function<void(chain::TxRaw&)>& change) {
        chain::TxRaw raw =
            chain::decode_tx_raw(ledger::make_transfer(alice, bob.address).sign()).value();
        change(raw);
        return refusal_of(chain::encode_tx_raw(raw));
    }
};

TEST_F(Rules, let_a_good_transfer_through) {
    EXPECT_EQ(text_of(run(ledger::make_transfer(alice, bob.address).sign())), "");
}

TEST_F(Rules, T1_one_encoding) {
    Bytes longer = ledger::make_transfer(alice, bob.address).sign();
    append(longer, Bytes{0x20, 0x01});
    EXPECT_THAT(refusal_of(longer), StartsWith("sdk/2 "));
    EXPECT_THAT(refusal_of({}), StartsWith("sdk/2 "));
    EXPECT_THAT(refusal_of(Bytes((1 << 20) + 1, 1)), StartsWith("sdk/2 "));
    EXPECT_THAT(
        with([](TxDraft& draft) {
            draft.body.mutable_messages(0)->mutable_value()->append("\x78\1");
        }),
        StartsWith("sdk/2 ")
    );
    EXPECT_THAT(
        with([](TxDraft& draft) {
            for (int i = 0; i < 100; ++i) {
                *draft.body.add_messages() = draft.body.messages(0);
            }
        }),
        "sdk/2 transaction has 101 messages, limit 100: tx parse error"
    );
    EXPECT_THAT(
        with([](TxDraft& draft) { draft.auth.clear_fee(); }),
        "sdk/2 transaction has no fee: tx parse error"
    );
}

TEST_F(Rules, T2_nothing_that_is_not_built) {
    EXPECT_THAT(
        with([](TxDraft& draft) { draft.body.add_extension_options(); }), StartsWith("sdk/31 ")
    );
    EXPECT_THAT(
        with([](TxDraft& draft) { draft.body.add_non_critical_extension_options(); }),
        StartsWith("sdk/31 ")
    );
    EXPECT_THAT(
        with([](TxDraft& draft) { draft.body.set_unordered(true); }), StartsWith("sdk/37 ")
    );
    EXPECT_THAT(
        with([](TxDraft& draft) { draft.body.mutable_timeout_timestamp()->set_seconds(1); }),
        StartsWith("sdk/37 ")
    );
    EXPECT_THAT(with([](TxDraft& draft) { draft.auth.mutable_tip(); }), StartsWith("sdk/37 "));
    EXPECT_THAT(
        with([&](TxDraft& draft) { draft.auth.mutable_fee()->set_granter(bob.text()); }),
        "sdk/37 fee granters are not supported on this chain: feature not supported"
    );
}

TEST_F(Rules, T3_memo_and_messages) {
    EXPECT_EQ(
        with([](TxDraft& draft) { draft.body.set_memo(std::string(257, 'm')); }),
        "sdk/12 maximum number of characters is 256 but received 257 characters: memo too large"
    );
    EXPECT_EQ(
        with([](TxDraft& draft) {
            draft.body.clear_messages();
            draft.body.set_memo("m");
        }),
        "sdk/18 must contain at least one message: invalid request"
    );
    EXPECT_EQ(
        with([](TxDraft& draft) {
            draft.body.mutable_messages(0)->set_type_url("/steelyard.beacon.v1.MsgBeacon");
        }),
        "sdk/6 no message type \"/steelyard.beacon.v1.MsgBeacon\": unknown request"
    );
    EXPECT_THAT(
        with([&](TxDraft& draft) {
            draft.message(ledger::make_send(alice.address, bob.address, ""));
        }),
        StartsWith("sdk/10 amount: ")
    );
}

TEST_F(Rules, T4_signers) {
    EXPECT_EQ(
        with_raw([](chain::TxRaw& raw) { raw.signatures.clear(); }),
        "sdk/15 expected 1: no signatures supplied"
    );
    EXPECT_EQ(
        with_raw([](chain::TxRaw& raw) { raw.signatures.push_back(raw.signatures[0]); }),
        "sdk/4 wrong number of signers; expected 1, got 2 signatures and 1 signer infos: "
        "unauthorized"
    );
    EXPECT_EQ(
        with([&](TxDraft& draft) { draft.signer(bob); }),
        "sdk/4 wrong number of signers; expected 1, got 2 signatures and 2 signer infos: "
        "unauthorized"
    );
    EXPECT_EQ(
        with([&](TxDraft& draft) {
            draft.message(ledger::make_send(bob.address, alice.address, "1uyard"));
        }),
        "sdk/4 wrong number of signers; expected 2, got 1 signatures and 1 signer infos: "
        "unauthorized"
    );
    EXPECT_EQ(
        with([&](TxDraft& draft) { draft.auth.mutable_fee()->set_payer(bob.text()); }),
        "sdk/4 wrong number of signers; expected 2, got 1 signatures and 1 signer infos: "
        "unauthorized"
    );
    EXPECT_THAT(
        with([](TxDraft& draft) { draft.auth.mutable_fee()->set_payer("me"); }),
        StartsWith("sdk/7 fee payer \"me\": ")
    );
    EXPECT_EQ(
        with([&](TxDraft& draft) {
            for (std::uint8_t i = 0; i < 16; ++i) {
                chain::Address address{i};
                draft.message(ledger::make_send(address, bob.address, "1uyard"));
            }
        }),
        "sdk/14 17 signers, limit 16: maximum number of signatures exceeded"
    );
}

TEST_F(Rules, T5_gas_limit) {
    EXPECT_EQ(
        with([](TxDraft& draft) { draft.auth.mutable_fee()->set_gas_limit(0); }),
        "sdk/41 gas limit is 0, must be from 1 to 100000000: invalid gas limit"
    );
    EXPECT_THAT(
        with([](TxDraft& draft) { draft.fee("1000001uyard", 100'000'001); }),
        StartsWith("sdk/41 gas limit is 100000001, ")
    );
}

TEST_F(Rules, T6_timeout) {
    EXPECT_EQ(
        with([](TxDraft& draft) { draft.body.set_timeout_height(9); }),
        "sdk/30 block height: 10, timeout height: 9: tx timeout height"
    );

    TxDraft draft = ledger::make_transfer(alice, bob.address);
    draft.body.set_timeout_height(10);
    EXPECT_EQ(text_of(run(draft.sign())), "");
}

TEST_F(Rules, T7_fee) {
    EXPECT_EQ(
        with([](TxDraft& draft) { draft.fee("1999uyard"); }),
        "sdk/13 insufficient fees; got: 1999uyard required: 2000uyard: insufficient fee"
    );
    EXPECT_EQ(
        with([](TxDraft& draft) { draft.fee(""); }),
        "sdk/13 insufficient fees; got:  required: 2000uyard: insufficient fee"
    );
    EXPECT_EQ(
        with([](TxDraft& draft) { draft.fee("1uabc,3000uyard"); }),
        "sdk/10 fee of 1uabc,3000uyard, must be of uyard alone: invalid coins"
    );
    EXPECT_EQ(
        with([](TxDraft& draft) { draft.fee("2000uyard", 200'001); }),
        "sdk/13 insufficient fees; got: 2000uyard required: 2001uyard: insufficient fee"
    );

    EXPECT_EQ(text_of(run(ledger::make_transfer(alice, bob.address).fee("2000uyard").sign())), "");
}

TEST_F(Rules, T8_accounts_and_keys) {
    ledger::Bench elsewhere;
    const Wallet stranger = ledger::make_wallet(elsewhere.state, 9, "");
    EXPECT_EQ(
        refusal_of(ledger::make_transfer(stranger, bob.address).sign()),
        "sdk/9 account " + stranger.text() + " does not exist: unknown address"
    );
    EXPECT_EQ(
        with([&](TxDraft& draft) {
            *draft.auth.mutable_signer_infos(0)->mutable_public_key() =
                tx::pack_account_key(bob.key.public_key());
        }),
        "sdk/8 pubKey does not match signer address " + alice.text() +
            " with signer index: 0: invalid pubkey"
    );
    EXPECT_EQ(
        with([](TxDraft& draft) { draft.auth.mutable_signer_infos(0)->clear_public_key(); }),
        "sdk/8 account " + alice.text() +
            " has no key yet, and signer info 0 names none: invalid pubkey"
    );

    EXPECT_EQ(text_of(run(ledger::make_transfer(alice, bob.address).sign())), "");
    alice.sequence = 1;
    TxDraft second = ledger::make_transfer(alice, bob.address);
    second.auth.mutable_signer_infos(0)->clear_public_key();
    EXPECT_EQ(text_of(run(second.sign())), "") << "the account has its key by now";
    alice.sequence = 2;
    EXPECT_THAT(
        with([&](TxDraft& draft) {
            *draft.auth.mutable_signer_infos(0)->mutable_public_key() =
                tx::pack_account_key(bob.key.public_key());
        }),
        StartsWith("sdk/8 ")
    ) << "not even where it is not needed";
}

TEST_F(Rules, T8_accounts_of_modules_sign_nothing) {
    const chain::Address pool = auth::module_address("market");
    TxDraft draft;
    draft.message(ledger::make_send(pool, bob.address, "1uyard")).fee("3000uyard").signer(alice);

    EXPECT_EQ(refusal_of(draft.sign()), "sdk/4 account market signs nothing: unauthorized");
}

TEST_F(Rules, T9_sequence) {
    alice.sequence = 3;
    EXPECT_EQ(
        with([](TxDraft&) {}),
        "sdk/32 account sequence mismatch, expected 0, got 3: incorrect account sequence"
    );
}

TEST_F(Rules, T10_signature) {
    const auto says = [&](std::string_view why) {
        return fmt::format(
            "sdk/4 signature verification failed; please verify account number ({}), sequence (0) "
            "and chain-id (test-chain): ({}): unauthorized",
            static_cast<std::uint64_t>(alice.number),
            why
        );
    };
    const std::string bad = says("unable to verify single signer signature");

    EXPECT_EQ(with_raw([](chain::TxRaw& raw) { raw.signatures[0][5] ^= 1; }), bad);
    EXPECT_EQ(with_raw([](chain::TxRaw& raw) { raw.signatures[0].clear(); }), bad);
    EXPECT_EQ(with_raw([](chain::TxRaw& raw) { raw.signatures[0].push_back(0); }), bad);
    EXPECT_EQ(
        with([](TxDraft& draft) { draft.chain_id = chain::ChainId::parse("other").value(); }), bad
    );
    EXPECT_EQ(
        with([](TxDraft& draft) {
            draft.auth.mutable_signer_infos(0)->mutable_mode_info()->mutable_single()->set_mode(
                cosmos::tx::signing::v1beta1::SIGN_MODE_LEGACY_AMINO_JSON
            );
        }),
        bad
    ) << "the bytes of another mode";
    EXPECT_EQ(
        with([](TxDraft& draft) {
            draft.auth.mutable_signer_infos(0)->mutable_mode_info()->mutable_single()->set_mode(
                cosmos::tx::signing::v1beta1::SIGN_MODE_UNSPECIFIED
            );
        }),
        says("sign mode is unspecified")
    );
    const std::string multisig = with([](TxDraft& draft) {
        auto& multi = *draft.auth.mutable_signer_infos(0)->mutable_mode_info()->mutable_multi();
        multi.mutable_bitarray()->set_elems("\x80");
        multi.mutable_bitarray()->set_extra_bits_stored(1);
        multi.add_mode_infos()->mutable_single()->set_mode(
            cosmos::tx::signing::v1beta1::SIGN_MODE_LEGACY_AMINO_JSON
        );
        draft.auth.mutable_signer_infos(0)->clear_public_key();
    });
    EXPECT_THAT(multisig, HasSubstr("sdk/8 ")) << "no key that could be a multisig";
    alice.number = bob.number;
    EXPECT_THAT(with([](TxDraft&) {}), StartsWith("sdk/4 ")) << "another account number";
}

TEST_F(Rules, T10_amino_signature) {
    TxDraft draft;
    draft.message(ledger::make_send(alice.address, bob.address, "5uyard"))
        .fee("3000uyard")
        .signer(alice, tx::SignMode::legacy_amino_json);

    EXPECT_EQ(text_of(run(draft.sign())), "");
    EXPECT_EQ(verified, 1);
}

TEST_F(Rules, T10_every_signer) {
    TxDraft draft;
    draft.message(ledger::make_send(alice.address, carol.address, "5uyard"))
        .message(ledger::make_send(bob.address, carol.address, "5uyard"))
        .fee("3000uyard")
        .signer(alice)
        .signer(bob, tx::SignMode::legacy_amino_json);
    draft.auth.mutable_fee()->set_payer(carol.text());
    draft.signer(carol);
    chain::TxRaw raw = chain::decode_tx_raw(draft.sign()).value();

    for (std::size_t i = 0; i < 3; ++i) {
        chain::TxRaw changed = raw;
        changed.signatures[i][0] ^= 1;
        EXPECT_THAT(
            refusal_of(chain::encode_tx_raw(changed)),
            HasSubstr(fmt::format(
                "account number ({})",
                static_cast<std::uint64_t>(std::array{&alice, &bob, &carol}[i]->number)
            ))
        );
    }
    EXPECT_EQ(text_of(run(chain::encode_tx_raw(raw))), "");
    EXPECT_EQ(balances(carol), "97010uyard");
    EXPECT_EQ(sequence(alice) + sequence(bob) + sequence(carol), 3);
}

TEST_F(Rules, T10_is_left_out_for_who_has_checked_it) {
    chain::TxRaw raw =
        chain::decode_tx_raw(ledger::make_transfer(alice, bob.address).sign()).value();
    raw.signatures[0][0] ^= 1;

    const auto result =
        run_tx(bench.state, bench.block, bench.params, chain::encode_tx_raw(raw), {});

    EXPECT_EQ(result.code, 0);
}

TEST_F(Rules, T11_fee_payer) {
    const Wallet poor = ledger::make_wallet(bench.state, 8, "2999uyard");

    EXPECT_EQ(
        refusal_of(ledger::make_transfer(poor, bob.address).sign()),
        "sdk/5 spendable balance 2999uyard is smaller than 3000uyard: insufficient funds"
    );
}

TEST_F(Rules, are_checked_in_order) {
    const Wallet poor = ledger::make_wallet(bench.state, 8, "");
    TxDraft draft = ledger::make_transfer(poor, bob.address);
    const auto next = [&](auto repair) {
        const std::string text = refusal_of(draft.sign());
        repair();
        return text.substr(0, text.find(' '));
    };
    draft.body.add_extension_options();
    draft.body.set_memo(std::string(300, 'm'));
    draft.signer(bob);
    draft.fee("1uyard", 0);
    draft.body.set_timeout_height(1);
    draft.auth.mutable_signer_infos(0)->clear_public_key();
    draft.auth.mutable_signer_infos(0)->set_sequence(7);
    draft.chain_id = chain::ChainId::parse("other").value();

    EXPECT_EQ(next([&] { draft.body.clear_extension_options(); }), "sdk/31");
    EXPECT_EQ(next([&] { draft.body.clear_memo(); }), "sdk/12");
    EXPECT_EQ(
        next([&] {
            draft.auth.mutable_signer_infos()->RemoveLast();
            draft.wallets.pop_back();
        }),
        "sdk/4"
    );
    EXPECT_EQ(next([&] { draft.fee("1uyard", 200'000); }), "sdk/41");
    EXPECT_EQ(next([&] { draft.body.clear_timeout_height(); }), "sdk/30");
    EXPECT_EQ(next([&] { draft.fee("3000uyard"); }), "sdk/13");
    EXPECT_EQ(
        next([&] {
            *draft.auth.mutable_signer_infos(0)->mutable_public_key() =
                tx::pack_account_key(poor.key.public_key());
        }),
        "sdk/8"
    );
    EXPECT_EQ(next([&] { draft.auth.mutable_signer_infos(0)->set_sequence(0); }), "sdk/32");
    EXPECT_EQ(next([&] { draft.chain_id = chain::ChainId::parse("test-chain").value(); }), "sdk/4");
    EXPECT_EQ(next([] {}), "sdk/5");
}

TEST_F(Rules, are_those_of_gas_too) {
    EXPECT_THAT(
        with([](TxDraft& draft) { draft.fee("3000uyard", 100); }),
        testing::MatchesRegex(
            "sdk/11 out of gas in location: txSize; gasWanted: 100, gasUsed: [0-9]+: out of gas"
        )
    );
    const auto size =
        10 * ledger::make_transfer(alice, bob.address).fee("3000uyard", 9'000).sign().size();
    EXPECT_THAT(
        with([&](TxDraft& draft) { draft.fee("3000uyard", size + 500); }),
        StartsWith("sdk/11 out of gas in location: ante verify: secp256k1; ")
    );
    EXPECT_THAT(
        with([&](TxDraft& draft) { draft.fee("3000uyard", size + 3'000); }),
        StartsWith("sdk/11 out of gas in location: state; ")
    ) << "when the sequence is written";
}

/// A recheck and a proposal only ask whether a transaction is good.
TEST_F(Rules, come_to_the_same_where_nobody_looks_at_events) {
    const auto tx = read_tx(ledger::make_transfer(alice, bob.address).sign(), bench.params);
    ASSERT_TRUE(tx);
    const auto admit_as = [&](bool is_told) {
        return run_tx(
            bench.state, bench.block, bench.params, *tx, {.run_messages = false, .is_told = is_told}
        );
    };
    const auto mark = bench.state.mark();
    const auto told = admit_as(true);
    const Records records = records_of(bench.state);
    bench.state.roll_back(mark);

    auto untold = admit_as(false);

    EXPECT_EQ(records_of(bench.state), records);
    EXPECT_FALSE(told.events.empty());
    EXPECT_TRUE(untold.events.empty());
    untold.events = told.events;
    EXPECT_EQ(chain::encode_exec_tx_result(untold), chain::encode_exec_tx_result(told));
    EXPECT_EQ(text_of(untold), "");
}

TEST_F(Rules, are_asked_ahead_for_statements) {
    alice.sequence = 5;
    const auto tx = read_tx(ledger::make_transfer(alice, bob.address).sign(), bench.params);
    ASSERT_TRUE(tx);

    const auto statements = signature_statements(bench.state, bench.block.chain_id, *tx);

    ASSERT_TRUE(statements) << "a sequence that is not its turn yet";
    ASSERT_EQ(statements->size(), 1);
    EXPECT_TRUE(verifier(*statements));
}

}  // namespace
}  // namespace steelyard::pipeline
