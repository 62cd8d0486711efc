#include "base/base64.h"

#include <gtest/gtest.h>

namespace steelyard {
namespace {

TEST(Base64, matches_rfc_4648_section_10) {
    const std::pair<std::string_view, std::string_view> vectors[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (const auto& [plain, text] : vectors) {
        EXPECT_EQ(to_base64(as_bytes(plain)), text);
        EXPECT_EQ(from_base64(text), to_bytes(as_bytes(plain)));
    }
}

TEST(Base64, refuses_every_second_spelling) {
    for (const std::string_view text :
         {"Zg=", "Zg", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Z g=", "Zm9v\n", "Zm-v", "=Zm9"
         }) {
        EXPECT_FALSE(from_base64(text)) << text;
    }
}

}  // namespace
}  // namespace steelyard
