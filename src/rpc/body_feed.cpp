#include "rpc/body_feed.h"

#include "base/check.h"
#include "base/log.h"

namespace steelyard::rpc {

Bytes BodyFeed::take_piece() {
    CHECK(has_piece());
    Bytes out = std::exchange(piece_, {});
    taken_ += out.size();
    core_->body_bytes_sent.fetch_add(out.size(), std::memory_order_relaxed);
    read();
    return out;
}

void BodyFeed::read() {
    const std::uint64_t left = source_->size() - taken_;
    if (left == 0) {
        return;
    }
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, body_piece_bytes));
    core_->run_files([self = shared_from_this(), offset = taken_, wanted] {
        self->core_->post([self, wanted, piece = self->source_->read(offset, wanted)]() mutable {
            self->arrived(std::move(piece), wanted);
        });
    });
}

void BodyFeed::arrived(Result<Bytes> piece, std::size_t wanted) {
    static const log::Logger logger("rpc");
    if (piece && piece->size() == wanted) {
        piece_ = *std::move(piece);
    } else {
        has_failed_ = true;
        logger.warn(
            "a response breaks off",
            {{"why", piece ? "a piece of another size" : piece.error().message()}}
        );
    }
    changed_();
}

}  // namespace steelyard::rpc
