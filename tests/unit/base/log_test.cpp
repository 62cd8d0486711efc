#include "base/log.h"

#include "base/log_line.h"

#include <gmock/gmock.h>

#include <vector>

namespace steelyard::log {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using testing::ElementsAre;
using testing::HasSubstr;

const std::chrono::sys_time<std::chrono::milliseconds> some_time{
    std::chrono::sys_days{std::chrono::year{2024} / 2 / 29} + 3723004ms
};

std::string line(Format format, std::string_view message, Fields fields = {}) {
    return format_line(
        format,
        {.at = some_time,
         .level = Level::warn,
         .module = "p2p",
         .message = message,
         .fields = fields}
    );
}

/// Collects what loggers write, and gives the defaults back at its end.
class Lines {
public:
    Lines() {
        set_writer([this](std::string_view text) {
            all.emplace_back(text.substr(text.find("level=")));
        });
    }
    ~Lines() {
        set_writer({});
        set_filter({});
        set_format(Format::plain);
    }

    std::vector<std::string> all;
};

TEST(LogLine, plain_is_logfmt) {
    EXPECT_EQ(
        line(Format::plain, "peer is up", {{"peer", 3}, {"persistent", true}, {"lag", 1500us}}),
        "ts=2024-02-29T01:02:03.004Z level=warn module=p2p msg=\"peer is up\" peer=3 "
        "persistent=true "
        "lag=1.500ms"
    );
}

TEST(LogLine, json_is_one_object) {
    EXPECT_EQ(
        line(Format::json, "gone", {{"peer", -3}, {"why", "it \"lied\""}, {"up", false}}),
        R"({"ts":"2024-02-29T01:02:03.004Z","level":"warn","module":"p2p","msg":"gone","peer":-3,)"
        R"("why":"it \"lied\"","up":false})"
    );
}

TEST(LogLine, prints_every_kind_of_value) {
    const Bytes hash{0xab, 0x01};
    const Error error(ErrorCode::io, "disk: gone");

    EXPECT_THAT(
        line(
            Format::plain,
            "m",
            {{"u", UINT64_MAX},
             {"i", INT64_MIN},
             {"h", ByteView(hash)},
             {"e", error},
             {"d", -2001us}}
        ),
        HasSubstr("u=18446744073709551615 i=-9223372036854775808 h=AB01 e=\"disk: gone\" d=-2.001ms"
        )
    );
}

TEST(LogLine, no_value_forges_a_line_or_moves_a_terminal) {
    const std::string foreign = "a\nlevel=error\r\x1b[2J\x7f\xc2\x9b\xe2\x80\xa8 \xff\xc3\xa9";

    for (const Format format : {Format::plain, Format::json}) {
        EXPECT_THAT(
            line(format, "m", {{"v", foreign}}),
            HasSubstr(R"("a\nlevel=error\u000d\u001b[2J\u007f\u009b\u2028 \ufffd)"
                      "\xc3\xa9\"")
        );
    }
}

TEST(LogLine, quotes_what_logfmt_would_misread) {
    for (const std::string_view value : {"", "a b", "a=b", "a\"b", "a\\b", "\xc3\xa9"}) {
        EXPECT_THAT(line(Format::plain, "m", {{"v", value}}), HasSubstr("v=\"")) << value;
    }
    EXPECT_THAT(line(Format::plain, "m", {{"v", "tcp://[::1]:26656"}}), HasSubstr(" v=tcp://"));
}

TEST(LogLine, refuses_what_only_resembles_utf8) {
    for (const std::string_view bytes :
         {"\xc0\xaf",
          "\xe0\x80\xaf",
          "\xed\xa0\x80",
          "\xf0\x80\x80\x80",
          "\xf5\x80\x80\x80",
          "\xe2\x82"}) {
        EXPECT_THAT(line(Format::json, "m", {{"v", bytes}}), HasSubstr("\\ufffd"));
    }
    EXPECT_THAT(
        line(Format::json, "m", {{"v", "\xf0\x9f\x99\x82"}}), HasSubstr("\xf0\x9f\x99\x82")
    );
}

TEST(LogFilter, reads_one_level_or_one_for_each_module) {
    EXPECT_EQ(parse_filter("error").value(), (Filter{.others = Level::error}));
    EXPECT_EQ(
        parse_filter("consensus:debug,p2p:none,*:warn").value(),
        (Filter{
            .others = Level::warn, .modules = {{"consensus", Level::debug}, {"p2p", Level::none}}
        })
    );
    EXPECT_EQ(parse_filter("p2p:error").value().others, Level::info);
}

TEST(LogFilter, names_what_is_wrong) {
    const auto message = [](std::string_view text) { return parse_filter(text).error().message(); };

    EXPECT_THAT(message(""), HasSubstr("\"\" is no log level"));
    EXPECT_THAT(message("loud"), HasSubstr("\"loud\" is no log level"));
    EXPECT_THAT(message("lo\nud"), HasSubstr("\"lo\\u000Aud\" is no log level"));
    EXPECT_THAT(message("p2p:error,"), HasSubstr("\"\" is not MODULE:LEVEL"));
    EXPECT_THAT(message("info,p2p:error"), HasSubstr("\"info\" is not MODULE:LEVEL"));
    EXPECT_THAT(message(":info"), HasSubstr("\"\" is no module's name"));
    EXPECT_THAT(message("P2P:info"), HasSubstr("\"P2P\" is no module's name"));
    EXPECT_THAT(message("p2p:info,p2p:info"), HasSubstr("p2p is given twice"));
    EXPECT_THAT(message("*:info,*:info"), HasSubstr("* is given twice"));
    EXPECT_EQ(parse_filter(std::string(5000, 'a')).error().code(), ErrorCode::too_large);
}

TEST(Logger, writes_what_its_modules_level_admits) {
    Lines lines;
    const Logger first("log_test_first");
    const Logger second("log_test_second");

    set_filter(parse_filter("log_test_first:debug,*:error").value());
    first.debug("one");
    second.warn("two");
    second.error("three");
    set_filter(parse_filter("none").value());
    first.error("four");

    EXPECT_THAT(
        lines.all,
        ElementsAre(
            "level=debug module=log_test_first msg=one",
            "level=error module=log_test_second msg=three"
        )
    );
    EXPECT_FALSE(first.enabled(Level::error));
}

TEST(Logger, made_later_obeys_the_filter_that_stands) {
    Lines lines;
    set_filter(parse_filter("log_test_late:warn").value());

    const Logger late("log_test_late");
    late.info("one");
    late.warn("two");

    EXPECT_THAT(lines.all, ElementsAre("level=warn module=log_test_late msg=two"));
}

TEST(RateLimit, lets_one_through_and_counts_the_rest) {
    RateLimit limit(10ms);
    const std::chrono::steady_clock::time_point start{};

    EXPECT_EQ(limit.pass_at(start), 0);
    EXPECT_EQ(limit.pass_at(start + 1ms), std::nullopt);
    EXPECT_EQ(limit.pass_at(start + 9ms), std::nullopt);
    EXPECT_EQ(limit.pass_at(start + 10ms), 2);
    EXPECT_EQ(limit.pass_at(start + 11ms), std::nullopt);
}

TEST(LogFormat, has_two_names) {
    EXPECT_EQ(parse_format("plain").value(), Format::plain);
    EXPECT_EQ(parse_format("json").value(), Format::json);
    EXPECT_THAT(parse_format("xml").error().message(), HasSubstr("\"xml\" is no log format"));
}

}  // namespace
}  // namespace steelyard::log
