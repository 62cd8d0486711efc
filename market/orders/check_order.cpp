// What of an order can be said without the state.
#include "market/orders/orders.h"
#include "market/parties/texts.h"
#include "market/records/instrument.h"
#include "market/records/kinds.h"

#include <algorithm>
#include <functional>

namespace steelyard::market {
namespace {

using ledger::refuse;

/// In order, none twice.
template <typename T, typename Part = std::identity>
bool is_ascending(const std::vector<T>& list, Part part = {}) {
    return std::ranges::adjacent_find(list, std::ranges::greater_equal(), part) == list.end();
}

Outcome<void> check_count(std::string_view what, std::size_t count, std::size_t count_max) {
    if (count > count_max) {
        return refuse(kinds::bad_order, "{} {}, must be at most {}", count, what, count_max);
    }
    return {};
}

Outcome<void> check_filters(const Filters& filters) {
    TRY(check_count("regions", filters.regions.size(), filter_regions_max));
    TRY(check_count("attributes", filters.attributes.size(), filter_attributes_max));
    TRY(check_count("excluded providers", filters.excluded.size(), filter_excluded_max));
    for (const std::string& region : filters.regions) {
        TRY(check_name("region", region, region_size_max));
    }
    for (const Attribute& attribute : filters.attributes) {
        TRY(check_name("attribute name", attribute.name, attribute_name_size_max));
        TRY(check_line("attribute value", attribute.value, attribute_value_size_max));
    }
    if (!is_ascending(filters.regions) || !is_ascending(filters.attributes, &Attribute::name) ||
        !is_ascending(filters.excluded)) {
        return refuse(
            kinds::bad_order, "regions, attributes or excluded are not in order, or twice"
        );
    }
    if (filters.reputation_min > reputation_scale) {
        return refuse(
            kinds::bad_order,
            "least reputation is {}, must be at most {}",
            filters.reputation_min,
            reputation_scale
        );
    }
    return {};
}

Outcome<void> check_common(const OrderTerms& terms) {
    if (terms.book.product != Product::work) {
        return refuse(
            kinds::bad_order, "product is {}, must be 1", static_cast<int>(terms.book.product)
        );
    }
    if (terms.limit == 0 || terms.limit > price_max) {
        return refuse(
            kinds::bad_order, "limit is {}, must be from 1 to {}", terms.limit, price_max
        );
    }
    if (terms.deadline.value() > Height::foreign_max) {
        return refuse(
            kinds::bad_order,
            "deadline is {}, must be at most {}",
            terms.deadline,
            Height::foreign_max
        );
    }
    TRY(check_count("retries", terms.retries, retries_max));
    TRY(check_count("inputs", terms.inputs.size(), order_inputs_max));
    return check_filters(terms.filters);
}

using Input = std::optional<Hash256>;

std::size_t inputs_of_task(const OrderTerms& terms) {
    return static_cast<std::size_t>(std::ranges::count(terms.inputs, false, &Input::has_value));
}

}  // namespace

Outcome<void> check_order(const OrderTerms& terms) {
    TRY(check_common(terms));
    if (inputs_of_task(terms) > 0) {
        return refuse(kinds::bad_order, "an input is missing");
    }
    return {};
}

Outcome<void> check_array(const OrderTerms& terms, const ArrayTerms& array) {
    TRY(check_common(terms));
    if (array.tasks.empty() || array.tasks.size() > tasks_max) {
        return refuse(
            kinds::bad_order, "{} tasks, must be from 1 to {}", array.tasks.size(), tasks_max
        );
    }
    if (array.max_parallel == 0 || array.max_parallel > max_parallel_max) {
        return refuse(
            kinds::bad_order,
            "max_parallel is {}, must be from 1 to {}",
            array.max_parallel,
            max_parallel_max
        );
    }
    const std::size_t own = inputs_of_task(terms);
    for (std::size_t i = 0; i < array.tasks.size(); ++i) {
        if (array.tasks[i].size() != own) {
            return refuse(
                kinds::bad_order,
                "task {} has {} inputs, {} are missing",
                i,
                array.tasks[i].size(),
                own
            );
        }
    }
    return {};
}

}  // namespace steelyard::market
