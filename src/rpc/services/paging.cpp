#include "rpc/services/paging.h"

#include "cosmos/base/query/v1beta1/pagination.pb.h"

#include <algorithm>

namespace steelyard::services {

Answer<PageBounds> page_of(
    const ::cosmos::base::query::v1beta1::PageRequest& request, std::uint64_t total
) {
    using abci::GrpcCode;
    if (!request.key().empty()) {
        return refuse(GrpcCode::invalid_argument, "this list has no keys; use pagination.offset");
    }
    if (request.offset() >= total && request.offset() > 0) {
        return refuse(
            GrpcCode::invalid_argument,
            "out of range: offset {} in a list of {}",
            request.offset(),
            total
        );
    }
    const std::uint64_t limit =
        request.limit() == 0 ? page_size_default : std::min(request.limit(), page_size_max);
    return PageBounds{
        request.offset(), request.offset() + std::min(limit, total - request.offset())
    };
}

}  // namespace steelyard::services
