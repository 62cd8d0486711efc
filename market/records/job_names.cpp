// What states, reasons and parties are called; who is at fault.
#include "base/check.h"
#include "market/records/job.h"

namespace steelyard::market {

bool is_final(JobState state) {
    return state >= JobState::settled;
}

std::string_view to_string(JobState state) {
    switch (state) {
        case JobState::open:
            return "open";
        case JobState::matched:
            return "matched";
        case JobState::started:
            return "started";
        case JobState::committed:
            return "committed";
        case JobState::challenged:
            return "challenged";
        case JobState::proved:
            return "proved";
        case JobState::settled:
            return "settled";
        case JobState::cancelled:
            return "cancelled";
        case JobState::expired:
            return "expired";
        case JobState::refunded:
            return "refunded";
        case JobState::slashed:
            return "slashed";
    }
    CHECK(false);
}

Party party_at_fault(Reason reason, Decline decline) {
    switch (reason) {
        case Reason::none:
        case Reason::expired:
        case Reason::settled:
            return Party::nobody;
        case Reason::cancelled:
        case Reason::settled_fault:
            return Party::user;
        case Reason::displaced:
            return Party::protocol;
        case Reason::declined:
            return is_of_inputs(decline) ? Party::user : Party::provider;
        case Reason::not_started:
        case Reason::late:
        case Reason::retracted:
        case Reason::fraud:
        case Reason::silence:
            return Party::provider;
    }
    CHECK(false);
}

std::string_view to_string(Reason reason) {
    switch (reason) {
        case Reason::none:
            return "none";
        case Reason::cancelled:
            return "cancelled";
        case Reason::expired:
            return "expired";
        case Reason::displaced:
            return "displaced";
        case Reason::declined:
            return "declined";
        case Reason::not_started:
            return "not_started";
        case Reason::late:
            return "late";
        case Reason::retracted:
            return "retracted";
        case Reason::fraud:
            return "fraud";
        case Reason::silence:
            return "silence";
        case Reason::settled:
            return "settled";
        case Reason::settled_fault:
            return "settled_fault";
    }
    CHECK(false);
}

std::string_view to_string(Party party) {
    switch (party) {
        case Party::nobody:
            return "nobody";
        case Party::user:
            return "user";
        case Party::provider:
            return "provider";
        case Party::protocol:
            return "protocol";
    }
    CHECK(false);
}

}  // namespace steelyard::market
