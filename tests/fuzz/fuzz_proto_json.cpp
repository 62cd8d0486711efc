// Transactions in JSON: what is read is written so that it reads the same.
#include "base/check.h"
#include "cosmos/tx/v1beta1/tx.pb.h"
#include "proto/codec.h"
#include "proto/json.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    cosmos::tx::v1beta1::Tx tx;
    if (!proto::from_json(tx, as_text({data, size}))) {
        return 0;
    }
    const auto text = proto::to_json(tx);
    if (!text) {
        return 0;
    }
    cosmos::tx::v1beta1::Tx again;
    CHECK(proto::from_json(again, *text));
    CHECK(proto::serialize(again) == proto::serialize(tx));
    return 0;
}
