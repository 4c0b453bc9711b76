"""The MiniLM encoder as an OpenVINO graph, written down operation by operation from the weights.

Building it here takes milliseconds and needs neither torch nor a tracing converter, so the first start is as fast as every
later one. The architecture is BERT's encoder (Devlin et al. 2019, arXiv:1810.04805, section 3; layer norm after each
residual as in Vaswani et al. 2017, arXiv:1706.03762, section 3.1), followed by the mean over the tokens and division by the
length (Reimers and Gurevych 2019, arXiv:1908.10084, section 3).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = Mapping[str, NDArray[np.float32]]

_LAYER_NORM_EPS = 1e-12  # "layer_norm_eps" of the model's config.json
_MASKED = -1e4  # far below any attention logit, and exact enough in bfloat16; minus infinity would give NaN on a masked row
_NORM_FLOOR = 1e-12  # as torch.nn.functional.normalize


def build_graph(weights: Weights, *, layers: int, heads: int, openvino: Any, tokens: bool = False) -> Any:
    """The encoder's graph: int32 inputs ``ids`` and ``mask`` of shape ``(batch, tokens)``, one output of unit rows.

    ``mask`` is 1 for a token and 0 for padding; the output is float32 ``(batch, dim)``, with ``tokens`` that of every token,
    ``(batch, tokens, dim)``. ``openvino`` is the imported package.
    """
    return _GraphBuilder(weights, heads, openvino).build(layers, tokens=tokens)


class _GraphBuilder:
    def __init__(self, weights: Weights, heads: int, openvino: Any) -> None:
        self.weights = weights
        self.openvino = openvino
        self.op: Any = openvino.opset13
        self.dim = weights["embeddings.LayerNorm.weight"].shape[0]
        self.heads = heads

    def build(self, layers: int, *, tokens: bool) -> Any:
        op = self.op
        ids = op.parameter([-1, -1], np.int32, name="ids")
        mask = op.parameter([-1, -1], np.int32, name="mask")
        real = op.convert(mask, np.float32)
        attention_bias = op.multiply(
            op.subtract(self._scalar(1.0), op.unsqueeze(real, self._ints([1, 2]))), self._scalar(_MASKED)
        )
        hidden = self._embed(ids)
        for layer in range(layers):
            hidden = self._layer(hidden, attention_bias, f"encoder.layer.{layer}.")
        if tokens:
            every = op.normalize_l2(hidden, self._ints([2]), _NORM_FLOOR, "max")
            return self.openvino.Model([op.result(every)], [ids, mask], "token_encoder")
        # The sum and the mean point the same way, and only the direction is kept.
        pooled = op.reduce_sum(op.multiply(hidden, op.unsqueeze(real, self._ints(-1))), self._ints([1]))
        unit = op.normalize_l2(pooled, self._ints([1]), _NORM_FLOOR, "max")
        return self.openvino.Model([op.result(unit)], [ids, mask], "encoder")

    def _embed(self, ids: Any) -> Any:
        op, weights = self.op, self.weights
        words = op.gather(self._constant(weights["embeddings.word_embeddings.weight"]), ids, self._ints(0))
        # Every token is of segment 0 here, so its vector joins the positions once and for all.
        segment = weights["embeddings.token_type_embeddings.weight"][0]
        positions = self._constant(weights["embeddings.position_embeddings.weight"] + segment)
        length = op.gather(op.shape_of(ids), self._ints([1]), self._ints(0))
        used = op.slice(positions, self._ints([0]), length, self._ints([1]), self._ints([0]))
        return self._layer_norm(op.add(words, used), "embeddings.LayerNorm")

    def _layer(self, hidden: Any, attention_bias: Any, name: str) -> Any:
        op = self.op
        query, key, value = (self._heads(hidden, f"{name}attention.self.{part}") for part in ("query", "key", "value"))
        attended = op.scaled_dot_product_attention(query, key, value, attention_bias, causal=False)
        joined = op.reshape(op.transpose(attended, self._ints([0, 2, 1, 3])), self._ints([0, 0, self.dim]), True)
        mixed = op.add(self._linear(joined, f"{name}attention.output.dense"), hidden)
        mixed = self._layer_norm(mixed, f"{name}attention.output.LayerNorm")
        inner = op.gelu(self._linear(mixed, f"{name}intermediate.dense"), "erf")
        return self._layer_norm(op.add(self._linear(inner, f"{name}output.dense"), mixed), f"{name}output.LayerNorm")

    def _heads(self, hidden: Any, name: str) -> Any:
        split = self._ints([0, 0, self.heads, self.dim // self.heads])
        return self.op.transpose(self.op.reshape(self._linear(hidden, name), split, True), self._ints([0, 2, 1, 3]))

    def _linear(self, hidden: Any, name: str) -> Any:
        product = self.op.matmul(hidden, self._constant(self.weights[f"{name}.weight"]), False, True)
        return self.op.add(product, self._constant(self.weights[f"{name}.bias"]))

    def _layer_norm(self, hidden: Any, name: str) -> Any:
        op = self.op
        normal = op.mvn(hidden, self._ints([-1]), True, _LAYER_NORM_EPS, "inside_sqrt")
        scaled = op.multiply(normal, self._constant(self.weights[f"{name}.weight"]))
        return op.add(scaled, self._constant(self.weights[f"{name}.bias"]))

    def _constant(self, array: NDArray[np.float32]) -> Any:
        return self.openvino.op.Constant(np.ascontiguousarray(array), shared_memory=True)

    def _scalar(self, value: float) -> Any:
        return self.op.constant(np.float32(value))

    def _ints(self, value: int | list[int]) -> Any:
        return self.op.constant(np.array(value, dtype=np.int64))
