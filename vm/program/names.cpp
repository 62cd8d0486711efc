#include "vm/program/names.h"

#include "vm/program/program.h"

#include <algorithm>

namespace steelyard::vm {

namespace {

bool is_name_character(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == ':' || c == '-';
}

}  // namespace

Result<void> check_name(std::string_view name) {
    if (name.empty() || name.size() > name_bytes_max) {
        return invalid("a name of {} bytes, 1 to {} are allowed", name.size(), name_bytes_max);
    }
    if (!std::ranges::all_of(name, is_name_character)) {
        return invalid("a name holds something else than A-Z a-z 0-9 _ . : -");
    }
    return {};
}

}  // namespace steelyard::vm
