#include "mempool/tx.h"

#include "chain/txs.h"
#include "crypto/sha256_batch.h"

namespace steelyard::mempool {

TxRef make_tx(Bytes bytes) {
    const TxKey key = chain::tx_hash(bytes);
    return std::make_shared<const Tx>(key, std::move(bytes));
}

std::vector<TxRef> make_txs(std::vector<Bytes> list) {
    const std::vector<TxKey> keys = hash_txs(list);
    std::vector<TxRef> txs;
    txs.reserve(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
        txs.push_back(std::make_shared<const Tx>(keys[i], std::move(list[i])));
    }
    return txs;
}

std::vector<TxKey> hash_txs(std::span<const Bytes> list) {
    return hash_txs(std::vector<ByteView>(list.begin(), list.end()));
}

std::vector<TxKey> hash_txs(std::span<const ByteView> list) {
    std::vector<TxKey> keys(list.size());
    crypto::sha256_batch(list, keys);
    return keys;
}

Result<abci::CheckTxResult> Verdict::result() const {
    switch (outcome) {
        case Outcome::accepted:
            return check;
        case Outcome::invalid:
            if (reason.empty()) {
                return check;
            }
            return invalid("{}", reason);
        case Outcome::duplicate:
            return invalid("{}", reason);
        case Outcome::oversized:
        case Outcome::full:
            return fail(ErrorCode::too_large, "{}", reason);
    }
    return invalid("{}", reason);
}

}  // namespace steelyard::mempool
