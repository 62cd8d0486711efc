#include "client/receipt.h"

#include "ledger/state/values.h"
#include "rpc/json_chain.h"
#include "steelyard/market/v1/receipt.pb.h"
#include "tests/support/market/receipt_bench.h"

#include <gmock/gmock.h>

namespace steelyard::client {
namespace {

using market::JobState;
using testing::HasSubstr;
using testing::StartsWith;

class ReceiptTest : public testing::Test {
protected:
    /// A job that was challenged, proven and settled, and what tells of it.
    market::JobId settled() {
        const auto id = bench.matched();
        bench.market.start(id);
        bench.market.commit(id);
        bench.go_on_to(id, JobState::challenged);
        EXPECT_TRUE(bench.market.prove(id, market::ProofVerdict::right));
        bench.go_on_to(id, JobState::settled);
        bench.commit();
        return id;
    }

    Receipt parsed(const market::JobId& id) {
        return parse_receipt(bench.document(id).value()).value();
    }

    TrustedHeader trusted() const {
        return {bench.block().header().height, bench.block().signed_header().hash()};
    }

    std::string verdict(const Receipt& receipt) const {
        market::v1::Receipt told;
        const auto verified = verify_receipt(receipt, trusted(), told);
        return verified ? "" : verified.error().message();
    }

    market::v1::Receipt told(const market::JobId& id) {
        market::v1::Receipt out;
        const auto verified = verify_receipt(parsed(id), trusted(), out);
        EXPECT_TRUE(verified) << verified.error().message();
        return out;
    }

    std::string address(int number) const {
        return ledger::account_text(bench.market.address(number));
    }

    test::ReceiptBench bench;
};

TEST_F(ReceiptTest, tells_of_a_settled_job) {
    const auto id = settled();
    const auto receipt = told(id);
    const market::Job job = bench.market.job(id);

    EXPECT_EQ(receipt.chain_id(), "market-1");
    EXPECT_EQ(receipt.state_height(), 6);
    EXPECT_EQ(receipt.user(), address(10));
    EXPECT_EQ(receipt.provider(), address(1));
    EXPECT_EQ(receipt.worker(), address(1'001));
    EXPECT_EQ(receipt.class_name(), "cpu.small");
    EXPECT_EQ(receipt.state(), "settled");
    EXPECT_EQ(receipt.party_at_fault(), "nobody");
    EXPECT_EQ(receipt.unit_price(), 50'000'000U);
    EXPECT_EQ(receipt.price(), 50'000U);
    EXPECT_EQ(receipt.paid(), 50'000U);
    EXPECT_EQ(receipt.fee(), 2'000U);
    EXPECT_EQ(receipt.earned(), 48'000U);
    EXPECT_EQ(receipt.escrow(), receipt.paid() + receipt.proof_paid() + receipt.refund());
    EXPECT_EQ(receipt.slashed(), 0U);
    EXPECT_EQ(receipt.damages(), 0U);
    EXPECT_EQ(receipt.verification(), "proved");
    EXPECT_EQ(receipt.attempts(), 1U);
    EXPECT_EQ(receipt.inputs_size(), 2);
    EXPECT_EQ(receipt.inline_result_size(), 64U);
    EXPECT_EQ(receipt.inline_result_sha256(), as_text(job.commit->output_root))
        << "the sample's root is that hash";
    EXPECT_EQ(receipt.ended_height(), job.ended.value());
}

TEST_F(ReceiptTest, tells_of_a_slashed_job) {
    const auto id = bench.matched();
    ASSERT_TRUE(bench.market.run([&](market::Context& context) {
        return market::cancel_order(context, bench.market.person(10), id.order);
    }));
    bench.market.start(id);
    bench.market.commit(id);
    bench.go_on_to(id, JobState::slashed);
    bench.commit();
    const auto receipt = told(id);
    EXPECT_EQ(receipt.reason(), "silence");
    EXPECT_EQ(receipt.party_at_fault(), "provider");
    EXPECT_EQ(receipt.verification(), "slashed");
    EXPECT_EQ(receipt.slashed(), receipt.reserved());
    EXPECT_EQ(receipt.slashed(), 2'000'000U);
    EXPECT_EQ(receipt.damages(), 50'000U) << "1 x the price";
    EXPECT_EQ(receipt.refund(), receipt.escrow());
    EXPECT_EQ(receipt.paid(), 0U);
    ASSERT_EQ(receipt.had_it_size(), 1);
    EXPECT_EQ(receipt.had_it(0), address(1));
}

TEST_F(ReceiptTest, tells_of_damages_for_what_was_not_started) {  // E7
    const auto id = bench.matched();
    for (int i = 0; i < 100 && bench.market.job(id).damages == 0; ++i) {
        bench.market.end_block();
    }
    bench.commit();

    const auto receipt = told(id);

    EXPECT_EQ(receipt.reason(), "not_started");
    EXPECT_EQ(receipt.damages(), 1'000U) << "2 % of the price";
    EXPECT_EQ(receipt.slashed(), 0U);
}

TEST_F(ReceiptTest, tells_of_jobs_that_have_not_ended) {
    const auto open = bench.market.order(bench.market.person(10), bench.market.terms(1));
    const auto id = bench.matched();
    bench.commit();
    auto receipt = told(open);
    EXPECT_EQ(receipt.state(), "open");
    EXPECT_EQ(receipt.provider(), "");
    EXPECT_EQ(receipt.verification(), "none");
    EXPECT_EQ(receipt.refund(), 0U) << "it is still held";
    receipt = told(id);
    EXPECT_EQ(receipt.state(), "matched");
    EXPECT_EQ(receipt.matched_height(), bench.market.job(id).match->height.value());
    const auto absent = bench.document({market::OrderId{99}, 0});
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().code(), ErrorCode::not_found);
}

TEST_F(ReceiptTest, tells_of_a_tasks_own_inputs) {
    auto terms = bench.market.terms(70'000'000);
    terms.inputs = {crypto::Hash256{1}, std::nullopt};
    const auto array = bench.market.run([&](market::Context& context) {
        return market::post_array(
            context,
            bench.market.person(10),
            terms,
            {.max_parallel = 2,
             .budget = 1'000'000'000,
             .tasks = {{crypto::Hash256{7}}, {crypto::Hash256{8}}}}
        );
    });
    ASSERT_TRUE(array) << array.error().log;
    bench.commit();
    const auto receipt = told({*array, 1});
    ASSERT_EQ(receipt.inputs_size(), 2);
    EXPECT_EQ(receipt.inputs(1), as_text(crypto::Hash256{8}));
    EXPECT_EQ(receipt.task(), 1U);
}

/// Any bit of what is proven, and of what proves it.
TEST_F(ReceiptTest, is_refused_with_any_other_byte_of_a_record_or_proof) {
    const Receipt receipt = parsed(settled());
    ASSERT_GE(receipt.records.size(), 7U);
    const auto app_hash =
        to_array(bench.block().header().app_hash.view().first<sizeof(chain::Hash256)>());
    for (const market::ProvenRecord& record : receipt.records) {
        ASSERT_TRUE(market::check_record(app_hash, record));
        for (Bytes market::ProvenRecord::* part :
             {&market::ProvenRecord::key,
              &market::ProvenRecord::value,
              &market::ProvenRecord::in_store,
              &market::ProvenRecord::of_store}) {
            for (std::size_t i = 0; i < (record.*part).size(); ++i) {
                market::ProvenRecord changed = record;
                (changed.*part)[i] ^= 1;
                EXPECT_FALSE(market::check_record(app_hash, changed))
                    << record.store << "/" << record.key[0] << " byte " << i;
            }
        }
        market::ProvenRecord other = record;
        other.store = record.store == "job" ? "book" : "job";
        EXPECT_FALSE(market::check_record(app_hash, other));
    }
}

TEST_F(ReceiptTest, is_refused_with_any_other_byte_of_its_block) {
    const auto id = settled();
    const Receipt receipt = parsed(id);
    const Bytes encoded = chain::encode_light_block(receipt.block);
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        Bytes changed = encoded;
        changed[i] ^= 1;
        const auto block = chain::decode_light_block(changed);
        if (!block || *block == receipt.block) {
            continue;
        }
        Receipt other = receipt;
        other.block = *block;
        // What no signature or hash covers: priorities of the set, and signatures for nil.
        if (verdict(other).empty()) {
            EXPECT_EQ(other.block.signed_header(), receipt.block.signed_header()) << "byte " << i;
        }
    }
}

/// Every so many characters of the file, so that all kinds of places come by.
TEST_F(ReceiptTest, is_refused_with_another_character) {
    const std::string document = bench.document(settled()).value();
    const Receipt receipt = parse_receipt(document).value();
    constexpr std::size_t step = 13;
    for (std::size_t i = 0; i < document.size(); i += step) {
        std::string changed = document;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        const auto other = parse_receipt(changed);
        if (!other || other->block != receipt.block) {
            continue;
        }
        const bool is_same = other->records == receipt.records && other->job == receipt.job &&
                             other->claims == receipt.claims && other->header == receipt.header;
        EXPECT_TRUE(is_same || !verdict(*other).empty())
            << "character " << i << ": " << document.substr(i > 40 ? i - 40 : 0, 80);
    }
}

TEST_F(ReceiptTest, is_refused_with_too_few_or_too_many_records) {
    const Receipt receipt = parsed(settled());
    EXPECT_EQ(verdict(receipt), "");
    for (std::size_t i = 0; i < receipt.records.size(); ++i) {
        Receipt fewer = receipt;
        fewer.records.erase(fewer.records.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_THAT(verdict(fewer), HasSubstr("is missing"));
        Receipt twice = receipt;
        twice.records.push_back(receipt.records[i]);
        EXPECT_THAT(verdict(twice), HasSubstr("tells nothing of the job"));
    }
    Receipt more = receipt;
    more.records.push_back(bench.record("params", as_bytes("nothing")));
    EXPECT_THAT(verdict(more), HasSubstr("tells nothing of the job"))
        << "proven, but no part of it";
}

TEST_F(ReceiptTest, is_refused_where_the_file_says_another_thing) {
    const std::string document = bench.document(settled()).value();
    const auto changed = [&](std::string_view what, std::string_view by) {
        std::string text = document;
        const std::size_t place = text.find(what);
        EXPECT_NE(place, std::string::npos) << what;
        text.replace(place, what.size(), by);
        return verdict(parse_receipt(text).value());
    };
    const std::string another = "the file's \"receipt\" is another than what its records say";
    EXPECT_EQ(changed(R"("paid":"50000")", R"("paid":"5")"), another);
    EXPECT_EQ(changed(R"("state":"settled")", R"("state":"slashed")"), another);
    EXPECT_EQ(
        changed(R"("header":{"chain_id":"market-1")", R"("header":{"chain_id":"market-2")"),
        "the file's \"header\" is another than what its records say"
    );
    EXPECT_EQ(changed(R"("task":0)", R"("task": 0 )"), "") << "white space says nothing";
}

TEST_F(ReceiptTest, is_refused_of_another_job) {
    const auto id = settled();
    Receipt receipt = parsed(id);
    receipt.job.task = 1;
    EXPECT_THAT(verdict(receipt), HasSubstr("is missing"));
}

TEST_F(ReceiptTest, is_refused_under_another_header) {
    const Receipt receipt = parsed(settled());
    market::v1::Receipt out;
    TrustedHeader other = trusted();
    other.hash[0] ^= 1;
    EXPECT_EQ(verify_receipt(receipt, other, out).error().code(), ErrorCode::denied);
    other = trusted();
    other.height = other.height.next();
    EXPECT_EQ(
        verify_receipt(receipt, other, out).error().message(),
        "the receipt is of block 7, the trusted header of 8"
    );
}

TEST_F(ReceiptTest, is_refused_where_too_few_signed) {
    const auto id = settled();
    const test::SigningSet set = test::validators_with_power({10, 10, 10, 10});
    Receipt receipt = parsed(id);
    receipt.block = test::sign_light_block(set, receipt.block.header(), "ccna");
    EXPECT_THAT(verdict(receipt), StartsWith("commit: "));
}

TEST_F(ReceiptTest, is_read_within_limits) {
    const std::string document = bench.document(settled()).value();
    const auto refusal = [](const std::string& text) {
        const auto read = parse_receipt(text);
        return read ? "" : read.error().message();
    };
    EXPECT_THAT(refusal(std::string(receipt_size_max + 1, ' ')), HasSubstr("limit 8388608"));
    EXPECT_THAT(refusal("[]"), HasSubstr("receipt file: is no object"));
    EXPECT_THAT(refusal("{"), StartsWith("receipt file: "));
    EXPECT_EQ(refusal("{}"), "receipt file.format: is missing");
    EXPECT_EQ(refusal(R"({"format":"x"})"), "receipt file.format: must be steelyard-receipt-1");
    EXPECT_EQ(refusal(R"({"jsonrpc":"2.0","id":1,"result":)" + document + "}"), "");
    std::string records = "{}";
    for (std::size_t i = 0; i < market::receipt_records_max; ++i) {
        records += ",{}";
    }
    EXPECT_THAT(
        refusal(
            R"({"format":"steelyard-receipt-1","order_id":"1","task":0,"records":[)" + records +
            "]}"
        ),
        HasSubstr("receipt file.records: has 65 elements, limit 64")
    );
    EXPECT_THAT(
        refusal(R"({"format":"steelyard-receipt-1","order_id":"-1","task":0,"records":[]})"),
        HasSubstr("order_id: is no number")
    );
}

TEST_F(ReceiptTest, is_shown_without_a_proof_too) {
    const auto id = settled();
    market::v1::Receipt out;
    Receipt receipt = parsed(id);
    receipt.records[0].in_store.clear();
    ASSERT_TRUE(read_receipt(receipt, out));
    EXPECT_EQ(out.state(), "settled");
}

TEST(TrustedHeaders, are_read_from_answers_of_nodes) {
    const test::SigningSet set = test::validators_with_power({10});
    chain::Header header = test::header(test::chain_id("a-1"), chain::Height(9), set.validators, 3);
    header.version.app = 1;
    rpc::JsonWriter writer;
    rpc::write_header(writer, header);
    const std::string json(writer.text());

    for (const std::string& text :
         {R"({"header":)" + json + "}",
          R"({"jsonrpc":"2.0","id":-1,"result":{"header":)" + json + "}}",
          R"({"signed_header":{"header":)" + json + R"(,"commit":{}},"canonical":true})"}) {
        const auto trusted = parse_trusted_header(text);
        ASSERT_TRUE(trusted) << trusted.error().message();
        EXPECT_EQ(trusted->height, chain::Height(9));
        EXPECT_EQ(trusted->hash, chain::header_hash(header));
    }
    EXPECT_FALSE(parse_trusted_header(json)) << "not as a node answers";
    EXPECT_FALSE(parse_trusted_header(std::string(trusted_header_size_max + 1, ' ')));
    std::string other = R"({"header":)" + json + "}";
    other.replace(other.find("\"height\":\"9\""), 12, "\"height\":\"0\"");
    EXPECT_EQ(
        parse_trusted_header(other).error().message(),
        "header file.header.height: is no height of a block"
    );
}

}  // namespace
}  // namespace steelyard::client
