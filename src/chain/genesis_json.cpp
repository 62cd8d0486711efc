// Reading of genesis.json.
#include "base/base64.h"
#include "base/decimal.h"
#include "base/hex.h"
#include "chain/genesis.h"
#include "chain/json_text.h"

#include <algorithm>
#include <initializer_list>

namespace steelyard::chain {
namespace {

/// How many insertions, removals and replacements of letters make `b` of `a`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

/// A place in the document and the JSON that stands there.
struct Field {
    std::string path;
    std::string_view value;

    std::unexpected<Error> refuse(std::string_view why) const {
        return invalid("{}: {}", path, why);
    }

    template <typename T>
    Result<T> in_place(Result<T> result) const {
        if (!result) {
            return std::unexpected(std::move(result).error().in(path));
        }
        return result;
    }

    Result<std::string> text(std::size_t size_max) const {
        if (json_kind(value) != JsonKind::string) {
            return refuse("is not a string");
        }
        std::string text = json_unquote(value);
        if (text.size() > size_max) {
            return fail(
                ErrorCode::too_large, "{}: has {} bytes, limit {}", path, text.size(), size_max
            );
        }
        return text;
    }

    /// A 64-bit number in a string, as Go's amino JSON writes it.
    Result<std::int64_t> number() const {
        if (json_kind(value) == JsonKind::number) {
            return refuse("is a number; 64-bit numbers stand in strings here");
        }
        TRY_ASSIGN(const std::string decimal, text(20));
        const bool negative = decimal.starts_with('-');
        TRY_ASSIGN(
            const Uint128 magnitude,
            in_place(parse_decimal(std::string_view(decimal).substr(negative ? 1 : 0)))
        );
        if (magnitude > std::numeric_limits<std::int64_t>::max() || (negative && magnitude == 0)) {
            return refuse("is not a signed 64-bit number");
        }
        const auto number = static_cast<std::int64_t>(magnitude);
        return negative ? -number : number;
    }

    Result<std::vector<Field>> elements() const {
        if (json_kind(value) != JsonKind::array) {
            return refuse("is not an array");
        }
        std::vector<Field> out;
        for (const std::string_view element : json_elements(value)) {
            out.push_back({fmt::format("{}[{}]", path, out.size()), element});
        }
        return out;
    }
};

/// The members of an object, none of them with a name that the format does not know.
class Section {
public:
    static Result<Section> read(
        const Field& field, std::initializer_list<std::string_view> known_names
    ) {
        if (json_kind(field.value) != JsonKind::object) {
            return field.refuse("is not an object");
        }
        Section section(field.path);
        for (auto& [name, value] : json_members(field.value)) {
            if (std::ranges::find(known_names, name) == known_names.end()) {
                return invalid(
                    "{}: unknown key {}{}", field.path, json_quote(name), hint(name, known_names)
                );
            }
            section.members_.push_back({std::move(name), value});
        }
        return section;
    }

    std::optional<Field> find(std::string_view name) const {
        const auto found = std::ranges::find(members_, name, &JsonMember::key);
        if (found == members_.end()) {
            return std::nullopt;
        }
        return Field{fmt::format("{}.{}", path_, name), found->value};
    }

    Result<Field> at(std::string_view name) const {
        auto field = find(name);
        if (!field) {
            return invalid("{}.{}: is missing", path_, name);
        }
        return *std::move(field);
    }

    Result<std::string> text(std::string_view name, std::size_t size_max) const {
        TRY_ASSIGN(const Field field, at(name));
        return field.text(size_max);
    }

    Result<std::int64_t> number(std::string_view name) const {
        TRY_ASSIGN(const Field field, at(name));
        return field.number();
    }

private:
    explicit Section(std::string path) : path_(std::move(path)) {}

    static std::string hint(
        std::string_view name, std::initializer_list<std::string_view> known_names
    ) {
        const std::string_view nearest =
            *std::ranges::min_element(known_names, {}, [&](std::string_view known) {
                return edit_distance(name.substr(0, 64), known);
            });
        return edit_distance(name.substr(0, 64), nearest) <= nearest.size() / 2
                   ? fmt::format(", did you mean \"{}\"?", nearest)
                   : "";
    }

    std::string path_;
    std::vector<JsonMember> members_;
};

Result<crypto::KeyType> read_key_type(const Field& field) {
    TRY_ASSIGN(const std::string name, field.text(64));
    for (const auto type : {crypto::KeyType::ed25519, crypto::KeyType::secp256k1}) {
        if (name == crypto::to_string(type)) {
            return type;
        }
    }
    return field.refuse("is neither ed25519 nor secp256k1");
}

Result<crypto::PublicKey> read_public_key(const Field& field) {
    TRY_ASSIGN(const Section section, Section::read(field, {"type", "value"}));
    TRY_ASSIGN(const std::string name, section.text("type", 64));
    TRY_ASSIGN(const std::string value, section.text("value", 64));
    TRY_ASSIGN(const Bytes bytes, field.in_place(from_base64(value)));
    for (const auto type : {crypto::KeyType::ed25519, crypto::KeyType::secp256k1}) {
        if (name == crypto::public_key_json_type(type)) {
            return field.in_place(crypto::PublicKey::parse(type, bytes));
        }
    }
    return field.refuse(fmt::format("type \"{}\" is unknown", name));
}

Result<GenesisValidator> read_validator(const Field& field) {
    TRY_ASSIGN(
        const Section section, Section::read(field, {"address", "pub_key", "power", "name"})
    );
    TRY_ASSIGN(const Field key_field, section.at("pub_key"));
    TRY_ASSIGN(const crypto::PublicKey key, read_public_key(key_field));
    if (const auto address_field = section.find("address")) {
        TRY_ASSIGN(const std::string address, address_field->text(40));
        TRY_ASSIGN(const Bytes bytes, address_field->in_place(from_hex(address)));
        if (!bytes.empty() && !equal(bytes, key.address())) {
            return address_field->refuse(
                fmt::format("is not the key's, {}", to_hex_upper(key.address()))
            );
        }
    }
    TRY_ASSIGN(const std::int64_t power, section.number("power"));
    if (power < 1 || power > total_voting_power_max) {
        return invalid("{}.power: {} is not in 1..{}", field.path, power, total_voting_power_max);
    }
    std::string name;
    if (const auto name_field = section.find("name")) {
        TRY_ASSIGN(name, name_field->text(genesis_name_size_max));
    }
    return GenesisValidator{key, power, std::move(name)};
}

Result<std::vector<GenesisValidator>> read_validators(const Field& field) {
    TRY_ASSIGN(const auto elements, field.elements());
    if (elements.size() > validators_max) {
        return fail(
            ErrorCode::too_large,
            "{}: has {} elements, limit {}",
            field.path,
            elements.size(),
            validators_max
        );
    }
    std::vector<GenesisValidator> validators;
    for (const Field& element : elements) {
        TRY_ASSIGN(auto validator, read_validator(element));
        validators.push_back(std::move(validator));
    }
    return validators;
}

Result<BlockParams> read_block_params(const Field& field) {
    TRY_ASSIGN(const Section section, Section::read(field, {"max_bytes", "max_gas"}));
    BlockParams params;
    TRY_ASSIGN(params.max_bytes, section.number("max_bytes"));
    TRY_ASSIGN(params.max_gas, section.number("max_gas"));
    return params;
}

Result<EvidenceParams> read_evidence_params(const Field& field) {
    TRY_ASSIGN(
        const Section section,
        Section::read(field, {"max_age_num_blocks", "max_age_duration", "max_bytes"})
    );
    EvidenceParams params;
    TRY_ASSIGN(params.max_age_num_blocks, section.number("max_age_num_blocks"));
    TRY_ASSIGN(const std::int64_t duration, section.number("max_age_duration"));
    params.max_age_duration = std::chrono::nanoseconds(duration);
    TRY_ASSIGN(params.max_bytes, section.number("max_bytes"));
    return params;
}

Result<ValidatorParams> read_validator_params(const Field& field) {
    TRY_ASSIGN(const Section section, Section::read(field, {"pub_key_types"}));
    TRY_ASSIGN(const Field types, section.at("pub_key_types"));
    TRY_ASSIGN(const auto elements, types.elements());
    ValidatorParams params;
    params.pub_key_types.clear();
    for (const Field& element : elements) {
        TRY_ASSIGN(const crypto::KeyType type, read_key_type(element));
        params.pub_key_types.push_back(type);
    }
    return params;
}

Result<VersionParams> read_version_params(const Field& field) {
    TRY_ASSIGN(const Section section, Section::read(field, {"app"}));
    TRY_ASSIGN(const std::int64_t app, section.number("app"));
    if (app < 0) {
        return field.refuse("app is negative");
    }
    return VersionParams{static_cast<std::uint64_t>(app)};
}

/// There are no vote extensions on this chain.
Result<void> check_abci_params(const Field& field) {
    TRY_ASSIGN(const Section section, Section::read(field, {"vote_extensions_enable_height"}));
    TRY_ASSIGN(const std::int64_t height, section.number("vote_extensions_enable_height"));
    if (height != 0) {
        return fail(ErrorCode::unsupported, "{}: vote extensions are not supported", field.path);
    }
    return {};
}

/// A section that is left out has the default values; one that is there is complete.
Result<ConsensusParams> read_consensus_params(const Field& field) {
    TRY_ASSIGN(
        const Section section,
        Section::read(field, {"block", "evidence", "validator", "version", "abci"})
    );
    ConsensusParams params;
    if (const auto block = section.find("block")) {
        TRY_ASSIGN(params.block, read_block_params(*block));
    }
    if (const auto evidence = section.find("evidence")) {
        TRY_ASSIGN(params.evidence, read_evidence_params(*evidence));
    }
    if (const auto validator = section.find("validator")) {
        TRY_ASSIGN(params.validator, read_validator_params(*validator));
    }
    if (const auto version = section.find("version")) {
        TRY_ASSIGN(params.version, read_version_params(*version));
    }
    if (const auto abci = section.find("abci")) {
        TRY(check_abci_params(*abci));
    }
    return params;
}

/// CometBFT writes a height that nobody has set as "0" and takes it for 1.
Result<Height> read_initial_height(const Field& field) {
    TRY_ASSIGN(const std::int64_t number, field.number());
    return field.in_place(Height::parse(number == 0 ? 1 : number));
}

Result<AppHash> read_app_hash(const Field& field) {
    TRY_ASSIGN(const std::string text, field.text(2 * AppHash::size_max));
    TRY_ASSIGN(const Bytes bytes, field.in_place(from_hex(text)));
    return AppHash::parse(bytes);
}

}  // namespace

Result<GenesisDoc> parse_genesis(std::string_view text) {
    if (text.size() > genesis_size_max) {
        return fail(
            ErrorCode::too_large,
            "genesis: the file has {} bytes, limit {}",
            text.size(),
            genesis_size_max
        );
    }
    const Field root{
        "genesis", text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()))
    };
    TRY(root.in_place(check_json(text, genesis_depth_max)));
    TRY_ASSIGN(
        const Section section,
        Section::read(
            root,
            {"genesis_time",
             "chain_id",
             "initial_height",
             "consensus_params",
             "validators",
             "app_hash",
             "app_state"}
        )
    );
    GenesisDoc doc;
    TRY_ASSIGN(const Field time, section.at("genesis_time"));
    TRY_ASSIGN(const std::string time_text, time.text(64));
    TRY_ASSIGN(doc.genesis_time, time.in_place(Timestamp::parse(time_text)));
    TRY_ASSIGN(const Field chain_id, section.at("chain_id"));
    TRY_ASSIGN(const std::string chain_id_text, chain_id.text(genesis_size_max));
    TRY_ASSIGN(doc.chain_id, chain_id.in_place(ChainId::parse(chain_id_text)));
    if (const auto height = section.find("initial_height")) {
        TRY_ASSIGN(doc.initial_height, read_initial_height(*height));
    }
    if (const auto params = section.find("consensus_params")) {
        TRY_ASSIGN(doc.consensus_params, read_consensus_params(*params));
    }
    if (const auto validators = section.find("validators")) {
        TRY_ASSIGN(doc.validators, read_validators(*validators));
    }
    if (const auto app_hash = section.find("app_hash")) {
        TRY_ASSIGN(doc.app_hash, read_app_hash(*app_hash));
    }
    if (const auto app_state = section.find("app_state")) {
        doc.app_state = app_state->value;
    }
    TRY(validate(doc));
    return doc;
}

}  // namespace steelyard::chain
