// One of each message of the market, all fields set, from accounts 1 (who signs) and 2.
#pragma once

#include "steelyard/market/v1/tx.pb.h"
#include "tests/unit/ledger/messages/message_bench.h"

namespace steelyard::messages {

namespace v1 = ::steelyard::market::v1;

inline std::string market_url(const Message& message) {
    return "/" + std::string(message.GetDescriptor()->full_name());
}

/// 32 times the same byte.
inline std::string hash_text(char byte) {
    return std::string(32, byte);
}

inline void set_coin(cosmos::base::v1beta1::Coin& coin, std::string_view amount) {
    coin.set_denom("uyard");
    coin.set_amount(std::string(amount));
}

inline v1::MsgCreateClass sample_class() {
    v1::MsgCreateClass message;
    message.set_creator(account(1));
    message.set_name("gpu.24g");
    message.set_kind("gpu");
    message.set_vram_floor_bytes(25'769'803'776);
    message.set_wu_per_second_floor(50'000);
    message.set_region("eu");
    message.set_trust(7);
    return message;
}

inline v1::MsgRegisterProgram sample_program() {
    v1::MsgRegisterProgram message;
    message.set_owner(account(1));
    message.set_program("\x01\x02\xff");
    return message;
}

inline v1::MsgRemoveProgram sample_removal() {
    v1::MsgRemoveProgram message;
    message.set_owner(account(1));
    message.set_program_id(hash_text(1));
    return message;
}

inline v1::MsgRegisterProvider sample_provider() {
    v1::MsgRegisterProvider message;
    message.set_provider(account(1));
    message.set_moniker("Ann & Co");
    message.set_region("eu");
    message.set_contact("ann@example.org");
    message.add_attributes("disk=fast");
    message.add_attributes("net=10g");
    set_coin(*message.mutable_bond(), "1000000");
    return message;
}

inline v1::MsgUpdateProvider sample_update() {
    v1::MsgUpdateProvider message;
    message.set_provider(account(1));
    message.set_moniker("Ann");
    message.set_region("eu");
    message.set_contact("none");
    message.add_attributes("disk=fast");
    return message;
}

inline v1::MsgAddBond sample_bond() {
    v1::MsgAddBond message;
    message.set_provider(account(1));
    set_coin(*message.mutable_amount(), "5");
    return message;
}

inline v1::MsgWithdrawBond sample_withdrawal() {
    v1::MsgWithdrawBond message;
    message.set_provider(account(1));
    set_coin(*message.mutable_amount(), "5");
    return message;
}

inline v1::MsgUnjailProvider sample_unjail_provider() {
    v1::MsgUnjailProvider message;
    message.set_provider(account(1));
    return message;
}

inline v1::MsgAddWorker sample_worker() {
    v1::MsgAddWorker message;
    message.set_provider(account(1));
    message.set_worker(account(2));
    message.set_class_id(1);
    message.set_slots(4);
    set_coin(*message.mutable_funds(), "9");
    return message;
}

inline v1::MsgRemoveWorker sample_leave() {
    v1::MsgRemoveWorker message;
    message.set_provider(account(1));
    message.set_worker(account(2));
    return message;
}

inline v1::MsgPostAsk sample_ask() {
    v1::MsgPostAsk message;
    message.set_provider(account(1));
    message.set_class_id(1);
    message.set_product(1);
    message.set_price(50'000'000);
    message.set_work_units(1'000'000);
    message.set_lifetime(100);
    return message;
}

inline v1::MsgCancelAsk sample_cancel_ask() {
    v1::MsgCancelAsk message;
    message.set_provider(account(1));
    message.set_class_id(1);
    message.set_product(1);
    message.set_price(50'000'000);
    message.set_posted_height(77);
    message.set_ask_id(12);
    return message;
}

/// What both kinds of orders have, but inputs.
template <typename M>
M sample_terms() {
    M message;
    message.set_user(account(1));
    message.set_class_id(1);
    message.set_product(1);
    message.set_program(hash_text(3));
    message.set_limit_price(80'000'000);
    message.set_lifetime(100);
    message.set_deadline(5'000);
    message.set_retries(2);
    message.set_reputation_min(4'000);
    message.add_regions("eu");
    message.add_regions("us");
    message.add_attributes("disk=fast");
    message.add_excluded(account(2));
    return message;
}

inline v1::MsgPostOrder sample_order() {
    auto message = sample_terms<v1::MsgPostOrder>();
    message.add_inputs(hash_text(4));
    message.add_inputs(hash_text(5));
    return message;
}

inline v1::MsgPostArray sample_array() {
    auto message = sample_terms<v1::MsgPostArray>();
    message.add_inputs(hash_text(4));
    message.add_inputs("");
    message.add_tasks(hash_text(6));
    message.add_tasks(hash_text(7));
    message.set_max_parallel(2);
    set_coin(*message.mutable_budget(), "200000");
    return message;
}

inline v1::MsgCancelOrder sample_cancel_order() {
    v1::MsgCancelOrder message;
    message.set_user(account(1));
    message.set_order_id(42);
    return message;
}

/// Of what workers say: signer and job.
template <typename M>
M sample_of_job() {
    M message;
    message.set_signer(account(1));
    message.set_order_id(42);
    message.set_task(3);
    return message;
}

inline v1::MsgDeclineJob sample_decline() {
    auto message = sample_of_job<v1::MsgDeclineJob>();
    message.set_reason(4);
    return message;
}

inline v1::MsgCommitResult sample_commit() {
    auto message = sample_of_job<v1::MsgCommitResult>();
    message.set_output_root(hash_text(8));
    message.set_trace_root(hash_text(9));
    message.set_steps(10);
    message.add_results(hash_text(10));
    return message;
}

inline v1::MsgSpotCheck sample_spot_check() {
    auto message = sample_of_job<v1::MsgSpotCheck>();
    message.set_proof("proof");
    return message;
}

}  // namespace steelyard::messages
