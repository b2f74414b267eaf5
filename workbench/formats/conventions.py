"""Which attribute keys say what, per fact in the order in which they are believed; and the words for kinds of spans.

Tables of fact and nothing else: a new instrumentation is some more keys here. ``langsmith.trace.session_id`` is left
out on purpose: it names LangSmith's project, not a conversation.
"""

from typing import Any

FACTS: dict[str, tuple[str, ...]] = {
    "session_id": (
        "session.id", "gen_ai.session.id", "langfuse.session.id", "traceloop.association.properties.session_id",
        "session_id", "wandb.thread_id", "ai.telemetry.metadata.sessionId", "ai.telemetry.metadata.threadId",
        "gen_ai.conversation.id", "langsmith.metadata.thread_id", "langsmith.metadata.session_id",
        "mlflow.trace.session",
    ),
    "user_id": (
        "user.id", "enduser.id", "gen_ai.request.user", "traceloop.association.properties.user_id",
        "langsmith.metadata.user_id", "langfuse.user.id", "ai.telemetry.metadata.userId", "user_id",
        "mlflow.trace.user",
    ),
    "model": (
        "gen_ai.response.model", "gen_ai.request.model", "llm.response.model_name", "llm.model_name",
        "llm.request.model_name", "langfuse.observation.model.name", "ai.response.model", "ai.model.id",
        "embedding.model_name", "reranker.model_name", "llm.request.model", "mlflow.llm.model",
    ),
    "provider": (
        "gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider", "llm.vendor",
    ),
    "tokens_in": (
        "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt", "ai.usage.promptTokens",
        "ai.usage.inputTokens", "llm.usage.prompt_tokens",
    ),
    "tokens_out": (
        "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion",
        "ai.usage.completionTokens", "ai.usage.outputTokens", "llm.usage.completion_tokens",
    ),
    "cost_usd": ("gen_ai.usage.total_cost", "gen_ai.usage.cost", "llm.cost.total", "operation.cost"),
    "tags": ("langfuse.trace.tags", "langsmith.span.tags", "latitude.tags", "braintrust.tags", "tag.tags"),
    "trace_name": ("langfuse.trace.name", "gen_ai.workflow.name", "traceloop.workflow.name", "langsmith.trace.name"),
    "environment": ("deployment.environment.name", "deployment.environment", "langfuse.environment"),
    "release": ("service.version", "langfuse.release", "langfuse.version"),
    "service": ("service.name",),
    "tool_name": ("gen_ai.tool.name", "tool.name", "ai.toolCall.name", "traceloop.entity.name", "mcp.tool.name"),
    "tool_call_id": ("gen_ai.tool.call.id", "tool.id", "tool_call.id", "ai.toolCall.id"),
    "feedback": ("user.feedback", "feedback", "user_feedback", "feedback.rating"),
}  # fmt: skip

INPUTS = (
    "input.value", "langfuse.observation.input", "traceloop.entity.input", "gen_ai.tool.call.arguments",
    "ai.toolCall.args",
    "tool_arguments", "ai.prompt", "mlflow.spanInputs", "gen_ai.retrieval.query.text", "langfuse.trace.input",
    "input",
    "gen_ai.task.input",
)  # fmt: skip
OUTPUTS = (
    "output.value", "langfuse.observation.output", "traceloop.entity.output", "gen_ai.tool.call.result",
    "ai.toolCall.result", "tool_response", "ai.response.text", "ai.response.object", "mlflow.spanOutputs",
    "final_result", "langfuse.trace.output", "output", "gen_ai.task.output",
)  # fmt: skip
MESSAGES_IN = (
    "gen_ai.input.messages", "gen_ai.input_messages", "ai.prompt.messages", "pydantic_ai.all_messages",
    "all_messages_events", "gen_ai.prompt", "llm.prompts", "langfuse.observation.input", "traceloop.entity.input",
    "input.value",
    "mlflow.spanInputs", "ai.prompt", "mlflow.chat.messages", "events",
)  # fmt: skip
MESSAGES_OUT = (
    "gen_ai.output.messages", "gen_ai.output_messages", "gen_ai.completion", "llm.choices",
    "langfuse.observation.output",
    "traceloop.entity.output", "output.value", "mlflow.spanOutputs",
)  # fmt: skip
TOOLS = (
    "gen_ai.tool.definitions",
    "gen_ai.request.available_tools",
    "llm.request.functions",
    "ai.prompt.tools",
    "mlflow.chat.tools",
)
KIND_KEYS = (
    "openinference.span.kind", "gen_ai.operation.name", "traceloop.span.kind", "langfuse.observation.type",
    "langsmith.span.kind", "mlflow.spanType", "llm.request.type", "ai.operationId",
)  # fmt: skip
OWN_METADATA = (
    "metadata.", "langfuse.trace.metadata.", "langfuse.observation.metadata.", "traceloop.association.properties.",
    "ai.telemetry.metadata.", "langsmith.metadata.",
)  # fmt: skip
KINDS = {
    "llm": "llm", "chat": "llm", "text_completion": "llm", "generate_content": "llm", "completion": "llm",
    "generation": "llm",
    "chat_model": "llm", "message": "llm", "prompt": "chain", "embedding": "embedding", "embeddings": "embedding",
    "tool": "tool", "execute_tool": "tool", "function": "tool", "retriever": "retriever", "retrieval": "retriever",
    "rerank": "retriever", "reranker": "retriever", "agent": "agent", "invoke_agent": "agent",
    "create_agent": "agent",
    "workflow": "chain", "invoke_workflow": "chain", "task": "chain", "chain": "chain", "guardrail": "guardrail",
    "evaluator": "evaluator", "score": "evaluator", "event": "event", "span": "span", "parser": "chain",
    "eval": "chain",
    "ai.tool_call": "tool", "ai.toolcall": "tool", "ai.generatetext": "llm", "ai.streamtext": "llm",
    "ai.generatetext.dogenerate": "llm", "ai.streamtext.dostream": "llm", "ai.generateobject": "llm",
    "ai.generateobject.dogenerate": "llm", "ai.streamobject": "llm", "ai.streamobject.dostream": "llm",
    "ai.embed": "embedding", "ai.embed.doembed": "embedding", "ai.embedmany": "embedding",
}  # fmt: skip


def kind_of(name: Any) -> str | None:
    """Our kind for a platform's word."""
    return KINDS.get(str(name).strip().lower()) if name is not None else None
