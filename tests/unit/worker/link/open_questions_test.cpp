#include "worker/link/open_questions.h"

#include <gmock/gmock.h>

namespace steelyard::worker {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(OpenQuestions, go_out_in_their_order) {
    OpenQuestions questions(30s, 2);

    EXPECT_EQ(questions.ask(0s), 2U);
    EXPECT_EQ(questions.ask(0s), 3U);

    EXPECT_THAT(questions.take_due(0s), ElementsAre(2, 3));
    EXPECT_THAT(questions.take_due(0s), IsEmpty());
}

TEST(OpenQuestions, beyond_32_wait_for_an_answer) {
    OpenQuestions questions(30s, 1);
    for (std::size_t i = 0; i < unanswered_max + 2; ++i) {
        questions.ask(0s);
    }
    EXPECT_EQ(questions.take_due(0s).size(), unanswered_max);
    EXPECT_THAT(questions.take_due(1s), IsEmpty());

    EXPECT_TRUE(questions.answer(5));

    EXPECT_THAT(questions.take_due(1s), ElementsAre(unanswered_max + 1));
    EXPECT_EQ(questions.unanswered(), unanswered_max);
}

TEST(OpenQuestions, are_answered_once) {
    OpenQuestions questions(30s, 1);
    questions.ask(0s);

    EXPECT_FALSE(questions.answer(1));  // it was not sent
    questions.take_due(0s);
    EXPECT_TRUE(questions.answer(1));
    EXPECT_FALSE(questions.answer(1));
    EXPECT_FALSE(questions.answer(99));
}

TEST(OpenQuestions, are_given_up_in_time_though_they_wait) {
    OpenQuestions questions(30s, 1);
    for (std::size_t i = 0; i < unanswered_max + 1; ++i) {
        questions.ask(1s);
    }
    questions.take_due(1s);
    EXPECT_EQ(questions.deadline(), 31s);
    EXPECT_THAT(questions.expire(30s), IsEmpty());

    const auto late = questions.expire(31s);

    EXPECT_EQ(late.size(), unanswered_max + 1);
    EXPECT_FALSE(questions.deadline());
}

TEST(OpenQuestions, hold_their_place_until_the_node_has_given_them_up) {
    OpenQuestions questions(30s, 1);
    for (std::size_t i = 0; i < unanswered_max; ++i) {
        questions.ask(0s);
    }
    questions.take_due(10s);

    EXPECT_EQ(questions.expire(30s).size(), unanswered_max);
    EXPECT_EQ(questions.unanswered(), unanswered_max);
    EXPECT_FALSE(questions.answer(1));  // too late for who asked, but the place is free
    EXPECT_EQ(questions.unanswered(), unanswered_max - 1);
    EXPECT_EQ(questions.deadline(), 40s);
    EXPECT_THAT(questions.expire(40s), IsEmpty());
    EXPECT_EQ(questions.unanswered(), 0U);
}

TEST(OpenQuestions, end_with_the_session_and_numbers_go_on) {
    OpenQuestions questions(30s, 1);
    questions.ask(0s);
    questions.take_due(0s);
    questions.ask(0s);

    EXPECT_THAT(questions.clear(), ElementsAre(1, 2));

    EXPECT_FALSE(questions.answer(1));
    EXPECT_EQ(questions.ask(0s), 3U);
}

}  // namespace
}  // namespace steelyard::worker
