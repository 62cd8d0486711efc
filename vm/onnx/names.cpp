#include "vm/onnx/names.h"

#include "vm/program/names.h"
#include "vm/program/program.h"

#include <fmt/format.h>

namespace steelyard::vm::onnx {

namespace {

constexpr std::size_t number_bytes_max = 12;  ///< of "_" and a number behind a name

}  // namespace

std::string plain_name(std::string_view name) {
    std::string out;
    for (const char c : name.substr(0, name_bytes_max)) {
        out += check_name({&c, 1}).has_value() ? c : '_';
    }
    return out.empty() ? "_" : out;
}

std::string NameTable::unique(std::string_view name) {
    std::string wanted = plain_name(name);
    if (taken_.insert(wanted).second) {
        return wanted;
    }
    // One counter for all names: a hostile file cannot make this search long.
    wanted.resize(std::min(wanted.size(), name_bytes_max - number_bytes_max));
    for (;; ++next_number_) {
        std::string numbered = fmt::format("{}_{}", wanted, next_number_);
        if (taken_.insert(numbered).second) {
            return numbered;
        }
    }
}

}  // namespace steelyard::vm::onnx
