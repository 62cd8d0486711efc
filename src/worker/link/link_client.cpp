#include "worker/link/link_client.h"

#include "abci/query_status.h"
#include "chain/tx.h"
#include "proto/codec.h"
#include "steelyard/worker/v1/link.pb.h"
#include "worker/link/client_wire.h"

namespace steelyard::worker {
namespace {

std::string text(ByteView bytes) {
    return std::string(as_text(bytes));
}

ErrorCode code_of(abci::GrpcCode code) {
    switch (code) {
        case abci::GrpcCode::not_found:
            return ErrorCode::not_found;
        case abci::GrpcCode::unimplemented:
            return ErrorCode::unsupported;
        case abci::GrpcCode::permission_denied:
        case abci::GrpcCode::unauthenticated:
        case abci::GrpcCode::failed_precondition:
            return ErrorCode::denied;
        case abci::GrpcCode::resource_exhausted:
        case abci::GrpcCode::unavailable:
        case abci::GrpcCode::deadline_exceeded:
        case abci::GrpcCode::canceled:
        case abci::GrpcCode::aborted:
        case abci::GrpcCode::internal:
            return ErrorCode::io;
        case abci::GrpcCode::data_loss:
            return ErrorCode::corrupt;
        case abci::GrpcCode::ok:
        case abci::GrpcCode::unknown:
        case abci::GrpcCode::invalid_argument:
        case abci::GrpcCode::already_exists:
        case abci::GrpcCode::out_of_range:
            return ErrorCode::invalid;
    }
    return ErrorCode::invalid;
}

/// Room for the frame around a query.
constexpr std::size_t query_size_max = message_size_max - 4096;

}  // namespace

LinkClient::LinkClient(std::unique_ptr<ClientWire> wire) : wire_(std::move(wire)) {
}

LinkClient::~LinkClient() = default;

Result<std::unique_ptr<LinkClient>> LinkClient::start(
    Options options, const CurveKeyPair& key, const Clock& clock
) {
    options.worker = shortened(options.worker, name_size_max);
    options.software = shortened(options.software, name_size_max);
    TRY_ASSIGN(auto wire, ClientWire::start(std::move(options), key, clock));
    return std::unique_ptr<LinkClient>(new LinkClient(std::move(wire)));
}

std::optional<ChainMoment> LinkClient::moment() const {
    return wire_->moment();
}

void LinkClient::on_news(std::function<void()> listener) {
    wire_->on_news(std::move(listener));
}

Result<void> LinkClient::query(
    std::string_view method,
    const google::protobuf::Message& request,
    google::protobuf::Message& answer
) {
    v1::ToNode question;
    question.mutable_query()->set_method(std::string(method));
    question.mutable_query()->set_request(text(proto::serialize(request)));
    if (question.query().request().size() > query_size_max) {
        return fail(
            ErrorCode::too_large,
            "a query has {} bytes, limit {}",
            question.query().request().size(),
            query_size_max
        );
    }
    v1::ToWorker got;
    TRY(wire_->ask(question, got));
    const v1::QueryAnswer& result = got.query();
    if (result.code() != 0) {
        const abci::QueryResult refused{
            .code = result.code(), .log = result.log(), .codespace = "sdk"
        };
        return fail(code_of(abci::grpc_code(refused)), "{}", abci::grpc_message(refused));
    }
    if (!answer.ParseFromString(result.answer())) {
        return fail(
            ErrorCode::corrupt, "the node's answer to {} is no {}", method, answer.GetTypeName()
        );
    }
    return {};
}

Result<SubmitAnswer> LinkClient::broadcast(ByteView tx) {
    if (tx.empty() || tx.size() > chain::tx_size_max) {
        return fail(
            ErrorCode::too_large,
            "a transaction has {} bytes, not 1 to {}",
            tx.size(),
            chain::tx_size_max
        );
    }
    v1::ToNode question;
    question.mutable_broadcast()->set_tx(text(tx));
    v1::ToWorker got;
    TRY(wire_->ask(question, got));
    const v1::BroadcastAnswer& answer = got.broadcast();
    SubmitAnswer out{.code = answer.code(), .codespace = answer.codespace(), .log = answer.log()};
    std::ranges::copy(as_bytes(answer.hash()), out.hash.begin());
    return out;
}

Result<std::optional<TxAnswer>> LinkClient::find_tx(const Hash256& hash) {
    v1::ToNode question;
    question.mutable_find_tx()->set_hash(text(hash));
    v1::ToWorker got;
    TRY(wire_->ask(question, got));
    const v1::FindTxAnswer& answer = got.find_tx();
    if (!answer.is_found()) {
        return std::nullopt;
    }
    return TxAnswer{
        .height = answer.height(),
        .code = answer.code(),
        .codespace = answer.codespace(),
        .log = answer.log(),
        .data = to_bytes(as_bytes(answer.data())),
    };
}

Result<BlobProgress> LinkClient::fetch_blob(const Hash256& id) {
    v1::ToNode question;
    question.mutable_fetch_blob()->set_id(text(id));
    v1::ToWorker got;
    TRY(wire_->ask(question, got));
    const v1::FetchBlobAnswer& answer = got.fetch_blob();
    return BlobProgress{
        .is_whole = answer.is_whole(),
        .groups_there = answer.groups_there(),
        .groups = answer.groups(),
        .file_bytes = answer.file_bytes(),
    };
}

Result<Bytes> LinkClient::read_blob(const Hash256& id, std::uint64_t offset, std::size_t size) {
    if (size == 0 || size > piece_size_max) {
        return invalid("a piece has 1 to {} bytes, not {}", piece_size_max, size);
    }
    v1::ToNode question;
    question.mutable_read_blob()->set_id(text(id));
    question.mutable_read_blob()->set_offset(offset);
    question.mutable_read_blob()->set_size(static_cast<std::uint32_t>(size));
    v1::ToWorker got;
    TRY(wire_->ask(question, got));
    return to_bytes(as_bytes(got.read_blob().bytes()));
}

Result<WriteProgress> LinkClient::write_blob(
    const Hash256& id, std::uint64_t offset, std::uint64_t file_bytes, ByteView piece
) {
    if (piece.empty() || piece.size() > piece_size_max) {
        return invalid("a piece has 1 to {} bytes, not {}", piece_size_max, piece.size());
    }
    v1::ToNode question;
    question.mutable_write_blob()->set_id(text(id));
    question.mutable_write_blob()->set_offset(offset);
    question.mutable_write_blob()->set_file_bytes(file_bytes);
    question.mutable_write_blob()->set_bytes(text(piece));
    v1::ToWorker got;
    TRY(wire_->ask(question, got));
    return WriteProgress{
        .is_whole = got.write_blob().is_whole(), .offset = got.write_blob().offset()
    };
}

Result<void> LinkClient::keep_blobs(
    std::uint64_t order_id, std::uint32_t task, std::span<const Hash256> ids
) {
    if (ids.size() > kept_blobs_max) {
        return fail(
            ErrorCode::too_large, "a job keeps {} blobs, limit {}", ids.size(), kept_blobs_max
        );
    }
    v1::ToNode question;
    v1::KeepBlobs& keep = *question.mutable_keep_blobs();
    keep.set_order_id(order_id);
    keep.set_task(task);
    for (const Hash256& id : ids) {
        keep.add_ids(text(id));
    }
    v1::ToWorker got;
    return wire_->ask(question, got);
}

Result<void> LinkClient::report(const JobProgress& progress) {
    v1::ToNode question;
    v1::Report& report = *question.mutable_report();
    report.set_order_id(progress.order_id);
    report.set_task(progress.task);
    report.set_stage(std::string(shortened(progress.stage, name_size_max)));
    report.set_done(progress.done);
    report.set_of(progress.of);
    report.set_line(std::string(shortened(progress.line, line_size_max)));
    v1::ToWorker got;
    return wire_->ask(question, got);
}

}  // namespace steelyard::worker
