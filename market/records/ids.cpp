#include "market/records/ids.h"

namespace steelyard::market {

std::string to_string(OrderId id) {
    return fmt::format("{}", static_cast<std::uint64_t>(id));
}

std::string to_string(JobId id) {
    return fmt::format("{}/{}", static_cast<std::uint64_t>(id.order), id.task);
}

}  // namespace steelyard::market
