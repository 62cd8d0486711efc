#include "rpc/market/book_proof.h"

#include "base/base64.h"
#include "base/endian.h"
#include "base/hex.h"
#include "crypto/ics23.h"

namespace steelyard::rpc {
namespace {

constexpr std::string_view book_path = "/store/book/key";
constexpr std::uint8_t product_work = 1;

/// What the keys of a side begin with (doc/spec/market.md, "State").
Bytes prefix_of(char side, std::uint32_t class_id) {
    ByteArray<1 + sizeof(class_id) + 1> prefix{};
    prefix.front() = static_cast<std::uint8_t>(side);
    store_be(prefix.data() + 1, class_id);
    prefix.back() = product_work;
    return to_bytes(prefix);
}

/// The row behind a key that is not there; empty: there is none.
Result<Bytes> row_behind(const abci::QueryResult& answer) {
    if (answer.proof_ops.size() != 2) {
        return Bytes();  // the store is empty
    }
    TRY_ASSIGN(const auto proof, crypto::decode_commitment_proof(answer.proof_ops.front().data));
    const auto* const absence = std::get_if<crypto::NonExistenceProof>(&proof);
    if (absence == nullptr) {
        return fail(ErrorCode::corrupt, "key {} is a row of the books", to_hex(answer.key));
    }
    return absence->right ? absence->right->key : Bytes();
}

void append_answer(std::string& out, const abci::QueryResult& answer) {
    out += out.empty() ? "" : ",";
    out += fmt::format(R"({{"key":"{}","proof_ops":[)", to_hex(answer.key));
    for (std::size_t i = 0; i < answer.proof_ops.size(); ++i) {
        const abci::ProofOp& op = answer.proof_ops[i];
        out += fmt::format(
            R"({}{{"type":"{}","key":"{}","data":"{}"}})",
            i == 0 ? "" : ",",
            op.type,
            to_base64(op.key),
            to_base64(op.data)
        );
    }
    out += "]}";
}

Called<std::string> prove_side(
    AppView& app, const Bytes& prefix, std::uint32_t depth, chain::Height height
) {
    std::string out;
    Bytes key = prefix;
    for (std::uint32_t rows = 0; rows < depth; ++rows) {
        const auto answer =
            app.query({.path = std::string(book_path), .data = key, .height = height, .prove = true}
            );
        if (!answer) {
            return std::unexpected(refusal_of(answer.error()));
        }
        if (answer->code != 0) {
            return std::unexpected(refusal_of(*answer));
        }
        append_answer(out, *answer);
        auto next = row_behind(*answer);
        if (!next) {
            return std::unexpected(refusal_of(next.error()));
        }
        if (next->size() < prefix.size() || !equal(ByteView(*next).first(prefix.size()), prefix)) {
            break;
        }
        key = *std::move(next);
        key.push_back(0);
    }
    return out;
}

}  // namespace

Called<std::string> prove_book(
    AppView& app, std::uint32_t class_id, std::uint32_t depth, chain::Height height
) {
    TRY_ASSIGN(const std::string asks, prove_side(app, prefix_of('a', class_id), depth, height));
    TRY_ASSIGN(const std::string bids, prove_side(app, prefix_of('b', class_id), depth, height));
    return fmt::format(
        R"({{"height":{},"store":"book","asks":[{}],"bids":[{}]}})", height, asks, bids
    );
}

}  // namespace steelyard::rpc
