#include "vm/ops/families.h"

#include <algorithm>
#include <array>
#include <vector>

namespace steelyard::vm {

namespace {

bool precedes(const Operator& a, const Operator& b) {
    return a.code != b.code ? a.code < b.code : a.version < b.version;
}

std::vector<Operator> make_table() {
    std::vector<Operator> table;
    for (const auto family :
         {unary_operators(),
          binary_operators(),
          conversion_operators(),
          movement_operators(),
          index_operators(),
          reduction_operators(),
          norm_operators(),
          contraction_operators(),
          window_operators(),
          random_operators()}) {
        table.insert(table.end(), family.begin(), family.end());
    }
    std::ranges::sort(table, precedes);
    return table;
}

}  // namespace

const Operator* find_operator(OpCode code, std::uint16_t version) {
    static const std::vector<Operator> table = make_table();
    const Operator wanted{.code = code, .version = version};
    const auto found = std::ranges::lower_bound(table, wanted, precedes);
    const bool is_it = found != table.end() && found->code == code && found->version == version;
    return is_it ? &*found : nullptr;
}

}  // namespace steelyard::vm
