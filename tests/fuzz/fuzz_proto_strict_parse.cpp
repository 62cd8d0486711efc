// strict_parse: the first byte picks a type; what is accepted is what serialize writes.
#include "base/check.h"
#include "cosmos/ics23/v1/proofs.pb.h"
#include "cosmos/tx/v1beta1/tx.pb.h"
#include "proto/codec.h"
#include "proto/non_nullable.h"
#include "tendermint/blocksync/types.pb.h"
#include "tendermint/consensus/wal.pb.h"
#include "tendermint/privval/types.pb.h"
#include "tendermint/types/evidence.pb.h"

using namespace steelyard;

namespace {

template <typename Message>
void check(ByteView bytes) {
    Message message;
    if (!proto::strict_parse(message, bytes, {.bytes_max = 65536, .elements_max = 200})) {
        return;
    }
    CHECK(equal(proto::serialize(message), bytes));

    proto::fill_non_nullable(message);
    Message again;
    CHECK(proto::strict_parse(
        again, proto::serialize(message), {.bytes_max = 1 << 20, .elements_max = 10'000}
    ));
    CHECK(proto::serialize(again) == proto::serialize(message));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const ByteView bytes(data + 1, size - 1);
    switch (data[0] % 6) {
        case 0:
            check<tendermint::consensus::TimedWALMessage>(bytes);
            break;
        case 1:
            check<tendermint::blocksync::Message>(bytes);
            break;
        case 2:
            check<tendermint::privval::Message>(bytes);
            break;
        case 3:
            check<tendermint::types::EvidenceList>(bytes);
            break;
        case 4:
            check<cosmos::tx::v1beta1::Tx>(bytes);
            break;
        default:
            check<cosmos::ics23::v1::CommitmentProof>(bytes);
    }
    return 0;
}
