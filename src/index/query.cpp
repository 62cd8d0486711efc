#include "index/query.h"

#include "base/check.h"
#include "index/query_lexer.h"

#include <charconv>

namespace steelyard::index {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view digits_at(std::string_view text, std::size_t begin) {
    std::size_t end = begin;
    while (end < text.size() && is_digit(text[end])) {
        ++end;
    }
    return text.substr(begin, end - begin);
}

bool fulfils(Operator op, std::strong_ordering order) {
    switch (op) {
        case Operator::equal:
            return order == 0;
        case Operator::less:
            return order < 0;
        case Operator::less_equal:
            return order <= 0;
        case Operator::greater:
            return order > 0;
        case Operator::greater_equal:
            return order >= 0;
        case Operator::contains:
        case Operator::exists:
            return false;
    }
    CHECK(false);
}

/// Whether a value fulfils the operator with an operand of one kind.
struct Comparison {
    Operator op;
    std::string_view value;

    bool operator()(std::monostate) const { return op == Operator::exists; }

    bool operator()(const std::string& text) const {
        return op == Operator::contains ? value.find(text) != value.npos : value == text;
    }

    bool operator()(const Decimal& number) const {
        const auto other = Decimal::prefix_of(value);
        return other && fulfils(op, *other <=> number);
    }

    bool operator()(const Date& date) const {
        const auto other = parse_date(value);
        return other && fulfils(op, *other <=> date);
    }

    bool operator()(chain::Timestamp time) const {
        const auto other = parse_time(value);
        return other && fulfils(op, *other <=> time);
    }
};

std::string wanted(std::span<const Token> tokens) {
    std::string out;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (i > 0) {
            out += i + 1 == tokens.size() ? " or " : ", ";
        }
        out += to_string(tokens[i]);
    }
    return out;
}

class Parser {
public:
    explicit Parser(std::string_view text) : lexer_(text) {}

    Result<std::vector<Condition>> parse() {
        std::vector<Condition> conditions;
        for (;;) {
            TRY_ASSIGN(auto condition, parse_condition());
            conditions.push_back(std::move(condition));
            const auto token = lexer_.next();
            if (token == Token::end) {
                return conditions;
            }
            if (token != Token::conjunction) {
                return invalid(
                    "offset {}: got {}, want {}",
                    lexer_.offset(),
                    token ? to_string(*token) : "invalid token",
                    to_string(Token::conjunction)
                );
            }
        }
    }

private:
    Result<Token> require(std::initializer_list<Token> tokens) {
        const auto token = lexer_.next();
        if (!token || token == Token::end) {
            return invalid(
                "offset {}: {}", lexer_.offset(), token ? "EOF" : token.error().message()
            );
        }
        if (std::ranges::find(tokens, *token) == tokens.end()) {
            return invalid(
                "offset {}: got {}, wanted {}", lexer_.offset(), to_string(*token), wanted(tokens)
            );
        }
        return *token;
    }

    Result<Condition> parse_condition() {
        Condition condition;
        TRY(require({Token::tag}));
        condition.tag = lexer_.word();
        TRY_ASSIGN(
            const Token op,
            require(
                {Token::less_equal,
                 Token::greater_equal,
                 Token::less,
                 Token::greater,
                 Token::equal,
                 Token::contains,
                 Token::exists}
            )
        );
        condition.op = operator_of(op);
        if (op == Token::exists) {
            return condition;
        }
        TRY_ASSIGN(condition.operand, parse_operand(condition.op));
        return condition;
    }

    Result<Operand> parse_operand(Operator op) {
        auto token = op == Operator::contains ? require({Token::string})
                     : op == Operator::equal
                         ? require({Token::number, Token::time, Token::date, Token::string})
                         : require({Token::number, Token::time, Token::date});
        if (!token) {
            return std::unexpected(std::move(token).error());
        }
        const std::string_view word = lexer_.word();
        if (token == Token::string) {
            return Operand(std::string(word));
        }
        if (token == Token::number) {
            return Operand(Decimal::prefix_of(word).value());
        }
        if (token == Token::date) {
            return Operand(parse_date(word).value());
        }
        return Operand(parse_time(word).value());
    }

    static Operator operator_of(Token token) {
        if (token == Token::less_equal) {
            return Operator::less_equal;
        }
        if (token == Token::greater_equal) {
            return Operator::greater_equal;
        }
        if (token == Token::less) {
            return Operator::less;
        }
        if (token == Token::greater) {
            return Operator::greater;
        }
        if (token == Token::equal) {
            return Operator::equal;
        }
        return token == Token::contains ? Operator::contains : Operator::exists;
    }

    QueryLexer lexer_;
};

/// Whether some event of the type `type` has an attribute.
bool has_event(const FlatEvents& events, std::string_view type) {
    const std::string prefix = std::string(type) + '.';
    for (auto i = events.lower_bound(prefix); i != events.end() && i->first.starts_with(prefix);
         ++i) {
        if (i->first.find('.', prefix.size()) == std::string::npos) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::optional<Decimal> Decimal::prefix_of(std::string_view value) {
    const std::string_view whole = digits_at(value, 0);
    if (whole.empty()) {
        return std::nullopt;
    }
    Decimal number;
    number.whole = whole.substr(std::min(whole.find_first_not_of('0'), whole.size()));
    if (whole.size() < value.size() && value[whole.size()] == '.') {
        const std::string_view fraction = digits_at(value, whole.size() + 1);
        number.fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
    }
    return number;
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
    if (whole.size() != other.whole.size()) {
        return whole.size() <=> other.whole.size();
    }
    if (const auto order = whole <=> other.whole; order != 0) {
        return order;
    }
    return fraction <=> other.fraction;
}

std::optional<Date> parse_date(std::string_view text) {
    constexpr std::string_view form = "2006-01-02";
    if (text.size() != form.size()) {
        return std::nullopt;
    }
    const auto midnight = chain::Timestamp::parse(std::string(text) + "T00:00:00Z");
    return midnight ? std::optional(Date{*midnight}) : std::nullopt;
}

std::optional<chain::Timestamp> parse_time(std::string_view text) {
    if (text.ends_with('Z')) {
        const auto time = chain::Timestamp::parse(text);
        return time ? std::optional(*time) : std::nullopt;
    }
    constexpr std::size_t offset_size = 6;  // +07:00
    if (text.size() < offset_size) {
        return std::nullopt;
    }
    const std::string_view offset = text.substr(text.size() - offset_size);
    int hours = 0;
    int minutes = 0;
    const auto two_digits = [&](std::size_t at, int& out) {
        const auto end = offset.data() + at + 2;
        return is_digit(offset[at]) && std::from_chars(offset.data() + at, end, out).ptr == end;
    };
    if ((offset[0] != '+' && offset[0] != '-') || offset[3] != ':' || !two_digits(1, hours) ||
        !two_digits(4, minutes) || hours > 24 || minutes > 60) {
        return std::nullopt;
    }
    const auto local =
        chain::Timestamp::parse(std::string(text.substr(0, text.size() - offset_size)) + 'Z');
    if (!local) {
        return std::nullopt;
    }
    const auto shift = std::chrono::hours(hours) + std::chrono::minutes(minutes);
    return chain::checked_add(*local, offset[0] == '+' ? -shift : shift);
}

bool Condition::matches(std::string_view value) const {
    return std::visit(Comparison{op, value}, operand);
}

Result<Query> Query::parse(std::string_view text) {
    if (text.size() > query_size_max) {
        return fail(ErrorCode::too_large, "maximum query length exceeded");
    }
    Query query;
    auto conditions = Parser(text).parse();
    if (!conditions) {
        return std::unexpected(std::move(conditions).error().in("failed to parse query"));
    }
    query.conditions_ = *std::move(conditions);
    return query;
}

bool Query::matches(const FlatEvents& events) const {
    return std::ranges::all_of(conditions_, [&](const Condition& condition) {
        const auto found = events.find(condition.tag);
        if (found != events.end() &&
            std::ranges::any_of(found->second, [&](const std::string& value) {
                return condition.matches(value);
            })) {
            return true;
        }
        return condition.matches("") && has_event(events, condition.tag);
    });
}

}  // namespace steelyard::index
