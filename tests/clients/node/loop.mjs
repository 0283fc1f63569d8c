// Runs a tool loop for each text, with a vendor's SDK at its default settings, and writes as JSON
// what each came to. The task comes on standard input: {base_url, key, client, stream, texts, tools, results}.

import { readFileSync, writeFileSync } from "node:fs";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const MOST_TURNS = 6;
const task = JSON.parse(readFileSync(0, "utf8"));

function result(ran, name, args) {
  ran.calls.push([name, args]);
  return task.results[name] ?? "done";
}

async function chat(text, ran) {
  const client = new OpenAI({ baseURL: `${task.base_url}/v1`, apiKey: task.key });
  const tools = task.tools.map(({ name, description, parameters }) => ({
    type: "function",
    function: { name, description, parameters },
  }));
  const messages = [{ role: "user", content: text }];
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const asked = { model: "gpt-5", messages, tools };
    const completion = task.stream
      ? await client.chat.completions.stream(asked).finalChatCompletion()
      : await client.chat.completions.create(asked);
    const { message } = completion.choices[0];
    ran.words.push(message.content ?? "", message.refusal ?? "");
    if (!message.tool_calls?.length) return;
    messages.push(message);
    for (const call of message.tool_calls) {
      const content = result(ran, call.function.name, JSON.parse(call.function.arguments));
      messages.push({ role: "tool", tool_call_id: call.id, content });
    }
  }
}

async function responses(text, ran) {
  const client = new OpenAI({ baseURL: `${task.base_url}/v1`, apiKey: task.key });
  const tools = task.tools.map((tool) => ({ type: "function", strict: false, ...tool }));
  const input = [{ role: "user", content: text }];
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const asked = { model: "gpt-5", input, tools };
    const response = task.stream
      ? await client.responses.stream(asked).finalResponse()
      : await client.responses.create(asked);
    ran.words.push(response.output_text ?? "");
    const calls = response.output.filter((item) => item.type === "function_call");
    for (const item of response.output) {
      for (const part of item.content ?? []) ran.words.push(part.refusal ?? "");
    }
    if (!calls.length) return;
    input.push(...response.output);
    for (const call of calls) {
      const output = result(ran, call.name, JSON.parse(call.arguments));
      input.push({ type: "function_call_output", call_id: call.call_id, output });
    }
  }
}

async function messages(text, ran) {
  const client = new Anthropic({ baseURL: task.base_url, apiKey: task.key });
  const tools = task.tools.map(({ name, description, parameters }) => ({
    name,
    description,
    input_schema: parameters,
  }));
  const said = [{ role: "user", content: text }];
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const asked = { model: "claude-sonnet-5", max_tokens: 500, messages: said, tools };
    const message = task.stream
      ? await client.messages.stream(asked).finalMessage()
      : await client.messages.create(asked);
    for (const block of message.content) if (block.type === "text") ran.words.push(block.text);
    ran.words.push(message.stop_details?.explanation ?? "");
    const calls = message.content.filter((block) => block.type === "tool_use");
    if (!calls.length) return;
    said.push({ role: "assistant", content: message.content });
    said.push({
      role: "user",
      content: calls.map((call) => ({
        type: "tool_result",
        tool_use_id: call.id,
        content: result(ran, call.name, call.input),
      })),
    });
  }
}

const done = {};
for (const text of task.texts) {
  const ran = { words: [], calls: [], error: null };
  try {
    await { chat, responses, messages }[task.client](text, ran);
  } catch (error) {
    ran.error = `${error.constructor.name} ${error.status ?? ""}: ${error.message}`;
  }
  done[text] = ran;
}
// At once and whole: what is written to a pipe in the background can be lost at the end.
writeFileSync(1, JSON.stringify(done));
