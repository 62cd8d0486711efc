// LedgerNode: a chain of one process for workers: the real ledger with real proofs, a mempool that
// takes all that passes, and blobs in memory.
#pragma once

#include "crypto/public_key.h"
#include "market/records/kinds.h"
#include "vm/files/tensor.h"
#include "worker/job.h"
#include "worker/node_port.h"

#include <memory>
#include <vector>

namespace steelyard::test {

using crypto::Hash256;

/// Everything is thread-safe. Blocks come when the test says so, a nominal time after each other.
class LedgerNode final : public worker::NodePort {
public:
    /// Short windows, every job challenged. There are a user, and a provider with a bond, an ask
    /// and a worker of two slots, whose account has the key.
    explicit LedgerNode(const crypto::PrivateKey& worker);
    ~LedgerNode() override;

    void end_block();

    // What the test has others do; each is in the next block, and CHECKed to be good.
    Hash256 register_program(const Bytes& program);
    /// Matched in its block.
    worker::JobName order(const Hash256& program, const std::vector<Hash256>& inputs);
    /// A result that the provider commits itself.
    void commit_wrong(const worker::JobName& job);

    Hash256 put_blob(const vm::FileTensor& tensor);
    std::optional<Bytes> blob(const Hash256& id) const;
    std::vector<Hash256> held_blobs(const worker::JobName& job) const;

    /// What the ledger says of the job.
    worker::ChainJob job(const worker::JobName& name);
    std::int64_t height() const;

    /// No session, as long as it is set.
    void set_away(bool is_away);

    /// Lists no jobs, as long as it is set: as where a list is longer than what is read of it.
    void set_list_empty(bool is_empty);

    /// Loses what waits in the mempool.
    void lose_txs();

    /// Of the messages of workers that were in blocks: "MsgStartJob ok".
    std::vector<std::string> seen_messages() const;

    // NodePort.
    std::optional<worker::ChainMoment> moment() const override;
    void on_news(std::function<void()> listener) override;
    Result<void> query(
        std::string_view method,
        const google::protobuf::Message& request,
        google::protobuf::Message& answer
    ) override;
    Result<worker::SubmitAnswer> broadcast(ByteView tx) override;
    Result<std::optional<worker::TxAnswer>> find_tx(const Hash256& hash) override;
    Result<worker::BlobProgress> fetch_blob(const Hash256& id) override;
    Result<Bytes> read_blob(const Hash256& id, std::uint64_t offset, std::size_t size) override;
    Result<worker::WriteProgress> write_blob(
        const Hash256& id, std::uint64_t offset, std::uint64_t file_bytes, ByteView piece
    ) override;
    Result<void> keep_blobs(
        std::uint64_t order_id, std::uint32_t task, std::span<const Hash256> ids
    ) override;
    Result<void> report(const worker::JobProgress& progress) override;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::test
