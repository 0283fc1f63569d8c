"""Who makes a model and who serves it, for ids as they are met in the world."""

from __future__ import annotations

import pytest

from gardefou.vendors import Resolved, resolve, vendors

# id, developer, channel, the developer's name for it; with neither channel nor host given.
KNOWN = """
claude-sonnet-4-5                                    anthropic  anthropic       claude-sonnet-4-5
claude-3-7-sonnet-20250219                           anthropic  anthropic       claude-3-7-sonnet-20250219
claude-opus-4-1-20250805                             anthropic  anthropic       claude-opus-4-1-20250805
Claude-Haiku-4-5                                     anthropic  anthropic       claude-haiku-4-5
claude-instant-1.2                                   anthropic  anthropic       claude-instant-1.2
anthropic.claude-3-haiku-20240307-v1:0               anthropic  aws             claude-3-haiku-20240307-v1:0
us.anthropic.claude-3-5-sonnet-20241022-v2:0         anthropic  aws             claude-3-5-sonnet-20241022-v2:0
us-gov.anthropic.claude-3-5-sonnet-20240620-v1:0     anthropic  aws             claude-3-5-sonnet-20240620-v1:0
eu.anthropic.claude-sonnet-4-20250514-v1:0           anthropic  aws             claude-sonnet-4-20250514-v1:0
global.anthropic.claude-sonnet-4-5-20250929-v1:0     anthropic  aws             claude-sonnet-4-5-20250929-v1:0
apac.anthropic.claude-3-sonnet-20240229-v1:0         anthropic  aws             claude-3-sonnet-20240229-v1:0
bedrock/anthropic.claude-v2:1                        anthropic  aws             claude-v2:1
bedrock/us.anthropic.claude-3-haiku-20240307-v1:0    anthropic  aws             claude-3-haiku-20240307-v1:0
bedrock_mantle/us-east-1/anthropic.claude-opus-4-1   anthropic  aws             claude-opus-4-1
claude_platform/claude-sonnet-4-5                    anthropic  aws             claude-sonnet-4-5
claude-3-5-sonnet@20240620                           anthropic  google          claude-3-5-sonnet@20240620
claude-sonnet-4@default                              anthropic  google          claude-sonnet-4@default
publishers/anthropic/models/claude-opus-4            anthropic  google          claude-opus-4
projects/p/locations/us-east5/publishers/anthropic/models/claude-opus-4 anthropic google claude-opus-4
vertex_ai/claude-3-5-haiku@20241022                  anthropic  google          claude-3-5-haiku@20241022
azure_ai/claude-sonnet-4-5                           anthropic  microsoft       claude-sonnet-4-5
anthropic/claude-3.5-sonnet                          anthropic  -               claude-3.5-sonnet
anthropic/claude-3.7-sonnet:thinking                 anthropic  -               claude-3.7-sonnet:thinking
openrouter/anthropic/claude-opus-4.1                 anthropic  openrouter      claude-opus-4.1
databricks-claude-sonnet-4                           anthropic  databricks      claude-sonnet-4
databricks/databricks-claude-3-7-sonnet              anthropic  databricks      claude-3-7-sonnet
github_copilot/claude-sonnet-4                       anthropic  github_copilot  claude-sonnet-4
snowflake/claude-3-5-sonnet                          anthropic  snowflake       claude-3-5-sonnet
vercel_ai_gateway/anthropic/claude-4-sonnet          anthropic  vercel          claude-4-sonnet
perplexity/anthropic/claude-opus-4                   anthropic  perplexity      claude-opus-4
anthropic:claude-sonnet-5                            anthropic  -               claude-sonnet-5
bedrock_converse:us.anthropic.claude-sonnet-4-20250514-v1:0 anthropic aws       claude-sonnet-4-20250514-v1:0
arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0 anthropic aws claude-3-haiku-20240307-v1:0
arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-20250514-v1:0 anthropic aws claude-sonnet-4-20250514-v1:0
arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0 anthropic aws claude-3-haiku-20240307-v1:0
arn:aws:bedrock:us-east-1:1:custom-model/anthropic.claude-3-haiku-20240307-v1:0/abcdef anthropic aws claude-3-haiku-20240307-v1:0
gpt-5                                                openai     openai          gpt-5
gpt-5-mini-2025-08-07                                openai     openai          gpt-5-mini-2025-08-07
gpt-4o                                               openai     openai          gpt-4o
GPT-4O-MINI                                          openai     openai          gpt-4o-mini
gpt-4.1-nano                                         openai     openai          gpt-4.1-nano
gpt-3.5-turbo-0125                                   openai     openai          gpt-3.5-turbo-0125
chatgpt-4o-latest                                    openai     openai          chatgpt-4o-latest
o1                                                   openai     openai          o1
o3-mini                                              openai     openai          o3-mini
o4-mini-deep-research                                openai     openai          o4-mini-deep-research
o3-2025-04-16                                        openai     openai          o3-2025-04-16
text-embedding-3-large                               openai     openai          text-embedding-3-large
text-embedding-ada-002                               openai     openai          text-embedding-ada-002
davinci-002                                          openai     openai          davinci-002
dall-e-3                                             openai     openai          dall-e-3
gpt-image-1                                          openai     openai          gpt-image-1
whisper-1                                            openai     openai          whisper-1
tts-1-hd                                             openai     openai          tts-1-hd
omni-moderation-latest                               openai     openai          omni-moderation-latest
codex-mini-latest                                    openai     openai          codex-mini-latest
computer-use-preview                                 openai     openai          computer-use-preview
sora-2-pro                                           openai     openai          sora-2-pro
gpt-realtime                                         openai     openai          gpt-realtime
ft:gpt-4o-mini-2024-07-18:acme::AbC123               openai     openai          gpt-4o-mini-2024-07-18
ft:gpt-3.5-turbo-0613:acme:support:7xYz              openai     openai          gpt-3.5-turbo-0613
openai.gpt-oss-120b-1:0                              openai     aws             gpt-oss-120b-1:0
publishers/openai/models/gpt-oss-20b-maas            openai     google          gpt-oss-20b-maas
openai/gpt-4o                                        openai     -               gpt-4o
openai/o3-mini                                       openai     -               o3-mini
openai:gpt-5                                         openai     -               gpt-5
openrouter/openai/gpt-4o-mini                        openai     openrouter      gpt-4o-mini
groq/openai/gpt-oss-120b                             openai     groq            gpt-oss-120b
cerebras/gpt-oss-120b                                openai     cerebras        gpt-oss-120b
databricks-gpt-oss-20b                               openai     databricks      gpt-oss-20b
github/gpt-4o                                        openai     github_copilot  gpt-4o
github_copilot/gpt-5                                 openai     github_copilot  gpt-5
gpt-oss:20b                                          openai     -               gpt-oss:20b
gemini-2.5-pro                                       google     google          gemini-2.5-pro
gemini-1.5-flash-002                                 google     google          gemini-1.5-flash-002
gemini/gemini-2.0-flash                              google     google          gemini-2.0-flash
vertex_ai/gemini-2.5-flash                           google     google          gemini-2.5-flash
publishers/google/models/gemini-2.0-flash-001        google     google          gemini-2.0-flash-001
google/gemini-2.5-pro                                google     -               gemini-2.5-pro
google/gemma-3-27b-it                                google     -               gemma-3-27b-it
google.gemma-3-27b-it                                google     aws             gemma-3-27b-it
openrouter/google/gemini-flash-1.5                   google     openrouter      gemini-flash-1.5
databricks-gemini-2-5-pro                            google     databricks      gemini-2-5-pro
text-bison@002                                       google     google          text-bison@002
imagen-3.0-generate-002                              google     google          imagen-3.0-generate-002
veo-3.0-generate-001                                 google     google          veo-3.0-generate-001
gemma3:27b                                           google     -               gemma3:27b
codegemma:7b                                         google     -               codegemma:7b
amazon.nova-pro-v1:0                                 aws        aws             nova-pro-v1:0
us.amazon.nova-lite-v1:0                             aws        aws             nova-lite-v1:0
amazon.titan-embed-text-v2:0                         aws        aws             titan-embed-text-v2:0
amazon/nova-pro-v1                                   aws        -               nova-pro-v1
azure_ai/phi-4                                       microsoft  microsoft       phi-4
microsoft/phi-4                                      microsoft  -               phi-4
phi3:mini                                            microsoft  -               phi3:mini
mistral-large-latest                                 mistral    mistral         mistral-large-latest
mistral-small-2503                                   mistral    mistral         mistral-small-2503
open-mixtral-8x22b                                   mistral    mistral         open-mixtral-8x22b
codestral-latest                                     mistral    mistral         codestral-latest
pixtral-12b-2409                                     mistral    mistral         pixtral-12b-2409
ministral-8b-latest                                  mistral    mistral         ministral-8b-latest
magistral-medium-2506                                mistral    mistral         magistral-medium-2506
mistral.mistral-large-2407-v1:0                      mistral    aws             mistral-large-2407-v1:0
mistral.mixtral-8x7b-instruct-v0:1                   mistral    aws             mixtral-8x7b-instruct-v0:1
mistral-large@2407                                   mistral    google          mistral-large@2407
publishers/mistralai/models/codestral-2501           mistral    google          codestral-2501
mistralai/mistral-7b-instruct                        mistral    -               mistral-7b-instruct
mistralai/Mixtral-8x7B-Instruct-v0.1                 mistral    -               mixtral-8x7b-instruct-v0.1
mistral:7b                                           mistral    -               mistral:7b
@cf/mistral/mistral-7b-instruct-v0.1                 mistral    cloudflare      mistral-7b-instruct-v0.1
command-r-plus                                       cohere     cohere          command-r-plus
command-a-03-2025                                    cohere     cohere          command-a-03-2025
embed-english-v3.0                                   cohere     cohere          embed-english-v3.0
rerank-v3.5                                          cohere     cohere          rerank-v3.5
cohere.command-r-v1:0                                cohere     aws             command-r-v1:0
cohere/command-r-08-2024                             cohere     -               command-r-08-2024
oci/cohere.command-r-plus                            cohere     oracle          command-r-plus
meta.llama3-1-70b-instruct-v1:0                      meta       aws             llama3-1-70b-instruct-v1:0
us.meta.llama3-3-70b-instruct-v1:0                   meta       aws             llama3-3-70b-instruct-v1:0
meta-llama/Llama-3.3-70B-Instruct                    meta       -               llama-3.3-70b-instruct
meta-llama/llama-4-maverick:free                     meta       -               llama-4-maverick:free
groq/llama-3.3-70b-versatile                         meta       groq            llama-3.3-70b-versatile
together_ai/meta-llama/Llama-3-70b-chat-hf           meta       together        llama-3-70b-chat-hf
fireworks_ai/accounts/fireworks/models/llama-v3p1-8b-instruct meta fireworks    llama-v3p1-8b-instruct
replicate/meta/meta-llama-3-70b-instruct             meta       replicate       meta-llama-3-70b-instruct
sambanova/Meta-Llama-3.1-8B-Instruct                 meta       sambanova       meta-llama-3.1-8b-instruct
huggingface/meta-llama/Llama-3.1-8B                  meta       huggingface     llama-3.1-8b
hosted_vllm/meta-llama/Llama-3.1-8B-Instruct         meta       selfhosted      llama-3.1-8b-instruct
@cf/meta/llama-3.1-8b-instruct                       meta       cloudflare      llama-3.1-8b-instruct
databricks-meta-llama-3-3-70b-instruct               meta       databricks      meta-llama-3-3-70b-instruct
watsonx/meta-llama/llama-3-3-70b-instruct            meta       ibm             llama-3-3-70b-instruct
nvidia_nim/meta/llama3-70b-instruct                  meta       nvidia          llama3-70b-instruct
publishers/meta/models/llama-4-scout-17b             meta       google          llama-4-scout-17b
oci/meta.llama-3.3-70b-instruct                      meta       oracle          llama-3.3-70b-instruct
snowflake/llama3.1-70b                               meta       snowflake       llama3.1-70b
ollama/llama3:8b                                     meta       ollama          llama3:8b
codellama:13b                                        meta       -               codellama:13b
deepinfra/meta-llama/Meta-Llama-3-8B                 meta       deepinfra       meta-llama-3-8b
lambda_ai/llama-4-scout                              meta       lambda          llama-4-scout
grok-4                                               xai        xai             grok-4
xai/grok-3-mini                                      xai        -               grok-3-mini
x-ai/grok-4-fast                                     xai        -               grok-4-fast
azure_ai/grok-3                                      xai        microsoft       grok-3
oci/xai.grok-4                                       xai        oracle          grok-4
deepseek-chat                                        deepseek   deepseek        deepseek-chat
deepseek-reasoner                                    deepseek   deepseek        deepseek-reasoner
deepseek-ai/DeepSeek-V3.1                            deepseek   -               deepseek-v3.1
deepseek/deepseek-r1:free                            deepseek   -               deepseek-r1:free
us.deepseek.r1-v1:0                                  deepseek   aws             r1-v1:0
groq/deepseek-r1-distill-llama-70b                   deepseek   groq            deepseek-r1-distill-llama-70b
deepseek-r1:8b                                       deepseek   -               deepseek-r1:8b
nebius/deepseek-ai/DeepSeek-R1                       deepseek   nebius          deepseek-r1
dashscope/qwen-max                                   alibaba    alibaba         qwen-max
qwen/qwen3-235b-a22b                                 alibaba    -               qwen3-235b-a22b
Qwen/Qwen2.5-72B-Instruct                            alibaba    -               qwen2.5-72b-instruct
qwen.qwen3-coder-480b-a35b-v1:0                      alibaba    aws             qwen3-coder-480b-a35b-v1:0
qwq-32b-preview                                      alibaba    alibaba         qwq-32b-preview
qwen3-coder:480b-cloud                               alibaba    alibaba         qwen3-coder:480b-cloud
text-embedding-v3                                    alibaba    alibaba         text-embedding-v3
moonshot-v1-128k                                     moonshot   moonshot        moonshot-v1-128k
moonshotai/kimi-k2                                   moonshot   -               kimi-k2
groq/moonshotai/kimi-k2-instruct                     moonshot   groq            kimi-k2-instruct
glm-4.6                                              zhipu      zhipu           glm-4.6
z-ai/glm-4.5-air                                     zhipu      -               glm-4.5-air
zai-org/GLM-4.6                                      zhipu      -               glm-4.6
minimax-m2                                           minimax    minimax         minimax-m2
minimax/minimax-m2                                   minimax    -               minimax-m2
ernie-4.5-turbo-128k                                 baidu      baidu           ernie-4.5-turbo-128k
doubao-1.5-pro-32k                                   bytedance  bytedance       doubao-1.5-pro-32k
hunyuan-turbo                                        tencent    tencent         hunyuan-turbo
jamba-1.5-large                                      ai21       ai21            jamba-1.5-large
ai21.jamba-1-5-mini-v1:0                             ai21       aws             jamba-1-5-mini-v1:0
sonar-pro                                            perplexity perplexity      sonar-pro
nvidia/llama-3.1-nemotron-70b-instruct               nvidia     -               llama-3.1-nemotron-70b-instruct
ibm/granite-3-8b-instruct                            ibm        -               granite-3-8b-instruct
watsonx/ibm/granite-3-3-8b-instruct                  ibm        ibm             granite-3-3-8b-instruct
voyage-3-large                                       voyage     voyage          voyage-3-large
jina-embeddings-v3                                   jina       jina            jina-embeddings-v3
stable-diffusion-3.5-large                           stability  stability       stable-diffusion-3.5-large
stability.sd3-5-large-v1:0                           stability  aws             sd3-5-large-v1:0
black-forest-labs/flux-1.1-pro                       bfl        -               flux-1.1-pro
eleven_multilingual_v2                               elevenlabs elevenlabs      eleven_multilingual_v2
deepgram/nova-3                                      deepgram   deepgram        nova-3
us.writer.palmyra-x5-v1:0                            writer     aws             palmyra-x5-v1:0
luminous-supreme                                     aleph_alpha aleph_alpha    luminous-supreme
GigaChat-Pro                                         sber       sber            gigachat-pro
swe-1.5                                              windsurf   windsurf        swe-1.5
solar-pro2                                           upstage    upstage         solar-pro2
reka-flash-3                                         reka       reka            reka-flash-3
mercury-coder                                        inception  inception       mercury-coder
us.twelvelabs.pegasus-1-2-v1:0                       twelvelabs aws             pegasus-1-2-v1:0
"""
ROWS = [line.split() for line in KNOWN.strip().splitlines()]

# id, channel given, host given, channel, candidates
OPAQUE = [
    ("openrouter/auto", "", "", "openrouter", ()),
    ("auto", "", "", "", ()),
    ("openrouter/auto", "", "openrouter.ai", "openrouter", ()),
    ("azure_ai/model-router", "", "", "microsoft", ("microsoft",)),
    ("model-router", "", "acme.openai.azure.com", "microsoft", ("microsoft",)),
    ("prod-chat", "", "acme.openai.azure.com", "microsoft", ()),
    ("gpt-4o", "", "https://acme.openai.azure.com/openai", "microsoft", ("openai",)),
    ("claude-sonnet-4-5", "", "acme.services.ai.azure.com", "microsoft", ("anthropic",)),
    ("azure/gpt-4o", "", "", "microsoft", ("openai",)),
    ("azure/prod-chat", "", "", "microsoft", ()),
    ("gpt-4o", "litellm", "", "litellm", ("openai",)),
    ("best-model", "portkey", "", "portkey", ()),
    (
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2",
        "",
        "",
        "aws",
        (),
    ),
    ("arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdef", "", "", "aws", ()),
    ("abcdef12", "", "bedrock-runtime.us-east-1.amazonaws.com", "aws", ()),
    (
        "projects/1/locations/europe-west4/endpoints/77",
        "",
        "europe-west4-aiplatform.googleapis.com",
        "google",
        (),
    ),
    ("my-endpoint", "databricks", "", "databricks", ()),
    ("snowflake-arctic", "", "", "snowflake", ()),
    ("next-preview", "", "api.anthropic.com", "anthropic", ("anthropic",)),
    ("next-preview", "", "api.openai.com", "openai", ("openai",)),
    ("next-preview", "", "api.mistral.ai", "mistral", ("mistral",)),
    ("llama-3.1-nemotron-70b-instruct", "", "", "", ("meta", "nvidia")),
    ("openai/claude-3-opus", "", "", "", ("anthropic", "openai")),
    ("anthropic/gpt-4o", "", "", "", ("anthropic", "openai")),
    ("house-model", "vllm", "", "selfhosted", ()),
    ("сlaude-sonnet-4", "", "", "anthropic", ("anthropic",)),
    ("gpt‑5", "", "", "openai", ("openai",)),
    ("ｇｐｔ-5", "", "", "openai", ("openai",)),
    ("gpt-5\u200b", "", "", "openai", ("openai",)),
    (" gpt-5", "", "", "openai", ("openai",)),
    ("gpt-5\n", "", "", "openai", ("openai",)),
    ("ｍistral-large-latest", "", "", "mistral", ("mistral",)),
    ("gemínι-2.5-pro", "", "", "google", ("google",)),
]

UNKNOWN = [
    ("", "", ""),
    ("house-model", "", ""),
    ("house-model", "", "models.example.org"),
    ("nousresearch/hermes-4", "", ""),
    ("日本", "", ""),
    ("../../etc/passwd", "", ""),
    ("a/" * 200, "", ""),
    ("x" * 100_000, "", ""),
]


@pytest.mark.parametrize(("text", "developer", "channel", "name"), ROWS, ids=[r[0] for r in ROWS])
def test_ids_of_the_world_are_known(text: str, developer: str, channel: str, name: str) -> None:
    expected = Resolved(developer=developer, channel=channel.strip("-"), model=name, state="known")
    assert resolve(text) == expected


def test_the_rows_are_many_and_of_many() -> None:
    assert len(ROWS) >= 150
    assert len({row[1] for row in ROWS}) >= 30


@pytest.mark.parametrize(("text", "channel", "host", "served", "candidates"), OPAQUE)
def test_what_cannot_be_read_is_opaque_and_says_who_it_may_be(
    text: str, channel: str, host: str, served: str, candidates: tuple[str, ...]
) -> None:
    expected = Resolved(channel=served, model=text.lower(), state="opaque", candidates=candidates)
    assert resolve(text, channel=channel, host=host) == expected


@pytest.mark.parametrize(("text", "channel", "host"), UNKNOWN)
def test_what_nothing_says_anything_about_is_unknown(text: str, channel: str, host: str) -> None:
    found = resolve(text, channel=channel, host=host)
    assert (found.state, found.developer, found.candidates) == ("unknown", "", ())


@pytest.mark.parametrize(
    ("host", "channel", "expected"),
    [
        ("api.openai.com", "", "openai"),
        ("https://openrouter.ai/api/v1", "", "openrouter"),
        ("localhost:11434", "", "ollama"),
        ("models.github.ai", "", "github_copilot"),
        ("models.example.org", "", ""),
        ("api.openai.com", "vllm", "selfhosted"),
        ("", "house channel", "house channel"),
    ],
)
def test_the_channel_is_what_settings_say_then_what_the_host_says(
    host: str, channel: str, expected: str
) -> None:
    found = resolve("llama-3.1-8b", host=host, channel=channel)
    assert (found.developer, found.channel) == ("meta", expected)


ALIASES = {
    "prod-chat": ("gpt-4o",),
    "either": ("gpt-4o", "claude-sonnet-4-5"),
    "small": ("gpt-4o-mini", "gpt-5-mini"),
    "nobody": ("house-model",),
    "nothing": (),
    "again": ("prod-chat",),
}


@pytest.mark.parametrize(
    ("alias", "developer", "state", "candidates"),
    [
        ("prod-chat", "openai", "known", ()),
        ("either", "", "opaque", ("anthropic", "openai")),
        ("small", "openai", "known", ()),
        ("nobody", "", "opaque", ()),
        ("nothing", "", "opaque", ()),
        ("again", "", "opaque", ()),
    ],
)
def test_an_alias_is_what_it_stands_for(
    alias: str, developer: str, state: str, candidates: tuple[str, ...]
) -> None:
    found = resolve(alias, host="acme.openai.azure.com", aliases=ALIASES)
    assert (found.developer, found.state, found.candidates) == (developer, state, candidates)
    assert found.channel == "microsoft"


def test_every_vendor_of_a_row_is_in_the_table() -> None:
    ids = {vendor.id for vendor in vendors()}
    assert {row[1] for row in ROWS} <= ids
    assert {row[2] for row in ROWS} - {"-"} <= ids
