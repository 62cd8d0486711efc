// Pages of lists that have numbers for places. For the services' own files.
#pragma once

#include "rpc/services/handler.h"

namespace cosmos::base::query::v1beta1 {
class PageRequest;
}

namespace steelyard::services {

inline constexpr std::uint64_t page_size_default = 100;
inline constexpr std::uint64_t page_size_max = 1000;

/// Elements `begin` to `end` of a list.
struct PageBounds {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// The part of `total` elements that offset and limit choose; limit 0 is the default, and above
/// the most it is the most. Errors: an offset at or behind the end of a list that is not empty; a
/// key, which these lists do not give out.
Answer<PageBounds> page_of(
    const ::cosmos::base::query::v1beta1::PageRequest& request, std::uint64_t total
);

}  // namespace steelyard::services
