// The records of the evidence pool: what decodes encodes to the same bytes, and a pool opens, or
// refuses to, over any store.
#include "base/check.h"
#include "consensus/evidence/pool.h"
#include "storage/memory_store.h"

using namespace steelyard;
using namespace steelyard::evidence;

namespace {

/// A chain without blocks.
class NoHistory final : public History {
public:
    Result<chain::Header> header(chain::Height) const override { return nothing(); }
    Result<chain::ValidatorSet> validators(chain::Height) const override { return nothing(); }
    Result<chain::Commit> commit(chain::Height) const override { return nothing(); }
    Result<std::vector<chain::Evidence>> evidence(chain::Height) const override {
        return nothing();
    }

private:
    static std::unexpected<Error> nothing() { return fail(ErrorCode::not_found, "no such block"); }
};

/// The input as a store: key size, key, value size (two bytes), value, and so on.
void fill(storage::KvStore& store, ByteView input) {
    storage::WriteBatch batch;
    const auto take = [&](std::size_t size) {
        const ByteView taken = input.first(std::min(size, input.size()));
        input = input.subspan(taken.size());
        return taken;
    };
    while (input.size() > 2) {
        const std::size_t key_size = 1 + take(1)[0];
        const ByteView key = take(key_size);
        const ByteView size = take(2);
        const std::size_t value_size = size.size() < 2 ? 0 : size[0] * std::size_t{256} + size[1];
        batch.put(key, take(value_size));
    }
    CHECK(store.write(batch, storage::Durability::buffered));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    if (const auto head = decode_head(input); head && *head) {
        CHECK(equal(encode_head(**head), input));
    }
    if (const Result<chain::Height> block = decode_committed(input)) {
        CHECK(equal(encode_committed(*block), input));
    }
    storage::MemoryStore store;
    fill(store, input);
    const NoHistory history;
    const auto pool = Pool::open(store, history, {});
    if (pool && (*pool)->resume({})) {
        CHECK((*pool)->height() == chain::Height());
        CHECK((*pool)->check({}));
        CHECK((*pool)->pending_count() == 0);
        CHECK((*store.get(head_key())).has_value());
    }
    return 0;
}
