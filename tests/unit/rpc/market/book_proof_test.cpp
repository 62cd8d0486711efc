#include "rpc/market/book_proof.h"

#include "base/base64.h"
#include "base/hex.h"
#include "crypto/ics23.h"
#include "tests/unit/rpc/market/market_node.h"

namespace steelyard::rpc {
namespace {

class BookProofs : public MarketMethods {
protected:
    /// Checks each answer against the app hash, and gives the rows of a side that they show: one
    /// behind the other, with nothing between.
    std::vector<Bytes> shown(const boost::json::value& side, ByteView prefix) {
        const auto app_hash = to_array(bench.block().header().app_hash.view().first<32>());
        std::vector<Bytes> rows;
        Bytes expected = to_bytes(prefix);
        for (const auto& answer : side.as_array()) {
            const Bytes key = from_hex(text(answer.at("key"))).value();
            EXPECT_EQ(to_hex(key), to_hex(expected));
            const Bytes in_store = data_of(answer, 0);
            const auto of_store = crypto::decode_commitment_proof(data_of(answer, 1)).value();
            const auto& root = std::get<crypto::ExistenceProof>(of_store).value;
            EXPECT_TRUE(crypto::verify_membership(
                crypto::ProofSpec::tendermint, app_hash, of_store, as_bytes("book"), root
            ));
            const auto proof = crypto::decode_commitment_proof(in_store).value();
            EXPECT_TRUE(crypto::verify_non_membership(
                crypto::ProofSpec::iavl, to_array(ByteView(root).first<32>()), proof, key
            ));
            const auto& right = std::get<crypto::NonExistenceProof>(proof).right;
            if (!right || right->key.size() < prefix.size() ||
                !equal(ByteView(right->key).first(prefix.size()), prefix)) {
                break;
            }
            rows.push_back(right->key);
            expected = right->key;
            expected.push_back(0);
        }
        return rows;
    }

    static Bytes data_of(const boost::json::value& answer, std::size_t op) {
        return from_base64(text(answer.at("proof_ops").at(op).at("data"))).value();
    }

    static Bytes prefix_of(char side) { return {static_cast<std::uint8_t>(side), 0, 0, 0, 1, 1}; }
};

TEST_F(BookProofs, show_the_best_rows_of_both_sides) {
    std::vector<market::AskKey> asks;
    for (const unsigned price : {700U, 300U, 500U}) {
        asks.push_back(
            bench.market.ask(bench.market.make_provider(static_cast<int>(price)), price, 9)
        );
    }
    bench.market.order(bench.market.person(10), bench.market.terms(100));
    bench.commit();

    const auto book = call("market_orderBook", R"({"class_id":1,"depth":2,"prove":true})");
    const auto& proof = book.at("proof");
    EXPECT_EQ(proof.at("height").as_int64(), 6);
    const auto rows = shown(proof.at("asks"), prefix_of('a'));
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(to_hex(rows[0]), to_hex(market::encode_ask_key(asks[1])));
    EXPECT_EQ(to_hex(rows[1]), to_hex(market::encode_ask_key(asks[2])));
    EXPECT_EQ(shown(proof.at("bids"), prefix_of('b')).size(), 1U);
    EXPECT_EQ(proof.at("bids").as_array().size(), 2U) << "the second shows that there is no other";

    const auto whole = call("market_orderBook", R"({"class_id":1,"prove":true})");
    EXPECT_EQ(shown(whole.at("proof").at("asks"), prefix_of('a')).size(), 3U);
    EXPECT_EQ(whole.at("proof").at("asks").as_array().size(), 4U);
}

TEST_F(BookProofs, show_that_there_is_nothing) {
    bench.commit();
    const auto empty = call("market_orderBook", R"({"class_id":1,"prove":true})");
    ASSERT_EQ(empty.at("proof").at("asks").as_array().size(), 1U);
    EXPECT_EQ(empty.at("proof").at("asks").at(0).at("proof_ops").as_array().size(), 1U)
        << "of an empty store its root alone";
}

}  // namespace
}  // namespace steelyard::rpc
