// Runs CosmJS's client of Cosmos chains against a running chain: node cosmos_client.mjs HOST:PORT
//
// It spends what the public test mnemonic has, so it is for chains that fund it: contrib/devnet.
import assert from "node:assert/strict";
import { createMultisigThresholdPubkey, pubkeyToAddress, Secp256k1HdWallet } from "@cosmjs/amino";
import { DirectSecp256k1HdWallet } from "@cosmjs/proto-signing";
import {
  calculateFee, GasPrice, makeMultisignedTxBytes, QueryClient, setupDistributionExtension,
  setupBankExtension, setupStakingExtension, setupTxExtension, SigningStargateClient, StargateClient,
} from "@cosmjs/stargate";
import { Comet38Client } from "@cosmjs/tendermint-rpc";

const address = process.argv[2] ?? process.env.STEELYARD_RPC ?? "127.0.0.1:26657";
const url = `http://${address}`;
const prefix = "yard";
const denom = "uyard";
const mnemonic = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
const gasPrice = GasPrice.fromString(`0.01${denom}`);
const options = { gasPrice, broadcastPollIntervalMs: 200, broadcastTimeoutMs: 30_000 };
const coins = (amount) => [{ denom, amount: String(amount) }];
const big = (coin) => BigInt(coin.amount);

const comet = await Comet38Client.connect(url);
const queries = QueryClient.withExtensions(
  comet, setupBankExtension, setupStakingExtension, setupDistributionExtension, setupTxExtension);

async function step(name, run) {
  try {
    await run();
  } catch (error) {
    error.message = `${name}: ${error.message}`;
    throw error;
  }
  console.log(`ok ${name}`);
}

function event(result, type) {
  return result.events.filter((one) => one.type === type)
    .map((one) => Object.fromEntries(one.attributes.map(({ key, value }) => [key, value])));
}

// The signer of what follows, an account that is paid here for the first time.
async function freshSigner(kind, from, payer, amount) {
  const wallet = await kind.generate(12, { prefix });
  const [{ address: own }] = await wallet.getAccounts();
  const paid = await payer.sendTokens(from, own, coins(amount), "auto");
  assert.equal(paid.code, 0, paid.rawLog);
  return { own, client: await SigningStargateClient.connectWithSigner(url, wallet, options) };
}

async function reads(client, own) {
  const chainId = await client.getChainId();
  assert.match(chainId, /^\S+$/);
  assert.ok(await client.getHeight() > 0);
  const account = await client.getAccount(own);
  assert.equal(account.address, own);
  assert.equal((await client.getBalance(own, denom)).denom, denom);
  assert.deepEqual(await client.getAllBalances(own), [await client.getBalance(own, denom)]);
  assert.equal((await client.getBlock(1)).header.chainId, chainId);
  const nobody = (await (await Secp256k1HdWallet.generate(12, { prefix })).getAccounts())[0].address;
  assert.equal(await client.getAccount(nobody), null);
  assert.equal((await client.getBalance(nobody, denom)).amount, "0");
  assert.equal(await client.getDelegation(nobody, (await bondedValidators())[0].operatorAddress), null);
  await assert.rejects(client.getSequence(nobody), /does not exist on chain/);
  const supply = await queries.bank.totalSupply();
  assert.deepEqual(supply.supply, [await queries.bank.supplyOf(denom)]);
  assert.equal((await queries.bank.denomMetadata(denom)).base, denom);
}

async function bondedValidators() {
  return (await queries.staking.validators("BOND_STATUS_BONDED")).validators;
}

async function sends(client, own) {
  const to = (await (await Secp256k1HdWallet.generate(12, { prefix })).getAccounts())[0].address;
  const before = big(await client.getBalance(own, denom));
  const sent = await client.sendTokens(own, to, coins(5_000), "auto", "to you & <me>");
  assert.equal(sent.code, 0, sent.rawLog);
  assert.ok(sent.gasUsed > 0n && sent.gasUsed <= sent.gasWanted);
  const found = await client.getTx(sent.transactionHash);
  assert.equal(found.height, sent.height);
  assert.equal(found.msgResponses[0].typeUrl, "/cosmos.bank.v1beta1.MsgSendResponse");
  const [{ fee }] = event(found, "tx").filter((one) => one.fee);
  assert.equal(before - big(await client.getBalance(own, denom)), 5_000n + BigInt(fee.replace(denom, "")));
  assert.equal(big(await client.getBalance(to, denom)), 5_000n);
  const transfers = event(found, "transfer").filter((one) => one.recipient === to);
  assert.equal(transfers[0].amount, `5000${denom}`);
  assert.ok((await client.searchTx(`transfer.recipient='${to}'`)).some(({ hash }) => hash === found.hash));
  assert.ok((await client.searchTx([{ key: "message.sender", value: own }])).length > 0);
}

// The second is signed with the sequence after the first, before that is committed.
async function sendsInARow(client, own) {
  const { accountNumber, sequence } = await client.getSequence(own);
  const chainId = await client.getChainId();
  const message = {
    typeUrl: "/cosmos.bank.v1beta1.MsgSend",
    value: { fromAddress: own, toAddress: own, amount: coins(1) },
  };
  const { TxRaw } = await import("cosmjs-types/cosmos/tx/v1beta1/tx");
  const fee = calculateFee(200_000, gasPrice);
  const hashes = [];
  for (let ahead = 0; ahead < 3; ahead += 1) {
    const signed = await client.sign(own, [message], fee, "", {
      accountNumber, sequence: sequence + ahead, chainId,
    });
    hashes.push(await client.broadcastTxSync(TxRaw.encode(signed).finish()));
  }
  for (const hash of hashes) {
    let found = null;
    for (let tries = 0; found === null && tries < 100; tries += 1) {
      found = await client.getTx(hash);
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
    assert.equal(found?.code, 0);
  }
}

async function refusals(client, own) {
  const send = (amount) => client.sendTokens(
    own, own, coins(amount), calculateFee(200_000, gasPrice));
  const poor = await send(10n ** 30n);
  assert.equal(poor.code, 5);
  assert.match(poor.rawLog, /insufficient funds/);
  await assert.rejects(
    client.sendTokens(own, own, coins(1), { amount: coins(1), gas: "200000" }), /insufficient fee/);
  await assert.rejects(
    client.sendTokens(own, own, coins(10n ** 30n), "auto"), /insufficient funds/);
  const short = await client.sendTokens(own, own, coins(1), calculateFee(60_000, gasPrice))
    .catch((error) => ({ code: 11, rawLog: error.message }));
  if (short.code !== 0) {
    assert.match(short.rawLog, /out of gas in location/);
  }
  const { TxRaw } = await import("cosmjs-types/cosmos/tx/v1beta1/tx");
  const { accountNumber, sequence } = await client.getSequence(own);
  const signed = await client.sign(
    own, [{ typeUrl: "/cosmos.bank.v1beta1.MsgSend", value: { fromAddress: own, toAddress: own, amount: coins(1) } }],
    calculateFee(200_000, gasPrice), "",
    { accountNumber, sequence: sequence + 7, chainId: await client.getChainId() });
  await assert.rejects(
    client.broadcastTxSync(TxRaw.encode(signed).finish()),
    new RegExp(`account sequence mismatch, expected ${sequence}, got ${sequence + 7}`));
}

async function stakes(client, own) {
  const [first, second] = await bondedValidators();
  const to = first.operatorAddress;
  const delegated = await client.delegateTokens(own, to, coins(3_000_000)[0], "auto");
  assert.equal(delegated.code, 0, delegated.rawLog);
  assert.deepEqual(await client.getDelegation(own, to), coins(3_000_000)[0]);
  assert.deepEqual(await client.getBalanceStaked(own), coins(3_000_000)[0]);
  const { validator } = await queries.staking.validator(to);
  assert.equal(BigInt(validator.tokens), BigInt(first.tokens) + 3_000_000n);
  assert.ok((await queries.staking.validatorDelegations(to)).delegationResponses
    .some(({ delegation }) => delegation.delegatorAddress === own));

  const undelegated = await client.undelegateTokens(own, to, coins(1_000_000)[0], "auto");
  assert.equal(undelegated.code, 0, undelegated.rawLog);
  const { unbond } = await queries.staking.unbondingDelegation(own, to);
  assert.equal(unbond.entries.length, 1);
  assert.equal(unbond.entries[0].balance, "1000000");
  const { unbondingResponses } = await queries.staking.delegatorUnbondingDelegations(own);
  assert.equal(unbondingResponses.length, 1);

  const moved = await client.signAndBroadcast(own, [
    {
      typeUrl: "/cosmos.staking.v1beta1.MsgCancelUnbondingDelegation",
      value: {
        delegatorAddress: own, validatorAddress: to, amount: coins(400_000)[0],
        creationHeight: unbond.entries[0].creationHeight,
      },
    },
    {
      typeUrl: "/cosmos.staking.v1beta1.MsgBeginRedelegate",
      value: {
        delegatorAddress: own, validatorSrcAddress: to, validatorDstAddress: second.operatorAddress,
        amount: coins(500_000)[0],
      },
    },
  ], "auto");
  assert.equal(moved.code, 0, moved.rawLog);
  assert.equal(moved.msgResponses.length, 2);
  assert.deepEqual(await client.getDelegation(own, second.operatorAddress), coins(500_000)[0]);
  assert.deepEqual(await client.getDelegation(own, to), coins(1_900_000)[0]);
  const { redelegationResponses } = await queries.staking.redelegations(own, to, second.operatorAddress);
  assert.equal(redelegationResponses[0].entries[0].balance, "500000");
  assert.deepEqual(await client.getBalanceStaked(own), coins(2_400_000)[0]);
}

async function rewards(client, own) {
  const [{ operatorAddress: to }] = await bondedValidators();
  let owed = 0n;
  for (let tries = 0; owed === 0n && tries < 100; tries += 1) {
    await client.sendTokens(own, own, coins(1), { amount: coins(1_000_000), gas: "200000" });
    const answer = await queries.distribution.delegationRewards(own, to);
    owed = BigInt(answer.rewards[0]?.amount ?? 0) / 10n ** 18n;
  }
  assert.ok(owed > 0n, "no rewards came");
  const total = await queries.distribution.delegationTotalRewards(own);
  assert.ok(BigInt(total.total[0].amount) >= owed * 10n ** 18n);
  const withdrawn = await client.withdrawRewards(own, to, "auto");
  assert.equal(withdrawn.code, 0, withdrawn.rawLog);
  const [paid] = event(withdrawn, "withdraw_rewards");
  assert.ok(BigInt(paid.amount.replace(denom, "")) >= owed);
  assert.equal((await queries.distribution.delegatorWithdrawAddress(own)).withdrawAddress, own);
}

async function stakingQueries(own) {
  const { params } = await queries.staking.params();
  assert.equal(params.bondDenom, denom);
  const { pool } = await queries.staking.pool();
  assert.ok(BigInt(pool.bondedTokens) > 0n);
  const [{ operatorAddress }] = await bondedValidators();
  assert.equal((await queries.staking.delegatorValidators(own)).validators.length, 2);
  assert.equal((await queries.staking.delegatorValidator(own, operatorAddress)).validator.operatorAddress, operatorAddress);
  await queries.staking.validatorUnbondingDelegations(operatorAddress);
  const height = (await comet.status()).syncInfo.latestBlockHeight;
  const { hist } = await queries.staking.historicalInfo(height - 1);
  assert.equal(hist.header.height, BigInt(height - 1));
  assert.ok(hist.valset.length > 0);
}

// Two of three members sign in amino JSON; CosmJS puts the signatures together.
async function multisig(payer, from) {
  const members = await Promise.all([0, 1, 2].map(() => Secp256k1HdWallet.generate(12, { prefix })));
  const accounts = await Promise.all(members.map(async (wallet) => (await wallet.getAccounts())[0]));
  const key = createMultisigThresholdPubkey(accounts.map(({ pubkey }) => (
    { type: "tendermint/PubKeySecp256k1", value: Buffer.from(pubkey).toString("base64") })), 2);
  const own = pubkeyToAddress(key, prefix);
  const paid = await payer.sendTokens(from, own, coins(100_000), "auto");
  assert.equal(paid.code, 0, paid.rawLog);

  const reader = await StargateClient.connect(url, options);
  const { accountNumber, sequence } = await reader.getAccount(own);
  const chainId = await reader.getChainId();
  const fee = calculateFee(300_000, gasPrice);
  const message = {
    typeUrl: "/cosmos.bank.v1beta1.MsgSend",
    value: { fromAddress: own, toAddress: from, amount: coins(1_234) },
  };
  const signatures = new Map();
  let body;
  for (const index of [0, 2]) {
    const signer = await SigningStargateClient.offline(members[index]);
    const signed = await signer.sign(accounts[index].address, [message], fee, "of us", {
      accountNumber, sequence, chainId,
    });
    signatures.set(accounts[index].address, signed.signatures[0]);
    body = signed.bodyBytes;
  }
  const bytes = makeMultisignedTxBytes(key, sequence, fee, body, signatures);
  const sent = await reader.broadcastTx(bytes);
  assert.equal(sent.code, 0, sent.rawLog);
  assert.equal((await reader.getAccount(own)).sequence, sequence + 1);
}

const direct = await DirectSecp256k1HdWallet.fromMnemonic(mnemonic, { prefix });
const [{ address: bank }] = await direct.getAccounts();
const payer = await SigningStargateClient.connectWithSigner(url, direct, options);
await step("reads", () => reads(payer, bank));
for (const [name, kind] of [["direct", DirectSecp256k1HdWallet], ["amino", Secp256k1HdWallet]]) {
  const { own, client } = await freshSigner(kind, bank, payer, 500_000_000);
  await step(`${name}: sends`, () => sends(client, own));
  await step(`${name}: sends in a row`, () => sendsInARow(client, own));
  await step(`${name}: refusals`, () => refusals(client, own));
  await step(`${name}: stakes`, () => stakes(client, own));
  await step(`${name}: rewards`, () => rewards(client, own));
  await step(`${name}: staking queries`, () => stakingQueries(own));
  client.disconnect();
}
await step("multisig of two of three", () => multisig(payer, bank));
payer.disconnect();
comet.disconnect();
