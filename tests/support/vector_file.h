// Rows of the files under tests/vectors.
#pragma once

#include "base/check.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace steelyard {

/// The rows of a file of comma-separated fields without quotes; `path` is relative to
/// tests/vectors.
inline std::vector<std::vector<std::string>> read_vector_file(const std::string& path) {
    std::ifstream file(STEELYARD_SOURCE_DIR "/tests/vectors/" + path);
    CHECK(file);
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        rows.emplace_back();
        for (std::string field; std::getline(fields, field, ',');) {
            rows.back().push_back(field);
        }
    }
    return rows;
}

}  // namespace steelyard
