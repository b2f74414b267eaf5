"""Embedding: the bundled model, the text views, other models and an endpoint over real HTTP."""

import hashlib
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.embed import TEXT_VIEWS, load_embedder, plain_words, text_hash, trace_text
from workbench.embed.minilm import MiniLM, installed_folder, padded
from workbench.embed.named import NamedEmbedder, folder_safe, prefixes
from workbench.embed.remote import TEXTS_PER_REQUEST, RemoteEmbedder
from workbench.errors import BadSettings, MissingColumns, UnknownName, UnreadableFile, WorkbenchError

TEXTS = [
    "Where is my refund?",
    "I still have not received my new card, I ordered it over a week ago and I am leaving on Friday.",
    "card not working",
    "",
    "¿Dónde está mi tarjeta? 日本 🙂",
    "hello " * 400,
    "broken \ud83d half of an emoji",
]


@pytest.fixture(scope="module")
def minilm():
    return load_embedder()


def test_default_embedder_gives_unit_rows_of_384(minilm):
    vectors = minilm.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), minilm.dimensions) == (7, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert minilm.name == "all-MiniLM-L6-v2"


def test_no_texts_give_no_rows(minilm):
    assert minilm.encode([]).shape == (0, 384)


def test_vector_of_a_text_does_not_depend_on_its_company(minilm):
    many = [f"question {i} about {'orders ' * (i % 40)}" for i in range(80)]
    together = minilm.encode(many)
    backwards = minilm.encode(many[::-1])[::-1]
    alone = np.concatenate([minilm.encode([text]) for text in many[::10]])
    assert np.array_equal(together, backwards)
    assert np.array_equal(together[::10], alone)


def test_vectors_are_those_of_sentence_transformers(minilm):
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(installed_folder()), device="cpu")
    readable = TEXTS[:-1]
    theirs = reference.encode(readable, normalize_embeddings=True, show_progress_bar=False)
    assert (minilm.encode(readable) * theirs).sum(axis=1).min() > 0.999


def test_words_said_many_times_over_push_attention_far_and_change_nothing_else(minilm):
    """Repeats drive scores of attention past 100, where the exponential has no float left."""
    from sentence_transformers import SentenceTransformer

    odd = ["1 " * 200, "! " * 120, "card card card " * 80]
    reference = SentenceTransformer(str(installed_folder()), device="cpu")
    theirs = reference.encode(odd, normalize_embeddings=True, show_progress_bar=False)
    assert (minilm.encode(odd) * theirs).sum(axis=1).min() > 0.999
    calm = "x y z " * 66 + "x"  # of a width that shares a batch with the first
    assert np.array_equal(minilm.encode([calm, *odd])[0], minilm.encode([calm])[0])


def test_similar_texts_are_close(minilm):
    refund, money_back, dog = minilm.encode(["I want a refund", "please give me my money back", "my dog likes walks"])
    assert refund @ money_back > refund @ dog + 0.2


def test_wrong_weights_are_refused(tmp_path):
    for file in installed_folder().iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = bytearray((tmp_path / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (tmp_path / "model.safetensors").write_bytes(weights)
    with pytest.raises(WorkbenchError, match="53aa5117"):
        MiniLM(tmp_path)


@given(st.integers(1, 256))
def test_padded_width_holds_the_text_and_wastes_little(length):
    assert length <= padded(length) < length + 16


def test_progress_reaches_the_end(minilm):
    seen = []
    minilm.encode(["one", "two words", "now three words"], progress=lambda *step: seen.append(step))
    assert seen[-1] == ("embedding", 3, 3)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


@pytest.mark.deep
def test_encoding_stays_fast_after_numba_has_run():
    """Numba's parallel code loaded before torch makes torch 40 times slower; a map must not do that."""
    script = """
import sys, time
import numpy as np
from workbench.clusters import build_map
from workbench.embed import load_embedder
build_map(np.random.default_rng(0).normal(size=(200, 16)), [""] * 200)
after = load_embedder()
texts = [f"how do I change flight {i} to another day" for i in range(100)]
def best(embedder):
    times = []
    for _ in range(4):
        start = time.perf_counter(); embedder.encode(texts); times.append(time.perf_counter() - start)
    return min(times)
print(best(after))
"""
    before = script.replace("build_map(np.random", "0 and build_map(np.random")
    map_first = _seconds(script)
    no_map = _seconds(before)
    assert map_first < 8 * no_map


def _seconds(script):
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return float(run.stdout.split()[-1])


def test_importing_the_step_loads_nothing_heavy():
    script = (
        "import sys, workbench.embed; print(sorted({'torch', 'numba', 'pandas', 'transformers'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


# ---- which text of a trace


def conversation(*turns):
    return json.dumps([{"role": role, "content": content} for role, content in turns])


def test_user_view_takes_every_user_message_whatever_the_role_is_called():
    frame = pd.DataFrame(
        {
            "messages": [
                conversation(("system", "be kind"), ("user", "Hi"), ("assistant", "Hello"), ("Human", "my card")),
                conversation(("customer", [{"type": "text", "text": "in parts"}, {"type": "image_url"}])),
                conversation(("assistant", "only me")),
                None,
                "no json",
            ],
            "input": ["first", "second", "fallback", "asked", None],
        },
        index=[5, 6, 7, 8, 9],
    )
    texts = trace_text(frame)
    assert texts.tolist() == ["Hi\nmy card", "in parts", "fallback", "asked", ""]
    assert texts.index.tolist() == [5, 6, 7, 8, 9]


def test_user_view_reads_messages_that_are_lists():
    frame = pd.DataFrame({"messages": [[{"role": "user", "content": "a"}, "junk", {"role": "user", "content": None}]]})
    assert trace_text(frame).tolist() == ["a"]


def test_input_output_view_joins_what_there_is():
    frame = pd.DataFrame({"input": ["ask", None, None], "output": ["answer", "only", pd.NA]})
    assert trace_text(frame, "input_output").tolist() == ["ask\nanswer", "only", ""]


def test_every_view_is_explained_and_unknown_ones_are_named():
    assert all(meaning for meaning in TEXT_VIEWS.values())
    with pytest.raises(UnknownName, match="user"):
        trace_text(pd.DataFrame({"input": ["a"]}), "everything")


@pytest.mark.parametrize("view", [*TEXT_VIEWS])
def test_missing_columns_are_said(view):
    with pytest.raises(MissingColumns, match="the frame has no column"):
        trace_text(pd.DataFrame({"trace_id": ["a"]}), view)


def test_an_empty_frame_gives_an_empty_series():
    assert trace_text(pd.DataFrame({"input": pd.Series([], dtype="str")})).empty


def test_placeholders_are_embedded_as_plain_words():
    assert plain_words("<PERSON_1> of <ORGANIZATION> lost <LICENSE_PLATE_2>") == (
        "a person of an organisation lost a license plate"
    )
    assert plain_words("a < b, <b>bold</b>, <3 and <Person_1>") == "a < b, <b>bold</b>, <3 and <Person_1>"
    frame = pd.DataFrame({"input": ["call <PHONE_NUMBER_1>"]})
    assert trace_text(frame, "input").tolist() == ["call a phone number"]


@given(st.text(max_size=60))
def test_plain_words_change_nothing_the_second_time(text):
    assert plain_words(plain_words(text)) == plain_words(text)


def test_text_hash_is_the_published_function():
    assert text_hash("card") == hashlib.blake2b(b"card", digest_size=16).hexdigest()
    assert text_hash("a\ud83d") != text_hash("a")


# ---- other models


@settings(max_examples=50)
@given(st.text(min_size=1, max_size=30))
def test_names_are_safe_as_folders(name):
    safe = folder_safe(name)
    assert safe
    assert not set(safe) & set('/\\:*?"<>| \n')
    assert not safe.startswith(".")


@pytest.mark.parametrize(
    ("name", "prompts", "expected"),
    [
        ("intfloat/e5-small-v2", {}, ("query: ", "query: ")),
        ("intfloat/multilingual-e5-base", {}, ("query: ", "query: ")),
        ("BAAI/bge-small-en-v1.5", {}, ("", "Represent this sentence for searching relevant passages: ")),
        ("BAAI/bge-m3", {}, ("", "")),
        ("all-mpnet-base-v2", {"query": "", "document": ""}, ("", "")),
        ("some/model", {"query": "find: ", "document": "text: "}, ("text: ", "find: ")),
        ("google/code5-base", {}, ("", "")),
    ],
)
def test_prefixes_follow_the_models_cards(name, prompts, expected):
    assert prefixes(name, prompts) == expected


def test_a_model_folder_is_loaded_through_sentence_transformers(minilm):
    other = load_embedder(str(installed_folder()))
    assert isinstance(other, NamedEmbedder)
    assert other.name.startswith("model-")
    assert other.dimensions == 384
    assert (other.encode(TEXTS[:3]) * minilm.encode(TEXTS[:3])).sum(axis=1).min() > 0.999
    assert np.allclose(np.linalg.norm(other.encode(TEXTS), axis=1), 1, atol=1e-5)


def test_a_folder_without_a_model_is_one_clear_error(tmp_path):
    with pytest.raises((UnreadableFile, WorkbenchError), match="model folder"):
        load_embedder(str(tmp_path))


# ---- an endpoint, over real HTTP


class Endpoint(BaseHTTPRequestHandler):
    """Answers with vectors made of each text's length, in shuffled order, after as many refusals as were asked for."""

    def do_POST(self):
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.seen.append((self.path, self.headers.get("Authorization"), body))
        if server.refusals:
            self.send_response(server.refusals.pop(0))
            self.send_header("Retry-After", "7")
            self.end_headers()
            return
        items = [
            {"object": "embedding", "index": i, "embedding": [float(len(text)), 1.0, 0.0]}
            for i, text in enumerate(body["input"])
        ]
        answer = server.answer if server.answer is not None else json.dumps({"data": items[::-1]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


@pytest.fixture
def endpoint():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    server.seen, server.refusals, server.answer = [], [], None
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_endpoint_rows_keep_their_order_over_batches(endpoint, monkeypatch):
    monkeypatch.setenv("SOME_KEY", "s3cret")
    embedder = load_embedder("text-embedding-3-small", url=endpoint.url, key_env="SOME_KEY")
    texts = ["x" * (i % 7 + 1) for i in range(TEXTS_PER_REQUEST + 5)] + [""]
    vectors = embedder.encode(texts)
    expected = np.array([[max(len(text), 1), 1.0, 0.0] for text in texts], dtype=np.float32)
    assert np.allclose(vectors, expected / np.linalg.norm(expected, axis=1, keepdims=True))
    assert embedder.dimensions == 3
    assert embedder.name == f"text-embedding-3-small--127.0.0.1-{endpoint.server_port}"
    assert [path for path, _, _ in endpoint.seen] == ["/v1/embeddings"] * 2
    assert {key for _, key, _ in endpoint.seen} == {"Bearer s3cret"}
    assert {body["model"] for _, _, body in endpoint.seen} == {"text-embedding-3-small"}


@pytest.mark.parametrize("base", ["", "/v1", "/v1/", "/v1/embeddings"])
def test_endpoint_address_may_be_written_in_any_usual_way(endpoint, base):
    RemoteEmbedder("m", url=endpoint.url + base).encode(["a"])
    assert endpoint.seen[0][0] == "/v1/embeddings"


def test_endpoint_that_is_busy_is_asked_again_after_the_time_it_named(endpoint):
    waits = []
    endpoint.refusals = [429, 503]
    vectors = RemoteEmbedder("m", url=endpoint.url, wait=waits.append).encode(["abc"])
    assert vectors.shape == (1, 3)
    assert waits == [7.0, 7.0]


def test_endpoint_that_refuses_is_not_asked_again_and_no_text_is_told(endpoint):
    endpoint.refusals = [401]
    with pytest.raises(WorkbenchError, match="status 401") as caught:
        RemoteEmbedder("m", url=endpoint.url, wait=lambda seconds: None).encode(["a private text"])
    assert len(endpoint.seen) == 1
    assert "private" not in str(caught.value)


def test_endpoint_that_stays_busy_gives_up(endpoint):
    endpoint.refusals = [503] * 20
    with pytest.raises(WorkbenchError, match="status 503"):
        RemoteEmbedder("m", url=endpoint.url, wait=lambda seconds: None).encode(["a"])
    assert len(endpoint.seen) == 5


@pytest.mark.parametrize(
    "answer",
    [b"<html>", b"{}", b'{"data": []}', b'{"data": [{"index": 0, "embedding": ["x"]}]}', b"[1]"],
)
def test_endpoint_that_answers_something_else_is_one_clear_error(endpoint, answer):
    endpoint.answer = answer
    with pytest.raises(WorkbenchError, match="something other than one vector"):
        RemoteEmbedder("m", url=endpoint.url).encode(["a"])


def test_endpoint_that_is_not_there_is_one_clear_error(endpoint):
    endpoint.shutdown()
    endpoint.server_close()
    with pytest.raises(WorkbenchError, match="ConnectError"):
        RemoteEmbedder("m", url=endpoint.url, wait=lambda seconds: None).encode(["a"])


def test_endpoint_settings_are_checked_before_anything_is_sent(monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(BadSettings, match="NO_SUCH_KEY"):
        load_embedder("m", url="http://127.0.0.1:9", key_env="NO_SUCH_KEY")
    with pytest.raises(BadSettings, match="address"):
        load_embedder("m", url="not an address")
    with pytest.raises(BadSettings, match="without a url"):
        load_embedder("m", key_env="NO_SUCH_KEY")
