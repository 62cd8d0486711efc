// LinkClient: the worker's end of the link to its node.
#pragma once

#include "base/clock.h"
#include "worker/link/curve_keys.h"
#include "worker/link/rules.h"
#include "worker/node_port.h"

#include <memory>

namespace steelyard::worker {

class ClientWire;

/// A DEALER socket with CURVE and its own thread, which connects again and again until it is
/// stopped. Thread-safe.
class LinkClient final : public NodePort {
public:
    struct Options {
        std::string address{};  ///< "tcp://127.0.0.1:26670"
        CurveKey node_key{};
        std::string worker{};    ///< its account
        std::string software{};  ///< such as "steelyard-worker 0.1.0"
        LinkTimes times{};
        /// Called by some thread each time that another worker has had the session of this key for
        /// times.in_use_max; must not block.
        std::function<void()> on_in_use{};
    };

    /// `key` is the worker's own; `clock` outlives the client. Errors: an address that is none.
    static Result<std::unique_ptr<LinkClient>> start(
        Options options, const CurveKeyPair& key, const Clock& clock
    );

    /// Calls that wait end with an error; the listener is not called from then on.
    ~LinkClient() override;

    // NodePort
    std::optional<ChainMoment> moment() const override;
    void on_news(std::function<void()> listener) override;
    Result<void> query(
        std::string_view method,
        const google::protobuf::Message& request,
        google::protobuf::Message& answer
    ) override;
    Result<SubmitAnswer> broadcast(ByteView tx) override;
    Result<std::optional<TxAnswer>> find_tx(const Hash256& hash) override;
    Result<BlobProgress> fetch_blob(const Hash256& id) override;
    Result<Bytes> read_blob(const Hash256& id, std::uint64_t offset, std::size_t size) override;
    Result<WriteProgress> write_blob(
        const Hash256& id, std::uint64_t offset, std::uint64_t file_bytes, ByteView piece
    ) override;
    Result<void> keep_blobs(
        std::uint64_t order_id, std::uint32_t task, std::span<const Hash256> ids
    ) override;
    Result<void> report(const JobProgress& progress) override;

private:
    explicit LinkClient(std::unique_ptr<ClientWire> wire);

    std::unique_ptr<ClientWire> wire_;
};

}  // namespace steelyard::worker
