#include "rpc/services/paging.h"
#include "cosmos/base/query/v1beta1/pagination.pb.h"

#include <gtest/gtest.h>

namespace steelyard::services {
namespace {

using ::cosmos::base::query::v1beta1::PageRequest;

std::pair<std::uint64_t, std::uint64_t> bounds(
    std::uint64_t offset, std::uint64_t limit, std::uint64_t total
) {
    PageRequest request;
    request.set_offset(offset);
    request.set_limit(limit);
    const auto page = page_of(request, total);
    EXPECT_TRUE(page) << page.error().message;
    return page ? std::pair(page->begin, page->end) : std::pair<std::uint64_t, std::uint64_t>();
}

TEST(Paging, chooses_a_part_of_the_list) {
    using Pair = std::pair<std::uint64_t, std::uint64_t>;
    EXPECT_EQ(bounds(0, 0, 0), Pair(0, 0));
    EXPECT_EQ(bounds(0, 0, 7), Pair(0, 7));
    EXPECT_EQ(bounds(0, 0, 500), Pair(0, page_size_default));
    EXPECT_EQ(bounds(2, 3, 7), Pair(2, 5));
    EXPECT_EQ(bounds(6, 3, 7), Pair(6, 7));
    EXPECT_EQ(bounds(1, std::numeric_limits<std::uint64_t>::max(), 5000), Pair(1, 1001));
}

TEST(Paging, refuses_what_is_behind_the_end_and_keys) {
    PageRequest request;
    request.set_offset(7);
    EXPECT_EQ(page_of(request, 7).error().code, abci::GrpcCode::invalid_argument);
    request.set_offset(std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(page_of(request, 7).error().code, abci::GrpcCode::invalid_argument);
    request.set_offset(0);
    request.set_key("k");
    EXPECT_EQ(page_of(request, 7).error().code, abci::GrpcCode::invalid_argument);
}

}  // namespace
}  // namespace steelyard::services
