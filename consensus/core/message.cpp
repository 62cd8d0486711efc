#include "consensus/core/message.h"

namespace steelyard::consensus {

std::string_view to_string(Step step) {
    switch (step) {
        case Step::waiting:
            return "waiting";
        case Step::propose:
            return "propose";
        case Step::prevote:
            return "prevote";
        case Step::precommit:
            return "precommit";
        case Step::decided:
            return "decided";
    }
    CHECK(false);
}

}  // namespace steelyard::consensus
